-- name: placement_class_of
INSERT INTO placement_classes (requirements) VALUES ($1) ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
RETURNING id;

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
