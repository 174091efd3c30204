-- name: jobs_by_ids
SELECT j.id, j.plugin_id, j.version_id, j.plugin_name, v.version, j.status, j.input_data, j.input_bytes, j.input_blob,
       j.result, j.result_bytes, j.result_blob, j.error_message, j.owner_id, u.id IS NOT NULL, j.created_at, j.started_at,
       j.completed_at, j.priority, j.share_key, j.run_at, j.timeout_s, j.attempts, j.attempts_max, j.labels,
       CASE WHEN j.status = 'PROCESSING' THEN j.progress END, j.progress_message, j.callback_url
FROM jobs j
LEFT JOIN plugin_versions v ON v.id = j.version_id
LEFT JOIN users u ON u.id = j.owner_id
WHERE j.id = ANY ($1);

-- Key by key (OFFSET 0 keeps it so): while the table is small, the planner finds it cheaper to compare every key of the owner with each given one.
-- name: keyed_jobs
SELECT u.place, k.job_id, k.request
FROM unnest($2) WITH ORDINALITY AS u (key, place)
CROSS JOIN LATERAL (SELECT job_id, request FROM idempotency_keys
                    WHERE owner_id = $1 AND key = u.key AND created_at > $3 OFFSET 0) k;

-- Those that have ended, and the one that runs.
-- name: attempts_of_job
SELECT a.number, a.worker_id, a.worker_name, a.isolation, coalesce(v.version, ''), a.started_at, a.ended_at, a.outcome, a.message, a.exit_code,
       a.cpu_ms, a.peak_bytes, a.wall_ms, a.bytes_in, a.bytes_out, a.image
FROM job_attempts a
JOIN jobs j ON j.id = a.job_id
LEFT JOIN plugin_versions v ON v.id = j.version_id
WHERE a.job_id = $1
UNION ALL
SELECT j.runs, w.id, w.name, w.isolation, coalesce(v.version, ''), j.started_at, NULL, NULL, '', NULL, 0, 0, 0, 0, 0, ''
FROM jobs j
JOIN workers w ON w.id = j.worker_id
LEFT JOIN plugin_versions v ON v.id = j.version_id
WHERE j.id = $1
ORDER BY 1;

-- name: artifacts_of_job
SELECT name, bytes, hash FROM job_artifacts WHERE job_id = $1 ORDER BY name COLLATE "C";

-- name: log_line_count
SELECT coalesce(sum(line_count), 0)::bigint FROM job_logs WHERE job_id = $1;

-- name: log_chunks
SELECT first_line, lines FROM job_logs WHERE job_id = $1 AND first_line + line_count > $2 AND first_line < $3 ORDER BY first_line;

-- name: dead_letter_count
SELECT count(*) FROM dead_letters;

-- name: dead_letter_page
SELECT d.job_id, j.plugin_name, d.reason, d.attempts, d.died_at
FROM (SELECT * FROM dead_letters ORDER BY id DESC LIMIT $1 OFFSET $2) d
JOIN jobs j ON j.id = d.job_id
ORDER BY d.id DESC;

-- The head of each share's line, and delayed jobs that no claim has looked at since they became due.
-- name: oldest_due
SELECT min(due) FROM (
  SELECT (SELECT j.due_at FROM jobs j
          WHERE j.queue = 1 AND j.priority = s.priority AND j.share_key = s.share_key AND j.class_id = s.class_id
          ORDER BY j.id LIMIT 1) AS due
  FROM shares s
  UNION ALL
  SELECT min(due_at) FROM jobs WHERE queue = 2 AND due_at <= $1
) heads;

-- name: counts_of_owner
SELECT status, sum(n)::bigint FROM counters WHERE owner_id = $1 GROUP BY status;

-- name: counts_of_all
SELECT status, sum(n)::bigint FROM counters GROUP BY status;

-- name: user_is_live
SELECT 1 FROM users WHERE id = $1;

-- Where the jobs stand that a filter asks for; an empty name or status means any.
-- name: counters_of_owner
SELECT owner_id, plugin_name, status, sum(n)::bigint FROM counters
WHERE owner_id = $1 AND ($2::text IS NULL OR plugin_name = $2) AND ($3::bigint IS NULL OR status = $3)
GROUP BY 1, 2, 3 HAVING sum(n) > 0;

-- name: counters_of_name
SELECT owner_id, plugin_name, status, sum(n)::bigint FROM counters
WHERE plugin_name = $1 AND ($2::bigint IS NULL OR status = $2)
GROUP BY 1, 2, 3 HAVING sum(n) > 0;

-- name: counters_of_all
SELECT owner_id, plugin_name, status, sum(n)::bigint FROM counters
WHERE $1::bigint IS NULL OR status = $1
GROUP BY 1, 2, 3 HAVING sum(n) > 0;

-- Stretches of the index jobs_by_owner, merged, from the newest or from the oldest on. $4 is $5 and $6 together.
-- name: merged_page_down
SELECT j.id
FROM unnest($1, $2, $3) AS u (owner_id, plugin_name, status)
CROSS JOIN LATERAL (SELECT id FROM jobs
                    WHERE coalesce(owner_id, 0) = u.owner_id AND plugin_name = u.plugin_name AND status = u.status::jobstatus
                    ORDER BY id DESC LIMIT $4) j
ORDER BY j.id DESC LIMIT $5 OFFSET $6;

-- name: merged_page_up
SELECT j.id
FROM unnest($1, $2, $3) AS u (owner_id, plugin_name, status)
CROSS JOIN LATERAL (SELECT id FROM jobs
                    WHERE coalesce(owner_id, 0) = u.owner_id AND plugin_name = u.plugin_name AND status = u.status::jobstatus
                    ORDER BY id LIMIT $4) j
ORDER BY j.id LIMIT $5 OFFSET $6;

-- name: all_page_down
SELECT id FROM jobs ORDER BY id DESC LIMIT $1 OFFSET $2;

-- name: all_page_up
SELECT id FROM jobs ORDER BY id LIMIT $1 OFFSET $2;

-- The newest $5 jobs, and those among them that match.
-- name: newest_matching
SELECT id FROM (SELECT id, plugin_name, status FROM jobs ORDER BY id DESC LIMIT $5) newest
WHERE ($1::text IS NULL OR plugin_name = $1) AND ($2::text IS NULL OR status = $2::jobstatus)
ORDER BY id DESC LIMIT $3 OFFSET $4;

-- name: runs_of_worker
SELECT id, fence FROM jobs WHERE worker_id = $1;
