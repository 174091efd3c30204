-- Jobs that others run for longer than the plugin may: by the limits of the run, and a minute for those who count otherwise.
-- name: abandoned_jobs
SELECT j.id FROM jobs j
WHERE j.status = 'PROCESSING' AND j.worker_id IS NULL
  AND j.started_at < $1::timestamptz - interval '1 minute' - make_interval(secs => coalesce(
        j.timeout_s + (SELECT v.grace_s FROM plugin_versions v WHERE v.id = j.version_id),
        (SELECT v.timeout_s + v.grace_s FROM plugin_versions v WHERE v.id = j.version_id), 0))
ORDER BY j.started_at LIMIT $2;
