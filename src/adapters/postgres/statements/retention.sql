-- Somebody else's hands on a job leave it to the next call.
-- name: jobs_to_prune
SELECT id FROM jobs WHERE completed_at IS NOT NULL AND completed_at < $1 AND status NOT IN ('QUEUED', 'PROCESSING') ORDER BY completed_at LIMIT $2 FOR UPDATE SKIP LOCKED;

-- Ids rise with the time of storing, so the first row that is young enough ends the search.
-- name: prune_logs
DELETE FROM job_logs WHERE id IN (SELECT id FROM (SELECT id, stored_at FROM job_logs ORDER BY id LIMIT $2) oldest WHERE stored_at < $1);

-- name: prune_logs_beyond
DELETE FROM job_logs WHERE id IN (
  SELECT id FROM (SELECT id, sum(octet_length(lines)) OVER (ORDER BY id DESC) AS newer FROM job_logs) sizes WHERE newer > $1 ORDER BY id LIMIT $2);

-- name: prune_audit
DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT $2) oldest WHERE at < $1);

-- name: prune_keys
DELETE FROM idempotency_keys WHERE (owner_id, key) IN (
  SELECT owner_id, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- name: prune_marks
DELETE FROM commit_marks WHERE at < now() - interval '1 day';
