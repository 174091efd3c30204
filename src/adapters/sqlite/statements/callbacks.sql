-- name: add_callback
INSERT INTO callbacks (job_id, url, origin, status, error_message, ended_at, due_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6);

-- name: some_callback_is_due
SELECT 1 FROM callbacks INDEXED BY callbacks_due WHERE origin = ?1 AND state = 0 AND due_at <= ?2 LIMIT 1;

-- name: waiting_callbacks
SELECT count(*) FROM callbacks INDEXED BY callbacks_due WHERE state = 0;

-- name: due_callbacks
SELECT c.id, c.tries + 1, c.job_id, j.owner_id, c.url, n.name, v.version, c.status, c.error_message, j.labels, j.created_at, c.ended_at
FROM callbacks c INDEXED BY callbacks_due
JOIN jobs j ON j.id = c.job_id
JOIN plugin_names n ON n.id = j.name_id
JOIN plugin_versions v ON v.id = j.version_id
WHERE c.origin = ?1 AND c.state = 0 AND c.due_at <= ?2
ORDER BY c.due_at, c.id LIMIT ?3;

-- name: begin_try
UPDATE callbacks SET tries = tries + 1, tried_at = ?2, due_at = ?3 WHERE id = ?1;

-- name: record_try
UPDATE callbacks SET state = ?3, due_at = ?4, answer_status = ?5, reason = ?6 WHERE id = ?1 AND tries = ?2 AND state = 0;

-- name: callbacks_of_job
SELECT id, job_id, url, status, ended_at, state, tries, tried_at, due_at, answer_status, reason FROM callbacks WHERE job_id = ?1 ORDER BY id;

-- name: remove_callbacks
DELETE FROM callbacks WHERE job_id = ?1;

-- Jobs that nobody has run in time.
-- name: overdue_jobs
SELECT id, queue_s FROM jobs INDEXED BY jobs_overdue
WHERE queue <> 0 AND queue_s IS NOT NULL AND due_at + queue_s * 1000 < ?1
ORDER BY due_at + queue_s * 1000 LIMIT ?2;
