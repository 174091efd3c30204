-- Kept from being retired until the commit (migrations/0001_initial.sql, shares).
-- name: lock_shares
SELECT s.priority, s.share_key
FROM (SELECT * FROM unnest($1, $2) AS u (priority, share_key) ORDER BY 1, 2) u
JOIN shares s ON s.priority = u.priority AND s.share_key = u.share_key
FOR KEY SHARE OF s;

-- A key that comes back starts with those whose turn it is, behind them: it has no credit from the time it was away.
-- name: add_shares
INSERT INTO shares (priority, share_key, pass)
SELECT u.priority, u.share_key, coalesce((SELECT min(pass) FROM shares s WHERE s.priority = u.priority), 0)
FROM unnest($1, $2) AS u (priority, share_key)
ORDER BY u.priority, u.share_key
ON CONFLICT (priority, share_key) DO NOTHING;

-- name: next_shares
SELECT id, priority, pass, share_key FROM shares WHERE id <> ALL ($2) ORDER BY priority DESC, pass, id LIMIT $1;

-- Whose row another claim is changing just now keeps its pass: turns are a promise in the long run, and no claim waits for another.
-- name: pass_turns
UPDATE shares s SET pass = s.pass + u.n
FROM unnest($1, $2) AS u (id, n)
WHERE s.id = u.id AND s.id IN (SELECT id FROM shares WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);

-- name: shares_to_retire
SELECT id FROM shares WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED;

-- name: retire_shares
DELETE FROM shares s
WHERE id = ANY ($1)
  AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.queue = 1 AND j.priority = s.priority AND j.share_key = s.share_key);

-- name: promote_due
UPDATE jobs SET queue = 1
WHERE id IN (SELECT id FROM jobs WHERE queue = 2 AND due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING priority, share_key;

-- name: next_due
SELECT min(due_at) FROM jobs WHERE queue = 2;

-- The oldest jobs of each share, as many as are its turns; those that nobody else is taking and that are no orphans. $5: what this claim has
-- taken already.
-- name: jobs_to_claim
SELECT s.id, j.id, coalesce(j.owner_id, 0), EXISTS (SELECT 1 FROM users u WHERE u.id = j.owner_id), j.plugin_name, j.version_id, j.fence, j.attempts,
       j.attempts_max, j.timeout_s, j.input_data, j.input_bytes, j.input_blob
FROM unnest($1, $2, $3, $4) AS s (id, priority, share_key, turns)
CROSS JOIN LATERAL (
  SELECT * FROM jobs
  WHERE queue = 1 AND priority = s.priority AND share_key = s.share_key
    AND id <> ALL ($5)
    AND EXISTS (SELECT 1 FROM plugins p WHERE p.id = jobs.plugin_id)
    AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.kind = 'user' AND r.id = jobs.owner_id AND r.is_open)
  ORDER BY id LIMIT s.turns FOR UPDATE OF jobs SKIP LOCKED
) j;

-- name: mark_claimed
UPDATE jobs j SET status = 'PROCESSING', queue = 0, fence = j.fence + 1, runs = j.runs + 1, attempts = j.attempts + 1, worker_id = u.worker_id,
                  started_at = $3
FROM unnest($1, $2) AS u (id, worker_id)
WHERE j.id = u.id;

-- Kept from being removed until the commit.
-- name: live_workers
SELECT id, intake FROM workers WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE;
