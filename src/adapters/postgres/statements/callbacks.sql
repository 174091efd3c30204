-- name: add_callbacks
INSERT INTO callbacks (job_id, url, origin, status, error_message, ended_at, due_at)
SELECT u.job_id, u.url, u.origin, u.status, u.error_message, u.ended_at, u.ended_at
FROM unnest($1, $2, $3, $4, $5, $6) AS u (job_id, url, origin, status, error_message, ended_at);

-- name: some_callback_is_due
SELECT 1 FROM callbacks WHERE origin = $1 AND state = 0 AND due_at <= $2 LIMIT 1;

-- name: waiting_callbacks
SELECT count(*) FROM callbacks WHERE state = 0;

-- What another process is taking just now is passed over.
-- name: claim_callbacks
WITH due AS (
  SELECT id FROM callbacks WHERE origin = $1 AND state = 0 AND due_at <= $2 ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
), begun AS (
  UPDATE callbacks c SET tries = c.tries + 1, tried_at = $2, due_at = $4 FROM due WHERE c.id = due.id
  RETURNING c.id, c.tries, c.job_id, c.url, c.status, c.error_message, c.ended_at
)
SELECT b.id, b.tries, b.job_id, coalesce(j.owner_id, 0), b.url, j.plugin_name, coalesce(v.version, ''), b.status, b.error_message, j.labels,
       j.created_at, b.ended_at
FROM begun b
JOIN jobs j ON j.id = b.job_id
LEFT JOIN plugin_versions v ON v.id = j.version_id
ORDER BY b.ended_at, b.id;

-- name: record_try
UPDATE callbacks SET state = $3, due_at = $4, answer_status = $5, reason = $6 WHERE id = $1 AND tries = $2 AND state = 0;

-- name: callbacks_of_job
SELECT id, job_id, url, status, ended_at, state, tries, tried_at, due_at, answer_status, reason FROM callbacks WHERE job_id = $1 ORDER BY id;

-- name: remove_callbacks
DELETE FROM callbacks WHERE job_id = ANY ($1);

-- Jobs that nobody has run in time.
-- name: overdue_jobs
SELECT id FROM jobs
WHERE queue <> 0 AND queue_s IS NOT NULL AND (due_at AT TIME ZONE 'UTC') + queue_s * interval '1 second' < $1::timestamptz AT TIME ZONE 'UTC'
ORDER BY (due_at AT TIME ZONE 'UTC') + queue_s * interval '1 second' LIMIT $2;
