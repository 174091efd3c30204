-- name: add_deliberation
INSERT INTO deliberations (id, owner_id, status, preset, request, plan, created_at, task_id, role, token_budget, listed_request)
VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING
RETURNING number;

-- name: deliberation_state
SELECT number, status, created_at, coalesce(owner_id, 0) FROM deliberations WHERE id = $1 FOR UPDATE;

-- The length of a text stands where it begins: none is read for it.
-- name: deliberation_mark
SELECT owner_id, status, (octet_length(request) + octet_length(plan) + coalesce(octet_length(outcome), 0))::bigint,
       (SELECT coalesce(sum(octet_length(text) + octet_length(reasoning) + coalesce(octet_length(answer), 0)), 0)::bigint
        FROM agent_results r WHERE r.deliberation = deliberations.number)
FROM deliberations WHERE id = $1;

-- name: deliberation_by_id
SELECT number, id, owner_id, preset, request, plan, outcome, created_at, ended_at, calls, tokens_in, tokens_out, tokens_cached, cost_micros,
       CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.deliberation = deliberations.number AND e.n > 1) THEN 1::bigint ELSE 0::bigint END
FROM deliberations WHERE id = $1;

-- name: jobs_that_run
SELECT id, task_id, role, created_at,
       CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.deliberation = deliberations.number AND e.n > 1) THEN 1::bigint ELSE 0::bigint END
FROM deliberations
WHERE status = 0 AND owner_id IS NULL AND number > coalesce((SELECT number FROM deliberations WHERE id = $1), 0)
ORDER BY number LIMIT $2;

-- name: ids_of_deliberations_that_run
SELECT id FROM deliberations
WHERE status = 0 AND number > coalesce((SELECT number FROM deliberations WHERE id = $1), 0)
ORDER BY number LIMIT $2;

-- name: orphaned_deliberations
SELECT id FROM deliberations
WHERE status = 0 AND owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = owner_id)
ORDER BY number LIMIT $1;

-- name: deliberation_page
SELECT number, id, owner_id, preset, coalesce(listed_request, request), plan, coalesce(listed_outcome, outcome), created_at, ended_at,
       calls, tokens_in, tokens_out, tokens_cached, cost_micros,
       CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.deliberation = deliberations.number AND e.n > 1) THEN 1::bigint ELSE 0::bigint END
FROM deliberations
WHERE ($1 IS NULL OR status = $1)
ORDER BY number DESC LIMIT $2 OFFSET $3;

-- name: deliberation_page_total
SELECT count(*) FROM deliberations WHERE ($1 IS NULL OR status = $1);

-- An owner's are found by the owner.
-- name: deliberation_page_of_owner
SELECT number, id, owner_id, preset, coalesce(listed_request, request), plan, coalesce(listed_outcome, outcome), created_at, ended_at,
       calls, tokens_in, tokens_out, tokens_cached, cost_micros,
       CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.deliberation = deliberations.number AND e.n > 1) THEN 1::bigint ELSE 0::bigint END
FROM deliberations
WHERE owner_id = $1 AND ($2 IS NULL OR status = $2)
ORDER BY number DESC LIMIT $3 OFFSET $4;

-- name: deliberation_page_total_of_owner
SELECT count(*) FROM deliberations WHERE owner_id = $1 AND ($2 IS NULL OR status = $2);

-- What a page would hold, before it is read.
-- name: deliberation_page_bytes
SELECT coalesce(sum(octet_length(request) + octet_length(plan) + coalesce(octet_length(outcome), 0)), 0)::bigint
FROM (SELECT coalesce(listed_request, request) request, plan, coalesce(listed_outcome, outcome) outcome
      FROM deliberations WHERE ($1 IS NULL OR status = $1) ORDER BY number DESC LIMIT $2 OFFSET $3) page;

-- name: deliberation_page_bytes_of_owner
SELECT coalesce(sum(octet_length(request) + octet_length(plan) + coalesce(octet_length(outcome), 0)), 0)::bigint
FROM (SELECT coalesce(listed_request, request) request, plan, coalesce(listed_outcome, outcome) outcome
      FROM deliberations WHERE owner_id = $1 AND ($2 IS NULL OR status = $2) ORDER BY number DESC LIMIT $3 OFFSET $4) page;

-- name: agent_result_is_recorded
SELECT 1 FROM agent_results WHERE deliberation = $1 AND stage = $2 AND agent = $3 AND sample = $4;

-- name: record_agent_result
INSERT INTO agent_results (deliberation, n, stage, agent, sample, outcome, text, answer, score, finish, tokens_in, tokens_out, tokens_cached,
                           cost_micros, duration_ms, attempts, reasoning)
VALUES ($1, (SELECT calls + 1 FROM deliberations WHERE number = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: count_agent_result
UPDATE deliberations
SET calls = calls + $6, tokens_in = tokens_in + $2, tokens_out = tokens_out + $3, tokens_cached = tokens_cached + $4,
    cost_micros = cost_micros + $5
WHERE number = $1;

-- name: end_deliberation
UPDATE deliberations SET status = $2, outcome = $3, ended_at = $4, listed_outcome = $5 WHERE number = $1;

-- name: agent_results
SELECT stage, agent, sample, outcome, text, answer, score, finish, tokens_in, tokens_out, tokens_cached, cost_micros, duration_ms, attempts,
       reasoning
FROM agent_results WHERE deliberation = (SELECT number FROM deliberations WHERE id = $1)
ORDER BY n;

-- name: count_deliberation
UPDATE deliberation_counts SET count = count + $2, duration_ms = duration_ms + $3 WHERE status = $1;

-- name: deliberation_counts
SELECT status, count, duration_ms FROM deliberation_counts;

-- name: take_deliberation_seat
-- Who has it gets it again; the session counts how often, which has no end.
SELECT CASE WHEN pg_try_advisory_lock(x'6f726364'::integer, 1) THEN 1::bigint ELSE 0::bigint END;

-- name: count_deliberation_usage
INSERT INTO deliberation_usage (owner_id, deliberations, calls, failed_calls, tokens_in, tokens_out, tokens_cached, cost_micros, call_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (owner_id) DO UPDATE
SET deliberations = deliberation_usage.deliberations + excluded.deliberations, calls = deliberation_usage.calls + excluded.calls,
    failed_calls = deliberation_usage.failed_calls + excluded.failed_calls, tokens_in = deliberation_usage.tokens_in + excluded.tokens_in,
    tokens_out = deliberation_usage.tokens_out + excluded.tokens_out, tokens_cached = deliberation_usage.tokens_cached + excluded.tokens_cached,
    cost_micros = deliberation_usage.cost_micros + excluded.cost_micros, call_ms = deliberation_usage.call_ms + excluded.call_ms;

-- name: deliberation_usage
SELECT coalesce(sum(deliberations), 0)::bigint, coalesce(sum(calls), 0)::bigint, coalesce(sum(failed_calls), 0)::bigint, coalesce(sum(tokens_in), 0)::bigint, coalesce(sum(tokens_out), 0)::bigint,
       coalesce(sum(tokens_cached), 0)::bigint, coalesce(sum(cost_micros), 0)::bigint, coalesce(sum(call_ms), 0)::bigint
FROM deliberation_usage WHERE $1 IS NULL OR owner_id = $1;

-- Numbers grow with the time, so that no more rows are looked at than are counted, and one.
-- name: deliberation_tokens_since
SELECT coalesce(sum(CASE WHEN status = 0
                         THEN greatest(tokens_in + tokens_out, least(1000000000000000, coalesce(token_budget, 0)))
                         ELSE tokens_in + tokens_out END), 0)::bigint
FROM deliberations
WHERE owner_id = $1
  AND number > coalesce((SELECT number FROM deliberations WHERE owner_id = $1 AND created_at < $2 ORDER BY number DESC LIMIT 1), 0);

-- What is many goes first.
-- name: prune_events_of_deliberations
DELETE FROM events WHERE id IN (
  SELECT e.id FROM deliberations d JOIN events e ON e.deliberation = d.number WHERE d.ended_at < $1 LIMIT $2);

-- name: prune_agent_results
DELETE FROM agent_results WHERE (deliberation, n) IN (
  SELECT r.deliberation, r.n FROM deliberations d JOIN agent_results r ON r.deliberation = d.number WHERE d.ended_at < $1 LIMIT $2);

-- name: prune_deliberations
DELETE FROM deliberations WHERE number IN (SELECT number FROM deliberations WHERE ended_at < $1 ORDER BY ended_at LIMIT $2);
