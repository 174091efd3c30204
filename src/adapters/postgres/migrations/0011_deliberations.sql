-- Deliberations and the record of their calls (agent_results), from which one goes on after a restart, and is replayed.
-- The tables that stood here for them were never written.
DROP TABLE agent_results;
DROP TABLE deliberations;

CREATE TABLE deliberations (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  owner_id bigint,                       -- NULL: nobody, it came over gRPC
  status bigint NOT NULL,                -- DeliberationStatus
  preset text NOT NULL,
  request text NOT NULL,                  -- JSON, as deliberation_text.h writes it; so are plan and outcome
  plan text NOT NULL,
  outcome text,                           -- once it has ended
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  calls bigint NOT NULL DEFAULT 0,       -- and what they used
  tokens_in bigint NOT NULL DEFAULT 0,
  tokens_out bigint NOT NULL DEFAULT 0,
  tokens_cached bigint NOT NULL DEFAULT 0,
  cost_micros bigint NOT NULL DEFAULT 0
);
CREATE INDEX deliberations_running ON deliberations (number) WHERE status = 0;
CREATE INDEX deliberations_of_owner ON deliberations (owner_id, number);

CREATE TABLE agent_results (
  deliberation bigint NOT NULL REFERENCES deliberations (number) ON DELETE CASCADE,
  n bigint NOT NULL,                     -- in the order in which they were recorded, from 1
  stage bigint NOT NULL,
  agent bigint NOT NULL,
  sample bigint NOT NULL,
  outcome bigint NOT NULL,               -- CallOutcome
  text text NOT NULL,
  answer text,
  score double precision,
  finish bigint NOT NULL,                -- FinishReason
  tokens_in bigint NOT NULL,
  tokens_out bigint NOT NULL,
  tokens_cached bigint NOT NULL,
  cost_micros bigint NOT NULL,
  duration_ms bigint NOT NULL,
  PRIMARY KEY (deliberation, n),
  UNIQUE (deliberation, stage, agent, sample)
);

-- How many there were in each status, and how long they took; pruned ones stay counted.
CREATE TABLE deliberation_counts (
  status bigint PRIMARY KEY,
  count bigint NOT NULL,
  duration_ms bigint NOT NULL
);
INSERT INTO deliberation_counts (status, count, duration_ms) VALUES (0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0);
