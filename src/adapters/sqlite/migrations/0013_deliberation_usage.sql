-- Ended deliberations are found by their end, and what models have used is kept for each owner beyond what is pruned.
CREATE INDEX deliberations_ended ON deliberations (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE deliberation_usage (
  owner_id INTEGER PRIMARY KEY,            -- 0: nobody, they came over gRPC
  deliberations INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  failed_calls INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  call_ms INTEGER NOT NULL
) STRICT;
INSERT INTO deliberation_usage (owner_id, deliberations, calls, failed_calls, tokens_in, tokens_out, tokens_cached, cost_micros, call_ms)
SELECT coalesce(d.owner_id, 0), count(DISTINCT d.number), count(r.n), count(CASE WHEN r.outcome = 1 THEN 1 END), coalesce(sum(r.tokens_in), 0),
       coalesce(sum(r.tokens_out), 0), coalesce(sum(r.tokens_cached), 0), coalesce(sum(r.cost_micros), 0), coalesce(sum(r.duration_ms), 0)
FROM deliberations d LEFT JOIN agent_results r ON r.deliberation = d.number
GROUP BY coalesce(d.owner_id, 0);
