-- Gives what was noted before, or NULL.
-- name: note_agreement
WITH before AS (SELECT value FROM agreements WHERE name = $1)
INSERT INTO agreements (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
RETURNING (SELECT value FROM before);
