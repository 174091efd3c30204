-- name: add_name
INSERT OR IGNORE INTO plugin_names (name) VALUES (?1);

-- name: name_id
SELECT id FROM plugin_names WHERE name = ?1;

-- name: add_plugin
INSERT INTO plugins (name_id, is_active, created_at, current_version_id) VALUES (?1, 1, ?2, 0) RETURNING id;

-- name: add_version
INSERT INTO plugin_versions (plugin_id, name_id, version, created_at, timeout_s, grace_s, memory_mb, cpus, pids, output_kb, scratch_mb,
                             retry_attempts_max, retry_backoff_ms, docker_image_url, command, package, env, description, input_schema,
                             output_schema, placement, class_id, execution)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
RETURNING id;

-- name: set_current_version
UPDATE plugins SET current_version_id = ?2 WHERE id = ?1;

-- name: set_plugin_active
UPDATE plugins SET is_active = ?2 WHERE id = ?1;

-- name: remove_plugin
DELETE FROM plugins WHERE id = ?1;

-- Versions of removed plugins, once no job has their name any more; such a job may be pinned to one of them.
-- name: remove_unused_versions
DELETE FROM plugin_versions
WHERE plugin_id NOT IN (SELECT id FROM plugins)
  AND name_id NOT IN (SELECT name_id FROM counters WHERE n > 0);

-- name: remove_empty_counters
DELETE FROM counters WHERE n = 0;

-- name: version_by_id
SELECT v.id, v.plugin_id, n.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution
FROM plugin_versions v
JOIN plugin_names n ON n.id = v.name_id
WHERE v.id = ?1;

-- name: version_ids
SELECT id FROM plugin_versions WHERE plugin_id = ?1 ORDER BY id DESC;

-- name: plugin_of_version
SELECT plugin_id FROM plugin_versions WHERE id = ?1;

-- name: plugin_by_id
SELECT id, name_id, is_active, created_at, current_version_id FROM plugins WHERE id = ?1;

-- name: plugin_by_name
SELECT p.id, p.name_id, p.is_active, p.created_at, p.current_version_id
FROM plugin_names n
JOIN plugins p ON p.name_id = n.id
WHERE n.name = ?1;

-- name: plugin_count
SELECT count(*) FROM plugins p JOIN plugin_names n ON n.id = p.name_id WHERE instr(n.name, ?1) > 0;

-- name: plugin_page
SELECT p.id
FROM plugins p
JOIN plugin_names n ON n.id = p.name_id
WHERE instr(n.name, ?1) > 0
ORDER BY p.id
LIMIT ?2 OFFSET ?3;
