-- How many requests were made for a call, with those that were repeated and those that lost against a second one; `calls` of a deliberation
-- counts them from now on.
ALTER TABLE agent_results ADD COLUMN attempts bigint NOT NULL DEFAULT 1;
