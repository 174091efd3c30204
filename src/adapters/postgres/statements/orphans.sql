-- name: note_removal
INSERT INTO removals (kind, id, name) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO UPDATE SET is_open = true;

-- Jobs of these plugins come back to the queue: if one was removed, there is an orphan again.
-- name: note_orphans_of_plugins
UPDATE removals SET is_open = true WHERE kind = 'plugin' AND id = ANY ($1);

-- Of those that were not looked at yet; a change of the row changes its xmin.
-- name: open_removal
SELECT kind, id, name, xmin::text::bigint FROM removals r
WHERE is_open AND NOT EXISTS (SELECT 1 FROM unnest($1, $2) AS d (kind, id) WHERE d.kind = r.kind AND d.id = r.id)
ORDER BY kind DESC, id LIMIT 1;

-- name: close_removals
UPDATE removals r SET is_open = false
FROM unnest($1, $2, $3) AS d (kind, id, revision)
WHERE r.kind = d.kind AND r.id = d.id AND r.xmin::text::bigint = d.revision;

-- A plugin's is needed for as long as a job of its name may come back to the queue (note_orphans_of_plugins).
-- name: prune_removals
DELETE FROM removals WHERE (kind, id) IN (
  SELECT r.kind, r.id FROM removals r
  WHERE NOT r.is_open AND (r.kind = 'user' OR coalesce((SELECT sum(c.n) FROM counters c WHERE c.plugin_name = r.name), 0) <= 0)
  LIMIT $1 FOR UPDATE OF r SKIP LOCKED);

-- In the two below: where such jobs stand is what the counters know.
-- name: unfinished_jobs_of_user
SELECT j.id
FROM (SELECT DISTINCT plugin_name FROM counters WHERE owner_id = $1 AND status IN (0, 1)) c
CROSS JOIN unnest(ARRAY['QUEUED', 'PROCESSING']::jobstatus[]) AS s (status)
CROSS JOIN LATERAL (SELECT id FROM jobs
                    WHERE coalesce(owner_id, 0) = $1 AND plugin_name = c.plugin_name AND status = s.status
                    ORDER BY id LIMIT $2) j
LIMIT $2;

-- name: queued_jobs_of_plugin
SELECT j.id
FROM (SELECT DISTINCT owner_id FROM counters WHERE plugin_name = $1 AND status = 0) c
CROSS JOIN LATERAL (SELECT id FROM jobs
                    WHERE coalesce(owner_id, 0) = c.owner_id AND plugin_name = $1 AND status = 'QUEUED' AND plugin_id = $2
                    ORDER BY id LIMIT $3) j
LIMIT $3;
