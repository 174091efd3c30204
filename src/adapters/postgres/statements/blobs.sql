-- name: record_blob
INSERT INTO blobs (hash, bytes, owner_id, recorded_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (hash) DO UPDATE SET recorded_at = excluded.recorded_at;

-- name: recorded_blobs
SELECT hash FROM blobs WHERE hash = ANY ($1);

-- No submission that names one is under way from here on.
-- name: lock_blobs
SELECT hash FROM blobs WHERE hash = ANY ($1) ORDER BY hash FOR UPDATE;

-- Those that nobody needs, and that were not uploaded since $2.
-- name: unneeded_blobs
SELECT u.hash FROM unnest($1) AS u (hash)
WHERE NOT EXISTS (SELECT 1 FROM job_blobs b WHERE b.hash = u.hash)
  AND NOT EXISTS (SELECT 1 FROM plugin_versions v WHERE v.package = u.hash)
  AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.hash = u.hash AND b.recorded_at >= $2);

-- name: forget_blobs
DELETE FROM blobs WHERE hash = ANY ($1);
