-- Submissions. Arrays are columns: place n of each is row n.

-- name: reserve_job_ids
WITH sequence AS MATERIALIZED (SELECT pg_get_serial_sequence('jobs', 'id')::regclass AS name)
SELECT nextval(name) FROM sequence, generate_series(1, $1);

-- name: newest_job
SELECT created_at FROM jobs ORDER BY id DESC LIMIT 1;

-- The plugins that new jobs may name, kept from being removed until the commit.
-- name: live_versions
SELECT v.id, p.name, v.class_id
FROM plugin_versions v
JOIN plugins p ON p.id = v.plugin_id
WHERE v.id = ANY ($1)
ORDER BY p.id
FOR KEY SHARE OF p;

-- name: live_users
SELECT id FROM users WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE;

-- name: live_uploads
SELECT hash FROM blobs WHERE hash = ANY ($1) ORDER BY hash FOR KEY SHARE;

-- Takes keys for new jobs. A key that names an earlier job stays as it is and is not in the answer; one that somebody else is taking
-- just now is waited for.
-- name: take_keys
INSERT INTO idempotency_keys (owner_id, key, job_id, created_at, request)
SELECT k.owner_id, k.key, k.job_id, $4, k.request
FROM unnest($1, $2, $3, $6) AS k (owner_id, key, job_id, request)
ORDER BY k.owner_id, k.key
ON CONFLICT (owner_id, key) DO UPDATE SET job_id = excluded.job_id, created_at = excluded.created_at, request = excluded.request
WHERE idempotency_keys.created_at <= $5
RETURNING job_id;

-- Key by key, as keyed_jobs.
-- name: earlier_jobs
SELECT u.place, k.job_id, k.request, j.created_at
FROM unnest($1, $2) WITH ORDINALITY AS u (owner_id, key, place)
CROSS JOIN LATERAL (SELECT job_id, request FROM idempotency_keys
                    WHERE owner_id = u.owner_id AND key = u.key AND created_at > $3 OFFSET 0) k
JOIN jobs j ON j.id = k.job_id;

-- name: add_jobs
INSERT INTO jobs (id, owner_id, plugin_name, plugin_id, version_id, status, queue, priority, attempts_max, created_at, due_at, run_at, timeout_s,
                  share_key, labels, input_data, input_bytes, input_blob, class_id, callback_url, queue_s)
SELECT u.id, nullif(u.owner_id, 0), u.plugin_name, u.plugin_id, u.version_id, 'QUEUED', u.queue, u.priority, u.attempts_max, u.created_at, u.due_at,
       u.run_at, u.timeout_s, u.share_key, u.labels, u.input_data::json, u.input_bytes, u.input_blob, u.class_id, u.callback_url,
       u.queue_s
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     AS u (id, owner_id, plugin_name, plugin_id, version_id, queue, priority, attempts_max, created_at, due_at, run_at, timeout_s, share_key, labels,
           input_data, input_bytes, input_blob, class_id, callback_url, queue_s);

-- name: add_job_blobs
INSERT INTO job_blobs (hash, job_id, role) SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING;

-- Changes of jobs that exist.

-- name: jobs_to_change
SELECT id, coalesce(owner_id, 0), plugin_name, status, queue, priority, fence, runs, attempts, losses, log_lines, due_at, run_at, worker_id,
       started_at, completed_at, share_key, error_message, plugin_id, reported_lines, reported_bytes, progress, progress_message,
       CASE WHEN class_id = 0 THEN coalesce((SELECT v.class_id FROM plugin_versions v WHERE v.id = version_id), 0) ELSE class_id END, callback_url, queue_s
FROM jobs WHERE id = ANY ($1) ORDER BY id FOR UPDATE;

-- name: write_jobs
UPDATE jobs j SET
  status = u.status::jobstatus, queue = u.queue, fence = u.fence, attempts = u.attempts, losses = u.losses, log_lines = u.log_lines,
  due_at = u.due_at, run_at = u.run_at, worker_id = u.worker_id, started_at = u.started_at, completed_at = u.completed_at,
  error_message = u.error_message, result = u.result::json, result_bytes = u.result_bytes, result_blob = u.result_blob,
  reported_lines = u.reported_lines, reported_bytes = u.reported_bytes, progress = u.progress, progress_message = u.progress_message,
  class_id = u.class_id, waits_since = u.waits_since
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
     AS u (id, status, queue, fence, attempts, losses, log_lines, due_at, run_at, worker_id, started_at, completed_at, error_message, result,
           result_bytes, result_blob, reported_lines, reported_bytes, progress, progress_message, class_id, waits_since)
WHERE j.id = u.id;

-- An isolation that is not known is the worker's.
-- name: add_attempts
INSERT INTO job_attempts (job_id, number, worker_id, worker_name, isolation, started_at, ended_at, outcome, exit_code, cpu_ms, peak_bytes, message, wall_ms,
                          bytes_in, bytes_out, image)
SELECT u.job_id, u.number, u.worker_id, coalesce(w.name, ''), coalesce(u.isolation, w.isolation, 0), u.started_at, u.ended_at, u.outcome,
       u.exit_code, u.cpu_ms, u.peak_bytes, u.message, u.wall_ms, u.bytes_in, u.bytes_out, u.image
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     AS u (job_id, number, worker_id, isolation, started_at, ended_at, outcome, exit_code, cpu_ms, peak_bytes, message, wall_ms, bytes_in, bytes_out,
           image)
LEFT JOIN workers w ON w.id = u.worker_id;

-- They went on after their cancel.
-- name: tell_usages
UPDATE job_attempts a SET cpu_ms = u.cpu_ms, peak_bytes = u.peak_bytes, wall_ms = u.wall_ms, bytes_in = u.bytes_in, bytes_out = u.bytes_out,
                          image = u.image, ended_at = greatest(a.ended_at, u.ended_at)
FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) AS u (job_id, number, cpu_ms, peak_bytes, wall_ms, bytes_in, bytes_out, image, ended_at)
WHERE a.job_id = u.job_id AND a.number = u.number AND a.outcome = $1;

-- name: add_artifacts
INSERT INTO job_artifacts (job_id, name, bytes, hash) SELECT * FROM unnest($1, $2, $3, $4);

-- name: remove_artifacts
DELETE FROM job_artifacts WHERE job_id = ANY ($1);

-- name: remove_artifact_blobs
DELETE FROM job_blobs WHERE job_id = ANY ($1) AND role = 3;

-- name: add_log_chunks
INSERT INTO job_logs (job_id, first_line, line_count, stored_at, lines) SELECT * FROM unnest($1, $2, $3, $4, $5);

-- name: add_dead_letters
INSERT INTO dead_letters (job_id, reason, attempts, died_at) SELECT * FROM unnest($1, $2, $3, $4)
ON CONFLICT (job_id) DO UPDATE
SET id = nextval(pg_get_serial_sequence('dead_letters', 'id')), reason = excluded.reason, attempts = excluded.attempts, died_at = excluded.died_at;

-- name: remove_dead_letters
DELETE FROM dead_letters WHERE job_id = ANY ($1);

-- name: remove_result_blobs
DELETE FROM job_blobs WHERE job_id = ANY ($1) AND role = 2;

-- name: jobs_of_worker
SELECT id FROM jobs WHERE worker_id = $1 ORDER BY id LIMIT $2;

-- Removal.

-- name: remove_jobs
DELETE FROM jobs WHERE id = ANY ($1) RETURNING coalesce(owner_id, 0), plugin_name, status;

-- name: remove_attempts
DELETE FROM job_attempts WHERE job_id = ANY ($1);

-- name: remove_logs
DELETE FROM job_logs WHERE job_id = ANY ($1);

-- name: remove_job_blobs
DELETE FROM job_blobs WHERE job_id = ANY ($1);

-- name: remove_keys_of_jobs
DELETE FROM idempotency_keys WHERE job_id = ANY ($1);
