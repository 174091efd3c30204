-- name: jobs_to_prune
SELECT id FROM jobs INDEXED BY jobs_ended WHERE completed_at IS NOT NULL AND completed_at < ?1 ORDER BY completed_at LIMIT ?2;

-- Ids rise with the time of storing, so the first row that is young enough ends the search.
-- name: prune_logs
DELETE FROM job_logs WHERE id IN (SELECT id FROM (SELECT id, stored_at FROM job_logs ORDER BY id LIMIT ?2) WHERE stored_at < ?1);

-- The oldest, as long as what is left with them has more than ?1 bytes: only as many are looked at as may go.
-- name: prune_logs_beyond
DELETE FROM job_logs WHERE id IN (
  SELECT id FROM (
    SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS older
    FROM (SELECT id, length(lines) AS bytes FROM job_logs WHERE (SELECT bytes FROM log_volume) > ?1 ORDER BY id LIMIT ?2))
  WHERE older + ?1 < (SELECT bytes FROM log_volume));

-- name: prune_audit
DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?2) WHERE at < ?1);

-- name: keys_to_prune
SELECT owner_id, key FROM idempotency_keys INDEXED BY idempotency_keys_by_age WHERE created_at < ?1 ORDER BY created_at LIMIT ?2;

-- name: prune_key
DELETE FROM idempotency_keys WHERE owner_id = ?1 AND key = ?2;
