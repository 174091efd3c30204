-- name: add_plugin
INSERT INTO plugins (name, version, description, docker_image_url, input_schema, output_schema, created_at)
VALUES ($1, $2, $3, $4, $5::json, $6::json, $7)
ON CONFLICT (name) DO NOTHING
RETURNING id;

-- name: add_version
INSERT INTO plugin_versions (plugin_id, name, version, created_at, timeout_s, grace_s, memory_mb, cpus, pids, output_kb, scratch_mb,
                             retry_attempts_max, retry_backoff_ms, docker_image_url, command, package, env, description, input_schema,
                             output_schema, placement, class_id, execution)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
RETURNING id;

-- The columns of the contract show the current version.
-- name: set_current_version
UPDATE plugins p
SET current_version_id = v.id, version = v.version, description = v.description, docker_image_url = v.docker_image_url,
    input_schema = v.input_schema::json, output_schema = v.output_schema::json
FROM plugin_versions v
WHERE p.id = $1 AND v.id = $2;

-- name: set_plugin_active
UPDATE plugins SET is_active = $2 WHERE id = $1;

-- name: remove_plugin
DELETE FROM plugins WHERE id = $1 RETURNING name;

-- Versions of removed plugins, once no job has their name any more; such a job may be pinned to one of them.
-- name: remove_unused_versions
DELETE FROM plugin_versions v
WHERE NOT EXISTS (SELECT 1 FROM plugins p WHERE p.id = v.plugin_id)
  AND coalesce((SELECT sum(n) FROM counters c WHERE c.plugin_name = v.name), 0) <= 0;

-- Counts of removed names; a slot alone says nothing.
-- name: remove_empty_counters
DELETE FROM counters c
WHERE NOT EXISTS (SELECT 1 FROM plugins p WHERE p.name = c.plugin_name)
  AND (c.owner_id, c.plugin_name, c.status, c.slot) IN (
    SELECT owner_id, plugin_name, status, slot FROM counters
    WHERE plugin_name IN (SELECT plugin_name FROM counters GROUP BY plugin_name HAVING sum(n) = 0)
    FOR UPDATE SKIP LOCKED)
  AND NOT EXISTS (SELECT 1 FROM counters o WHERE o.plugin_name = c.plugin_name GROUP BY o.plugin_name HAVING sum(o.n) <> 0);

-- name: version_by_id
SELECT v.id, v.plugin_id, v.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution
FROM plugin_versions v
WHERE v.id = $1;

-- name: versions_of_plugin
SELECT v.id, v.plugin_id, v.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution
FROM plugin_versions v
WHERE v.plugin_id = $1
ORDER BY v.id DESC;

-- In the three below: a plugin, then its current version as above.
-- name: plugin_by_id
SELECT v.id, v.plugin_id, v.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution, p.id, p.name, p.is_active, p.created_at
FROM plugins p
JOIN plugin_versions v ON v.id = p.current_version_id
WHERE p.id = $1;

-- name: plugin_by_name
SELECT v.id, v.plugin_id, v.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution, p.id, p.name, p.is_active, p.created_at
FROM plugins p
JOIN plugin_versions v ON v.id = p.current_version_id
WHERE p.name = $1;

-- name: plugin_page
SELECT v.id, v.plugin_id, v.name, v.version, v.created_at, v.timeout_s, v.grace_s, v.memory_mb, v.cpus, v.pids, v.output_kb, v.scratch_mb,
       v.retry_attempts_max, v.retry_backoff_ms, v.docker_image_url, v.command, v.package, v.env, v.description, v.input_schema,
       v.output_schema, v.placement, v.execution, p.id, p.name, p.is_active, p.created_at
FROM plugins p
JOIN plugin_versions v ON v.id = p.current_version_id
WHERE strpos(p.name, $1) > 0
ORDER BY p.id
LIMIT $2 OFFSET $3;

-- name: plugin_count
SELECT count(*) FROM plugins WHERE strpos(name, $1) > 0;
