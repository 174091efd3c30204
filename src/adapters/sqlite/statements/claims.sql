-- name: share_exists
SELECT 1 FROM shares WHERE priority = ?1 AND share_key = ?2 AND class_id = ?3;

-- A key that comes back starts with those whose turn it is, behind them: it has no credit from the time it was away. ?4: no lower than this.
-- name: add_share
INSERT INTO shares (priority, share_key, class_id, pass)
VALUES (?1, ?2, ?3, max(?4, (SELECT coalesce(min(pass), 0) FROM shares WHERE class_id = ?3 AND priority = ?1)));

-- name: next_shares
SELECT id, priority, pass, share_key FROM shares INDEXED BY shares_turn WHERE class_id = ?1 ORDER BY priority DESC, pass, id LIMIT ?2;

-- name: lowest_pass_of_class
SELECT min(pass) FROM shares WHERE class_id = ?1 AND priority = ?2;

-- name: highest_pass_of_key
SELECT max(pass) FROM shares WHERE priority = ?1 AND share_key = ?2;

-- Of the key, in all its classes.
-- name: pass_turn
UPDATE shares SET pass = max(pass, ?3) + ?4 WHERE priority = ?1 AND share_key = ?2;

-- name: remove_share
DELETE FROM shares WHERE id = ?1;

-- name: oldest_of_share
SELECT id FROM jobs INDEXED BY jobs_ready WHERE queue = 1 AND priority = ?1 AND share_key = ?2 AND class_id = ?3 ORDER BY id LIMIT ?4;

-- name: head_due
SELECT due_at FROM jobs INDEXED BY jobs_ready WHERE queue = 1 AND priority = ?1 AND share_key = ?2 AND class_id = ?3 ORDER BY id LIMIT 1;

-- name: latest_wait
SELECT max(waits_since) FROM jobs INDEXED BY jobs_waiting WHERE queue = 2 AND waits_since IS NOT NULL;

-- Waits that began after ?2 begin now, at ?1, the latest ones first.
-- name: restart_waits
UPDATE jobs SET due_at = ?1 + due_at - waits_since, run_at = ?1 + due_at - waits_since, waits_since = ?1
WHERE id IN (SELECT id FROM jobs INDEXED BY jobs_waiting WHERE queue = 2 AND waits_since > ?2 ORDER BY waits_since DESC LIMIT ?3);

-- name: due_jobs
SELECT id, priority, share_key, class_id FROM jobs INDEXED BY jobs_delayed WHERE queue = 2 AND due_at <= ?1 ORDER BY due_at LIMIT ?2;

-- name: promote_job
UPDATE jobs SET queue = 1 WHERE id = ?1;

-- name: next_due
SELECT min(due_at) FROM jobs INDEXED BY jobs_delayed WHERE queue = 2;

-- name: job_to_claim
SELECT j.owner_id, j.name_id, j.version_id, n.name, j.fence, j.runs, j.attempts, j.attempts_max, j.timeout_s, i.text, i.blob,
       EXISTS (SELECT 1 FROM former_users f WHERE f.id = j.owner_id), EXISTS (SELECT 1 FROM users_with_orphans u WHERE u.id = j.owner_id),
       EXISTS (SELECT 1 FROM plugins p WHERE p.id = j.plugin_id), j.plugin_id, j.due_at
FROM jobs j
JOIN plugin_names n ON n.id = j.name_id
JOIN job_inputs i ON i.job_id = j.id
WHERE j.id = ?1;

-- name: mark_claimed
UPDATE jobs SET status = ?2, queue = 0, fence = ?3, runs = ?4, attempts = ?5, worker_id = ?6, started_at = ?7 WHERE id = ?1;

-- An orphan leaves the queue before it ends.
-- name: set_job_aside
UPDATE jobs SET queue = 0 WHERE id = ?1;

-- name: worker_room
SELECT isolation, equipment, intake, slots FROM workers WHERE id = ?1;
