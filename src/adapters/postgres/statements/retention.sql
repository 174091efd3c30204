-- Somebody else's hands on a job leave it to the next call.
-- name: jobs_to_prune
SELECT id FROM jobs WHERE completed_at IS NOT NULL AND completed_at < $1 AND status NOT IN ('QUEUED', 'PROCESSING') ORDER BY completed_at LIMIT $2 FOR UPDATE SKIP LOCKED;

-- Ids rise with the time of storing, so the first row that is young enough ends the search.
-- name: prune_logs
DELETE FROM job_logs WHERE id IN (SELECT id FROM (SELECT id, stored_at FROM job_logs ORDER BY id LIMIT $2) oldest WHERE stored_at < $1);

-- The oldest, as long as what is left with them has more than $1 bytes: only as many are looked at as may go.
-- name: prune_logs_beyond
DELETE FROM job_logs WHERE id IN (
  SELECT id FROM (
    SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS older
    FROM (SELECT id, octet_length(lines) AS bytes FROM job_logs WHERE (SELECT sum(bytes) FROM log_volume) > $1::bigint ORDER BY id LIMIT $2) oldest) sizes
  WHERE older + $1::bigint < (SELECT sum(bytes) FROM log_volume));

-- Rows of sessions that are over, and of others that write none just now, who then make a new one. Seldom.
-- name: add_up_log_volume
WITH over AS (
  DELETE FROM log_volume WHERE backend IN (
    SELECT backend FROM log_volume WHERE (SELECT count(*) FROM log_volume) > 100 AND backend <> 0 FOR UPDATE SKIP LOCKED)
  RETURNING bytes)
INSERT INTO log_volume AS known (backend, bytes) SELECT 0, sums.bytes FROM (SELECT sum(bytes) AS bytes FROM over) sums WHERE sums.bytes IS NOT NULL
ON CONFLICT (backend) DO UPDATE SET bytes = known.bytes + excluded.bytes;

-- name: prune_audit
DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT $2) oldest WHERE at < $1);

-- name: prune_keys
DELETE FROM idempotency_keys WHERE (owner_id, key) IN (
  SELECT owner_id, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED);

-- name: prune_marks
DELETE FROM commit_marks WHERE at < now() - interval '1 day';
