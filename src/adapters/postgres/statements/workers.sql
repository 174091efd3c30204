-- name: add_worker
INSERT INTO workers (name, isolation, slots, home, beat, started_at, instance, equipment) VALUES ($1, $2, $3, $4, 0, $5, $6, $7) RETURNING id;

-- name: beat_workers
UPDATE workers SET beat = beat + 1
WHERE id IN (SELECT id FROM workers WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
RETURNING id;

-- name: set_worker_intake
UPDATE workers SET intake = $2 WHERE id = $1;

-- name: workers
SELECT id, name, isolation, slots, home, beat, started_at, instance, intake, equipment FROM workers ORDER BY id;

-- No claim is under way for it from here on.
-- name: lock_worker
SELECT 1 FROM workers WHERE id = $1 FOR UPDATE;

-- name: remove_worker
DELETE FROM workers WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE worker_id = $1);

-- name: probe
INSERT INTO probes (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at;
