-- name: note_user_with_orphans
INSERT INTO users_with_orphans (id) VALUES (?1);

-- name: note_plugin_with_orphans
INSERT OR REPLACE INTO plugins_with_orphans (id, name_id, last_job_id) VALUES (?1, ?2, (SELECT coalesce(max(id), 0) FROM jobs));

-- name: user_with_orphans
SELECT id FROM users_with_orphans LIMIT 1;

-- name: plugin_with_orphans
SELECT p.id, p.name_id, n.name, p.last_job_id FROM plugins_with_orphans p JOIN plugin_names n ON n.id = p.name_id LIMIT 1;

-- name: forget_user_with_orphans
DELETE FROM users_with_orphans WHERE id = ?1;

-- name: forget_plugin_with_orphans
DELETE FROM plugins_with_orphans WHERE id = ?1;

-- In the two below: what the counters know about where such jobs stand.
-- name: names_of_owner
SELECT DISTINCT name_id FROM counters WHERE owner_id = ?1 AND status IN (?2, ?3) AND n > 0;

-- name: owners_of_name
SELECT owner_id FROM counters INDEXED BY counters_by_name WHERE name_id = ?1 AND status = ?2 AND n > 0;

-- name: unfinished_jobs_of
SELECT id FROM jobs INDEXED BY jobs_by_owner WHERE owner_id = ?1 AND name_id = ?2 AND stage = 0 ORDER BY id LIMIT ?3;

-- name: queued_jobs_of_plugin
SELECT id FROM jobs INDEXED BY jobs_by_owner
WHERE owner_id = ?1 AND name_id = ?2 AND stage = 0 AND id <= ?3 AND status = ?4 AND plugin_id = ?5
ORDER BY id LIMIT ?6;
