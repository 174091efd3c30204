-- name: add_to_counter
INSERT INTO counters (owner_id, name_id, status, n) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (owner_id, name_id, status) DO UPDATE SET n = n + excluded.n;

-- name: highest_job
SELECT id, created_at FROM jobs ORDER BY id DESC LIMIT 1;

-- name: id_floor
SELECT highest FROM id_floors WHERE kind = 'job';

-- name: raise_id_floor
INSERT INTO id_floors (kind, highest) VALUES ('job', ?1)
ON CONFLICT (kind) DO UPDATE SET highest = max(highest, excluded.highest);
