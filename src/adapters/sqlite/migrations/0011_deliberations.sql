-- Deliberations and the record of their calls (agent_results), from which one goes on after a restart, and is replayed.
-- The tables that stood here for them were never written.
DROP TABLE agent_results;
DROP TABLE deliberations;

CREATE TABLE deliberations (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner_id INTEGER,                       -- NULL: nobody, it came over gRPC
  status INTEGER NOT NULL,                -- DeliberationStatus
  preset TEXT NOT NULL,
  request TEXT NOT NULL,                  -- JSON, as deliberation_text.h writes it; so are plan and outcome
  plan TEXT NOT NULL,
  outcome TEXT,                           -- once it has ended
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  calls INTEGER NOT NULL DEFAULT 0,       -- and what they used
  tokens_in INTEGER NOT NULL DEFAULT 0,
  tokens_out INTEGER NOT NULL DEFAULT 0,
  tokens_cached INTEGER NOT NULL DEFAULT 0,
  cost_micros INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliberations_running ON deliberations (number) WHERE status = 0;
CREATE INDEX deliberations_of_owner ON deliberations (owner_id, number);

CREATE TABLE agent_results (
  deliberation INTEGER NOT NULL REFERENCES deliberations (number) ON DELETE CASCADE,
  n INTEGER NOT NULL,                     -- in the order in which they were recorded, from 1
  stage INTEGER NOT NULL,
  agent INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  outcome INTEGER NOT NULL,               -- CallOutcome
  text TEXT NOT NULL,
  answer TEXT,
  score REAL,
  finish INTEGER NOT NULL,                -- FinishReason
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (deliberation, n),
  UNIQUE (deliberation, stage, agent, sample)
) STRICT, WITHOUT ROWID;

-- How many there were in each status, and how long they took; pruned ones stay counted.
CREATE TABLE deliberation_counts (
  status INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL
) STRICT;
INSERT INTO deliberation_counts (status, count, duration_ms) VALUES (0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0);
