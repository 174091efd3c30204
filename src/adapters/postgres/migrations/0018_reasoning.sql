-- What a model told of how it came to its answer, where it tells that apart; empty where it does not.
ALTER TABLE agent_results ADD COLUMN reasoning text NOT NULL DEFAULT '';
