-- name: audit_tail
SELECT hash FROM audit ORDER BY id DESC LIMIT 1;

-- name: add_audit_row
INSERT INTO audit (at, actor_id, action, subject, origin, succeeded, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id;

-- name: repeat_audit_row
UPDATE audit SET repeats = repeats + 1 WHERE id = $1;
