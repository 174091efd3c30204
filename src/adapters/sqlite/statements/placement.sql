-- name: placement_class_of
SELECT id FROM placement_classes WHERE requirements = ?1;

-- name: add_placement_class
INSERT INTO placement_classes (requirements) VALUES (?1) RETURNING id;

-- name: placement_class
SELECT requirements FROM placement_classes WHERE id = ?1;

-- Classes that no version has any more, and so no job. Never the newest: its number would be given again, to other needs.
-- name: remove_unused_classes
DELETE FROM placement_classes
WHERE id < (SELECT max(id) FROM placement_classes) AND id NOT IN (SELECT class_id FROM plugin_versions) AND id NOT IN (SELECT class_id FROM shares)
  AND id NOT IN (SELECT class_id FROM jobs INDEXED BY jobs_running WHERE worker_id IS NOT NULL);

-- name: waiting_classes
SELECT DISTINCT class_id FROM shares;

-- name: runs_held
SELECT class_id, count(*) FROM jobs INDEXED BY jobs_running WHERE worker_id = ?1 GROUP BY class_id;

-- name: worker_loads
SELECT j.worker_id, c.requirements, count(*)
FROM jobs j INDEXED BY jobs_running
LEFT JOIN placement_classes c ON c.id = j.class_id
WHERE j.worker_id IS NOT NULL
GROUP BY j.worker_id, j.class_id;

-- Each count ends at ?2.
-- name: waiting_before
SELECT (SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE queue = 1 AND priority > j.priority LIMIT ?2)),
       (SELECT count(*) FROM (SELECT 1 FROM jobs o INDEXED BY jobs_ready
                              WHERE o.queue = 1 AND o.priority = j.priority AND o.share_key = j.share_key AND o.class_id = j.class_id
                                    AND o.id < j.id LIMIT ?2))
FROM jobs j
WHERE j.id = ?1 AND j.queue <> 0;

-- name: job_exists
SELECT 1 FROM jobs WHERE id = ?1;
