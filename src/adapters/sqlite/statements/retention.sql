-- name: jobs_to_prune
SELECT id FROM jobs INDEXED BY jobs_ended WHERE completed_at IS NOT NULL AND completed_at < ?1 ORDER BY completed_at LIMIT ?2;

-- Ids rise with the time of storing, so the first row that is young enough ends the search.
-- name: prune_logs
DELETE FROM job_logs WHERE id IN (SELECT id FROM (SELECT id, stored_at FROM job_logs ORDER BY id LIMIT ?2) WHERE stored_at < ?1);

-- name: prune_logs_beyond
DELETE FROM job_logs WHERE id IN (
  SELECT id FROM (SELECT id, sum(length(lines)) OVER (ORDER BY id DESC) AS newer FROM job_logs) WHERE newer > ?1 ORDER BY id LIMIT ?2);

-- name: prune_audit
DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?2) WHERE at < ?1);

-- name: keys_to_prune
SELECT owner_id, key FROM idempotency_keys INDEXED BY idempotency_keys_by_age WHERE created_at < ?1 ORDER BY created_at LIMIT ?2;

-- name: prune_key
DELETE FROM idempotency_keys WHERE owner_id = ?1 AND key = ?2;
