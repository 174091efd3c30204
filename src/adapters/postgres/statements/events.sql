-- The deliberation's row is locked, or was just made, so that nobody else takes the same number.
-- name: append_event
INSERT INTO events (deliberation, n, at, kind, stage, agent, sample, attempt, part, text)
VALUES ($1, (SELECT coalesce(max(n), 0) + 1 FROM events WHERE deliberation = $1), $2, $3, $4, $5, $6, $7, $8, $9);

-- name: events_of_deliberation
SELECT r.stage, r.agent, r.sample, r.outcome, r.text, r.answer, r.score, r.finish, r.tokens_in, r.tokens_out, r.tokens_cached, r.cost_micros,
       r.duration_ms, r.attempts,
       e.id, d.id, e.n, e.at, e.kind, e.stage, e.agent, e.sample, e.attempt, e.part, e.text
FROM (
  -- Those in front of which there are less than $4 bytes of texts.
  SELECT c.id, sum(octet_length(c.text) + coalesce(octet_length(a.text), 0)) OVER (ORDER BY c.n) - octet_length(c.text) -
               coalesce(octet_length(a.text), 0) AS bytes_before
  FROM (SELECT * FROM events
        WHERE deliberation = (SELECT number FROM deliberations WHERE id = $1) AND n > $2
        ORDER BY n LIMIT $3) c
  LEFT JOIN agent_results a ON c.kind = 3 AND a.deliberation = c.deliberation AND a.stage = c.stage AND a.agent = c.agent AND a.sample = c.sample) s
JOIN events e ON e.id = s.id
JOIN deliberations d ON d.number = e.deliberation
LEFT JOIN agent_results r ON e.kind = 3 AND r.deliberation = e.deliberation AND r.stage = e.stage AND r.agent = e.agent AND r.sample = e.sample
WHERE s.bytes_before < $4
ORDER BY e.n;

-- name: last_event_of_deliberation
SELECT coalesce(max(n), 0) FROM events WHERE deliberation = $1;

-- name: unpublished_events
SELECT r.stage, r.agent, r.sample, r.outcome, r.text, r.answer, r.score, r.finish, r.tokens_in, r.tokens_out, r.tokens_cached, r.cost_micros,
       r.duration_ms, r.attempts,
       e.id, d.id, e.n, e.at, e.kind, e.stage, e.agent, e.sample, e.attempt, e.part, e.text
FROM (
  -- Those in front of which there are less than $2 bytes of texts.
  SELECT c.id, sum(octet_length(c.text) + coalesce(octet_length(a.text), 0)) OVER (ORDER BY c.id) - octet_length(c.text) -
               coalesce(octet_length(a.text), 0) AS bytes_before
  FROM (SELECT * FROM events WHERE published_at IS NULL ORDER BY id LIMIT $1) c
  LEFT JOIN agent_results a ON c.kind = 3 AND a.deliberation = c.deliberation AND a.stage = c.stage AND a.agent = c.agent AND a.sample = c.sample) s
JOIN events e ON e.id = s.id
JOIN deliberations d ON d.number = e.deliberation
LEFT JOIN agent_results r ON e.kind = 3 AND r.deliberation = e.deliberation AND r.stage = e.stage AND r.agent = e.agent AND r.sample = e.sample
WHERE s.bytes_before < $2
ORDER BY e.id;

-- name: first_event_since
SELECT id FROM events WHERE at >= $1 ORDER BY id LIMIT 1;

-- name: last_event
SELECT max(id) FROM events;

-- name: event_backlog
SELECT count(*), (SELECT at FROM events WHERE published_at IS NULL ORDER BY id LIMIT 1) FROM events WHERE published_at IS NULL;

-- name: note_events_published
UPDATE events SET published_at = $2 WHERE id = ANY ($1);

-- name: publish_events_again
UPDATE events SET published_at = NULL WHERE id IN (
  SELECT id FROM events WHERE id BETWEEN $1 AND $2 AND published_at IS NOT NULL ORDER BY id LIMIT $3) RETURNING id;

-- Ids rise with the time of storing, so the first rows that must stay end the search.
-- name: prune_events
DELETE FROM events WHERE id IN (
  SELECT e.id FROM (SELECT id, deliberation, coalesce(published_at, at) AS since FROM events ORDER BY id LIMIT $2) e
  JOIN deliberations d ON d.number = e.deliberation
  WHERE e.since < $1 AND d.status <> 0);
