-- name: count_tables
SELECT count(*) FROM sqlite_schema;

-- name: note_migration
INSERT INTO schema_migrations (number, name, applied_at) VALUES (?1, ?2, ?3);

-- name: begin_read
BEGIN;

-- name: begin_write
BEGIN IMMEDIATE;

-- name: end_transaction
COMMIT;

-- name: copy_database
VACUUM INTO ?1;
