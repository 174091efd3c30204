-- name: user_by_id
SELECT id, email, full_name, role, is_active, created_at, password_hash, epoch FROM users WHERE id = ?1;

-- name: user_exists
SELECT 1 FROM users WHERE id = ?1;

-- All are normalised; lower() knows ASCII letters only, as normalise_email() does.
-- name: user_by_email
SELECT id, email, full_name, role, is_active, created_at, password_hash, epoch FROM users WHERE email = lower(?1);

-- name: user_page
SELECT id, email, full_name, role, is_active, created_at, password_hash, epoch FROM users ORDER BY id LIMIT ?1 OFFSET ?2;

-- name: user_count
SELECT count(*) FROM users;

-- name: active_user_count
SELECT count(*) FROM users WHERE is_active = 1;

-- name: other_active_admin
SELECT 1 FROM users WHERE role = ?1 AND is_active = 1 AND id <> ?2 LIMIT 1;

-- name: add_user
INSERT INTO users (email, full_name, role, is_active, created_at, password_hash, epoch) VALUES (?1, ?2, ?3, 1, ?4, ?5, 0) RETURNING id;

-- name: write_user
UPDATE users SET email = ?2, full_name = ?3, role = ?4, is_active = ?5, password_hash = ?6, epoch = ?7 WHERE id = ?1;

-- name: remove_user
DELETE FROM users WHERE id = ?1;

-- name: note_former_user
INSERT INTO former_users (id) VALUES (?1);

-- name: remove_keys_of
DELETE FROM api_keys WHERE owner_id = ?1;

-- name: add_key
INSERT INTO api_keys (owner_id, name, scopes, secret, prefix, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id;

-- name: key_by_secret
SELECT id, name, owner_id, scopes, prefix, created_at FROM api_keys WHERE secret = ?1;

-- name: keys_of
SELECT id, name, owner_id, scopes, prefix, created_at FROM api_keys WHERE owner_id = ?1 ORDER BY id;

-- name: remove_key
DELETE FROM api_keys WHERE owner_id = ?1 AND id = ?2;
