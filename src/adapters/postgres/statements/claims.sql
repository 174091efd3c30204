-- Kept from being retired until the commit (migrations/0001_initial.sql, shares). Share by share, by its key: + 0 keeps the planner from the
-- index of turns, which it takes while there are few shares, and would go through those of all other keys for each.
-- name: lock_shares
SELECT s.priority, s.share_key, s.class_id
FROM (SELECT * FROM unnest($1, $2, $3) AS u (priority, share_key, class_id) ORDER BY 1, 2, 3) u
CROSS JOIN LATERAL (SELECT priority, share_key, class_id FROM shares
                    WHERE priority = u.priority AND share_key = u.share_key AND class_id + 0 = u.class_id FOR KEY SHARE) s;

-- A key that comes back starts with those of its class whose turn it is, behind them: it has no credit from the time it was away. In a class
-- that nobody waits for it starts where the others are, and a key that has jobs of another class brings its pass from there.
-- name: add_shares
WITH RECURSIVE waiting (class_id) AS (
  (SELECT class_id FROM shares ORDER BY class_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.class_id FROM shares s WHERE s.class_id > w.class_id ORDER BY s.class_id LIMIT 1) FROM waiting w WHERE w.class_id IS NOT NULL
)
INSERT INTO shares (priority, share_key, class_id, pass)
SELECT u.priority, u.share_key, u.class_id,
       greatest(coalesce((SELECT min(pass) FROM shares s WHERE s.class_id = u.class_id AND s.priority = u.priority),
                         (SELECT max((SELECT min(pass) FROM shares s WHERE s.class_id = w.class_id AND s.priority = u.priority)) FROM waiting w),
                         0),
                (SELECT max(pass) FROM shares s WHERE s.priority = u.priority AND s.share_key = u.share_key))
FROM unnest($1, $2, $3) AS u (priority, share_key, class_id)
ORDER BY u.priority, u.share_key, u.class_id
ON CONFLICT (priority, share_key, class_id) DO NOTHING;

-- The first $1 of each class that anything waits of, and what jobs of that class need.
-- name: next_shares
WITH RECURSIVE waiting (class_id) AS (
  (SELECT class_id FROM shares ORDER BY class_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.class_id FROM shares s WHERE s.class_id > w.class_id ORDER BY s.class_id LIMIT 1) FROM waiting w WHERE w.class_id IS NOT NULL
)
SELECT l.id, l.priority, l.pass, l.share_key, w.class_id, c.requirements
FROM waiting w
CROSS JOIN LATERAL (
  SELECT id, priority, pass, share_key FROM shares s WHERE s.class_id = w.class_id AND s.id <> ALL ($2) ORDER BY s.priority DESC, s.pass, s.id LIMIT $1
) l
LEFT JOIN placement_classes c ON c.id = w.class_id
ORDER BY l.priority DESC, l.pass, l.id;

-- Since when the oldest job of each of these waits.
-- name: head_due
SELECT u.place, (SELECT due_at FROM jobs j
                 WHERE j.queue = 1 AND j.priority = u.priority AND j.share_key = u.share_key AND j.class_id = u.class_id ORDER BY j.id LIMIT 1)
FROM unnest($1, $2, $3) WITH ORDINALITY AS u (priority, share_key, class_id, place)
ORDER BY u.place;

-- Of each key, in all its classes; no lower than $4 before. Whose row another claim is changing just now keeps its pass: turns are a promise in
-- the long run, and no claim waits for another.
-- name: pass_turns
UPDATE shares s SET pass = greatest(s.pass, u.level) + u.n
FROM unnest($1, $2, $3, $4) AS u (priority, share_key, n, level)
WHERE s.priority = u.priority AND s.share_key = u.share_key AND s.id IN (
  SELECT o.id FROM unnest($1, $2) AS k (priority, share_key)
  JOIN shares o ON o.priority = k.priority AND o.share_key = k.share_key
  ORDER BY o.id FOR NO KEY UPDATE OF o SKIP LOCKED);

-- name: shares_to_retire
SELECT id FROM shares WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED;

-- OFFSET 0: one look into the index for each share. While there are few jobs, the planner would rather compare each share with all of them.
-- name: retire_shares
DELETE FROM shares s
WHERE id = ANY ($1)
  AND NOT EXISTS (SELECT 1 FROM jobs j
                  WHERE j.queue = 1 AND j.priority = s.priority AND j.share_key = s.share_key AND j.class_id = s.class_id OFFSET 0);

-- name: promote_due
UPDATE jobs SET queue = 1
WHERE id IN (SELECT id FROM jobs WHERE queue = 2 AND due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING priority, share_key, class_id;

-- And the latest moment at which a retry's wait began.
-- name: next_due
SELECT (SELECT min(due_at) FROM jobs WHERE queue = 2), (SELECT max(waits_since) FROM jobs WHERE queue = 2 AND waits_since IS NOT NULL);

-- Waits that began after $2 begin now, at $1, the latest ones first.
-- name: restart_waits
UPDATE jobs SET due_at = $1 + (due_at - waits_since), run_at = $1 + (due_at - waits_since), waits_since = $1
WHERE id IN (SELECT id FROM jobs WHERE queue = 2 AND waits_since > $2 ORDER BY waits_since DESC LIMIT $3 FOR UPDATE SKIP LOCKED);

-- The oldest jobs of each share, as many as are its turns; those that nobody else is taking and that are no orphans. $6: what this claim has
-- taken already. Each question about one row is a scalar one: for EXISTS the planner may choose to read all users at each claim.
-- name: jobs_to_claim
SELECT s.id, j.id, coalesce(j.owner_id, 0), (SELECT u.id FROM users u WHERE u.id = j.owner_id) IS NOT NULL, j.plugin_name, j.version_id, j.fence, j.attempts,
       j.attempts_max, j.timeout_s, j.input_data, j.input_bytes, j.input_blob, j.due_at
FROM unnest($1, $2, $3, $4, $5) AS s (id, priority, share_key, class_id, turns)
CROSS JOIN LATERAL (
  SELECT * FROM jobs
  WHERE queue = 1 AND priority = s.priority AND share_key = s.share_key AND class_id = s.class_id
    AND id <> ALL ($6)
    AND (SELECT p.id FROM plugins p WHERE p.id = jobs.plugin_id) IS NOT NULL
    AND (SELECT r.is_open FROM removals r WHERE r.kind = 'user' AND r.id = jobs.owner_id) IS NOT TRUE
  ORDER BY id LIMIT s.turns FOR UPDATE OF jobs SKIP LOCKED
) j;

-- An older release that ends an attempt leaves there what was reported of it.
-- name: mark_claimed
UPDATE jobs j SET status = 'PROCESSING', queue = 0, fence = j.fence + 1, runs = j.runs + 1, attempts = j.attempts + 1, worker_id = u.worker_id,
                  started_at = $3, reported_lines = 0, reported_bytes = 0, progress = NULL, progress_message = NULL
FROM unnest($1, $2) AS u (id, worker_id)
WHERE j.id = u.id;

-- One claim of a worker at a time, in whatever process: the next one sees what this one won. Not by a lock on its row, which beats change.
-- name: lock_claims
SELECT pg_advisory_xact_lock(x'6f726377'::bigint << 32 | u.id) FROM unnest($1) AS u (id) ORDER BY u.id;

-- Kept from being removed until the commit.
-- name: live_workers
SELECT id, isolation, equipment, intake, slots FROM workers WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE;
