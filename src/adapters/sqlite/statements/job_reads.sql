-- name: job_by_id
SELECT j.id, j.plugin_id, j.version_id, n.name, v.version, j.status, i.text, i.blob, j.result_text, j.result_blob, j.error_message, j.owner_id,
       EXISTS (SELECT 1 FROM former_users f WHERE f.id = j.owner_id), j.created_at, j.started_at, j.completed_at, j.priority, j.share_key,
       j.run_at, j.timeout_s, j.attempts, j.attempts_max, j.labels, j.progress, j.progress_message, j.callback_url
FROM jobs j
JOIN plugin_names n ON n.id = j.name_id
JOIN plugin_versions v ON v.id = j.version_id
JOIN job_inputs i ON i.job_id = j.id
WHERE j.id = ?1;

-- Those that have ended, and the one that runs.
-- name: attempts_of_job
SELECT a.number, a.worker_id, a.worker_name, a.isolation, v.version, a.started_at, a.ended_at, a.outcome, a.message, a.exit_code, a.cpu_ms,
       a.peak_bytes, a.wall_ms, a.bytes_in, a.bytes_out, a.image
FROM job_attempts a
JOIN jobs j ON j.id = a.job_id
JOIN plugin_versions v ON v.id = j.version_id
WHERE a.job_id = ?1
UNION ALL
SELECT j.runs, w.id, w.name, w.isolation, v.version, j.started_at, NULL, NULL, '', NULL, 0, 0, 0, 0, 0, ''
FROM jobs j
JOIN workers w ON w.id = j.worker_id
JOIN plugin_versions v ON v.id = j.version_id
WHERE j.id = ?1
ORDER BY 1;

-- name: artifacts_of_job
SELECT name, bytes, hash FROM job_artifacts WHERE job_id = ?1 ORDER BY name;

-- name: log_line_count
SELECT sum(line_count) FROM job_logs INDEXED BY job_logs_by_line WHERE job_id = ?1;

-- name: log_chunks
SELECT first_line, lines FROM job_logs INDEXED BY job_logs_by_line
WHERE job_id = ?1 AND first_line + line_count > ?2 AND first_line < ?3
ORDER BY first_line;

-- name: dead_letter_count
SELECT count(*) FROM dead_letters;

-- name: dead_letter_page
SELECT d.job_id, n.name, d.reason, d.attempts, d.died_at
FROM dead_letters d
JOIN jobs j ON j.id = d.job_id
JOIN plugin_names n ON n.id = j.name_id
ORDER BY d.id DESC
LIMIT ?1 OFFSET ?2;

-- The head of each share's line, and delayed jobs that no claim has looked at since they became due.
-- name: oldest_due
SELECT min(due) FROM (
  SELECT (SELECT j.due_at FROM jobs j INDEXED BY jobs_ready
          WHERE j.queue = 1 AND j.priority = s.priority AND j.share_key = s.share_key AND j.class_id = s.class_id ORDER BY j.id LIMIT 1) AS due
  FROM shares s
  UNION ALL
  SELECT min(due_at) FROM jobs INDEXED BY jobs_delayed WHERE queue = 2 AND due_at <= ?1
);

-- name: counts_of_owner
SELECT status, sum(n) FROM counters WHERE owner_id = ?1 GROUP BY status;

-- name: counts_of_all
SELECT status, sum(n) FROM counters GROUP BY status;

-- name: is_former_user
SELECT 1 FROM former_users WHERE id = ?1;

-- In the three below an empty name or status means any.
-- name: counters_of_owner
SELECT owner_id, name_id, status, n FROM counters
WHERE owner_id = ?1 AND (?2 IS NULL OR name_id = ?2) AND (?3 IS NULL OR status = ?3) AND n > 0;

-- name: counters_of_name
SELECT owner_id, name_id, status, n FROM counters INDEXED BY counters_by_name WHERE name_id = ?1 AND (?2 IS NULL OR status = ?2) AND n > 0;

-- name: counters_of_all
SELECT owner_id, name_id, status, n FROM counters WHERE (?1 IS NULL OR status = ?1) AND n > 0;

-- One run of the index, newest or oldest first.
-- name: run_page_down
SELECT id FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?3 AND name_id = ?4 AND stage = ?5 ORDER BY id DESC LIMIT ?1 OFFSET ?2;

-- name: run_page_up
SELECT id FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?3 AND name_id = ?4 AND stage = ?5 ORDER BY id LIMIT ?1 OFFSET ?2;

-- name: run_length
SELECT count(*) FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?1 AND name_id = ?2 AND stage = ?3;

-- name: run_below
SELECT id FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?1 AND name_id = ?2 AND stage = ?3 AND id < ?4 ORDER BY id DESC LIMIT ?5;

-- name: run_above
SELECT id FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?1 AND name_id = ?2 AND stage = ?3 AND id > ?4 ORDER BY id LIMIT ?5;

-- name: all_page_down
SELECT id FROM jobs ORDER BY id DESC LIMIT ?1 OFFSET ?2;

-- name: all_page_up
SELECT id FROM jobs ORDER BY id LIMIT ?1 OFFSET ?2;

-- The newest ?5 jobs, and those among them that match.
-- name: newest_matching
SELECT id FROM (SELECT id, name_id, status FROM jobs ORDER BY id DESC LIMIT ?5)
WHERE (?1 IS NULL OR name_id = ?1) AND (?2 IS NULL OR status = ?2)
LIMIT ?3 OFFSET ?4;

-- Few: as many as workers run at once.
-- name: processing_jobs
SELECT id, owner_id, name_id FROM jobs INDEXED BY jobs_running WHERE worker_id IS NOT NULL ORDER BY id DESC;

-- name: runs_of_worker
SELECT id, fence FROM jobs INDEXED BY jobs_running WHERE worker_id = ?1;
