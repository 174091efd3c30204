-- name: placement_class_of
INSERT INTO placement_classes (requirements) VALUES ($1) ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
RETURNING id;

-- Classes that no version has any more, and so no job; locked, so that nobody who makes a version takes one of them meanwhile.
-- name: unused_classes
SELECT c.id FROM placement_classes c
WHERE c.id NOT IN (SELECT v.class_id FROM plugin_versions v) AND c.id NOT IN (SELECT s.class_id FROM shares s)
  AND c.id NOT IN (SELECT j.class_id FROM jobs j WHERE j.worker_id IS NOT NULL)
LIMIT $1 FOR UPDATE OF c SKIP LOCKED;

-- A statement of its own: it sees the versions of those who held one of them before.
-- name: remove_unused_classes
DELETE FROM placement_classes WHERE id = ANY ($1) AND id NOT IN (SELECT v.class_id FROM plugin_versions v);

-- What the runs of workers hold.
-- name: runs_held
SELECT j.worker_id, j.class_id, c.requirements, count(*)
FROM jobs j
LEFT JOIN placement_classes c ON c.id = j.class_id
WHERE j.worker_id = ANY ($1)
GROUP BY j.worker_id, j.class_id, c.requirements;

-- name: worker_loads
SELECT j.worker_id, c.requirements, count(*)
FROM jobs j
LEFT JOIN placement_classes c ON c.id = j.class_id
WHERE j.worker_id IS NOT NULL
GROUP BY j.worker_id, j.class_id, c.requirements
ORDER BY j.worker_id;

-- Each count ends at $2.
-- name: waiting_before
SELECT CASE WHEN j.queue = 0 THEN 0
       ELSE (SELECT count(*) FROM (SELECT 1 FROM jobs o WHERE o.queue = 1 AND o.priority > j.priority LIMIT $2) h) END,
       CASE WHEN j.queue = 0 THEN 0
       ELSE (SELECT count(*) FROM (SELECT 1 FROM jobs o WHERE o.queue = 1 AND o.priority = j.priority AND o.share_key = j.share_key
                                     AND o.class_id = j.class_id AND o.id < j.id LIMIT $2) s) END
FROM jobs j
WHERE j.id = $1;
