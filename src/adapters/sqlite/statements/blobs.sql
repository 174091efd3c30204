-- name: record_blob
INSERT OR REPLACE INTO blobs (hash, bytes, owner_id, recorded_at)
VALUES (?1, ?2, coalesce((SELECT owner_id FROM blobs WHERE hash = ?1), ?3), ?4);

-- name: blob_is_recorded
SELECT 1 FROM blobs WHERE hash = ?1;

-- Whether anybody needs the blob, or it was uploaded after ?2.
-- name: blob_is_needed
SELECT 1 WHERE EXISTS (SELECT 1 FROM job_blobs WHERE hash = ?1)
            OR EXISTS (SELECT 1 FROM plugin_versions WHERE package = ?1)
            OR EXISTS (SELECT 1 FROM blobs WHERE hash = ?1 AND recorded_at >= ?2);

-- name: forget_blob
DELETE FROM blobs WHERE hash = ?1;
