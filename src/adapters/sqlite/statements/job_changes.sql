-- name: live_version
SELECT p.name_id, v.class_id FROM plugin_versions v JOIN plugins p ON p.id = v.plugin_id WHERE v.id = ?1;

-- name: add_job
INSERT INTO jobs (id, owner_id, name_id, plugin_id, version_id, status, queue, priority, attempts_max, created_at, due_at, run_at, timeout_s,
                  share_key, labels, class_id, callback_url, queue_s)
VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17);

-- name: add_input
INSERT INTO job_inputs (job_id, text, blob) VALUES (?1, ?2, ?3);

-- name: add_job_blob
INSERT OR IGNORE INTO job_blobs (hash, job_id, role) VALUES (?1, ?2, ?3);

-- A key of a job that is gone is as good as new.
-- name: earlier_submission
SELECT k.job_id, k.request, j.created_at
FROM idempotency_keys k
JOIN jobs j ON j.id = k.job_id
WHERE k.owner_id = ?1 AND k.key = ?2 AND k.created_at > ?3;

-- name: remember_submission
INSERT OR REPLACE INTO idempotency_keys (owner_id, key, job_id, created_at, request) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: job_to_change
SELECT owner_id, name_id, status, queue, priority, fence, runs, attempts, losses, log_lines, due_at, run_at, worker_id, started_at,
       completed_at, share_key, error_message, reported_lines, reported_bytes, progress, progress_message,
       iif(class_id = 0, coalesce((SELECT v.class_id FROM plugin_versions v WHERE v.id = jobs.version_id), 0), class_id), callback_url
FROM jobs WHERE id = ?1;

-- name: write_job
UPDATE jobs SET status = ?2, queue = ?3, fence = ?4, attempts = ?5, losses = ?6, log_lines = ?7, due_at = ?8, run_at = ?9, worker_id = ?10,
                started_at = ?11, completed_at = ?12, error_message = ?13, stage = ?14, result_text = ?15, result_blob = ?16,
                reported_lines = ?17, reported_bytes = ?18, progress = ?19, progress_message = ?20,
                class_id = ?21, waits_since = ?22
WHERE id = ?1;

-- An isolation that is not known is the worker's.
-- name: add_attempt
INSERT INTO job_attempts (job_id, number, worker_id, worker_name, isolation, started_at, ended_at, outcome, exit_code, cpu_ms, peak_bytes,
                          message, wall_ms, bytes_in, bytes_out, image)
VALUES (?1, ?2, ?3, coalesce((SELECT name FROM workers WHERE id = ?3), ''), coalesce(?4, (SELECT isolation FROM workers WHERE id = ?3), 0),
        ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15);

-- It went on after its cancel.
-- name: tell_usage
UPDATE job_attempts SET cpu_ms = ?4, peak_bytes = ?5, wall_ms = ?6, bytes_in = ?7, bytes_out = ?8, image = ?9,
                        ended_at = max(ended_at, ?10)
WHERE job_id = ?1 AND number = ?2 AND outcome = ?3;

-- name: add_artifact
INSERT INTO job_artifacts (job_id, name, bytes, hash) VALUES (?1, ?2, ?3, ?4);

-- name: remove_artifacts
DELETE FROM job_artifacts WHERE job_id = ?1;

-- name: remove_artifact_blobs
DELETE FROM job_blobs WHERE job_id = ?1 AND role = 3;

-- name: add_log_chunk
INSERT INTO job_logs (job_id, first_line, line_count, stored_at, lines) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: add_dead_letter
INSERT OR REPLACE INTO dead_letters (job_id, reason, attempts, died_at) VALUES (?1, ?2, ?3, ?4);

-- name: remove_dead_letter
DELETE FROM dead_letters WHERE job_id = ?1;

-- name: remove_result_blob
DELETE FROM job_blobs WHERE job_id = ?1 AND role = 2;

-- name: jobs_of_worker
SELECT id FROM jobs INDEXED BY jobs_running WHERE worker_id = ?1 ORDER BY id LIMIT ?2;

-- name: remove_job
DELETE FROM jobs WHERE id = ?1;

-- name: remove_input
DELETE FROM job_inputs WHERE job_id = ?1;

-- name: remove_attempts
DELETE FROM job_attempts WHERE job_id = ?1;

-- name: remove_log
DELETE FROM job_logs WHERE job_id = ?1;

-- name: remove_job_blobs
DELETE FROM job_blobs WHERE job_id = ?1;
