-- The table that carries blobs inside a backup (sqlite_backup.h); a store in use never has it.

-- name: make_backup_blobs
CREATE TABLE backup_blobs (
  hash  BLOB PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

-- name: count_backup_blobs
SELECT count(*) FROM sqlite_schema WHERE name = 'backup_blobs';

-- name: add_backup_blob
INSERT OR IGNORE INTO backup_blobs (hash, bytes) VALUES (?1, ?2);

-- A blob that a row of the copy names and the copy does not carry.
-- name: missing_backup_blob
SELECT hash FROM (SELECT hash FROM job_blobs
                  UNION SELECT package FROM plugin_versions WHERE package IS NOT NULL
                  UNION SELECT hash FROM blobs
                  EXCEPT SELECT hash FROM backup_blobs)
LIMIT 1;

-- name: read_backup_blobs
SELECT hash, bytes FROM backup_blobs;

-- name: drop_backup_blobs
DROP TABLE backup_blobs;
