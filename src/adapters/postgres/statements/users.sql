-- Those of the older service may have been typed in any case, and beside each other; an exact match counts first. By the rules of "C", as
-- normalise_email() has them: the database's language may make another letter of an I.
-- name: user_by_email
SELECT id, email, full_name, role, is_active, created_at, hashed_password, epoch FROM users
WHERE lower(email COLLATE "C") = lower($1 COLLATE "C")
ORDER BY email COLLATE "C" <> $1, email COLLATE "C" <> lower($1 COLLATE "C"), id
LIMIT 1;

-- name: user_by_id
SELECT id, email, full_name, role, is_active, created_at, hashed_password, epoch FROM users WHERE id = $1;

-- name: user_page
SELECT id, email, full_name, role, is_active, created_at, hashed_password, epoch FROM users ORDER BY id LIMIT $1 OFFSET $2;

-- name: user_count
SELECT count(*) FROM users;

-- name: active_user_count
SELECT count(*) FROM users WHERE is_active;

-- name: other_active_admin
SELECT 1 FROM users WHERE role = $1 AND is_active AND id <> $2 LIMIT 1;

-- name: add_user
INSERT INTO users (email, full_name, role, is_active, created_at, hashed_password) VALUES ($1, $2, $3, true, $4, $5)
ON CONFLICT (email) DO NOTHING
RETURNING id;

-- name: write_user
UPDATE users SET email = $2, full_name = $3, role = $4, is_active = $5, hashed_password = $6, epoch = $7 WHERE id = $1;

-- name: remove_user
DELETE FROM users WHERE id = $1;

-- name: remove_keys_of
DELETE FROM api_keys WHERE owner_id = $1;

-- Kept from being removed until the commit.
-- name: lock_user
SELECT 1 FROM users WHERE id = $1 FOR KEY SHARE;

-- name: add_key
INSERT INTO api_keys (owner_id, name, scopes, secret, prefix, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (secret) DO NOTHING
RETURNING id;

-- name: key_by_secret
SELECT id, name, owner_id, scopes, prefix, created_at FROM api_keys WHERE secret = $1;

-- name: keys_of
SELECT id, name, owner_id, scopes, prefix, created_at FROM api_keys WHERE owner_id = $1 ORDER BY id;

-- name: remove_key
DELETE FROM api_keys WHERE owner_id = $1 AND id = $2;
