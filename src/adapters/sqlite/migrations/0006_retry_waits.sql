-- Since when a job waits for its next attempt, while queue = 2; NULL: it waits for a time that its submitter named. By this a wait is found that
-- a clock which was set back would make longer (docs/decisions/clock_jumps.md). What waits when this runs is left as it is.
ALTER TABLE jobs ADD COLUMN waits_since INTEGER;

CREATE INDEX jobs_waiting ON jobs (waits_since) WHERE queue = 2 AND waits_since IS NOT NULL;
