-- Whom to tell when a job ends, for how long it may wait to be run, and which image ran.

ALTER TABLE jobs ADD COLUMN callback_url TEXT;
ALTER TABLE jobs ADD COLUMN queue_s INTEGER;  -- how long it may be due without being run; NULL: for ever

UPDATE jobs SET queue_s = (SELECT json_extract(v.execution, '$.queue_seconds') FROM plugin_versions v WHERE v.id = jobs.version_id)
WHERE status IN (0, 1);

CREATE INDEX jobs_overdue ON jobs (due_at + queue_s * 1000) WHERE queue <> 0 AND queue_s IS NOT NULL;

ALTER TABLE job_attempts ADD COLUMN image TEXT NOT NULL DEFAULT '';

-- The outbox of ends of jobs (ports/callback_store.h). Each row is made with the end that it tells of.
CREATE TABLE callbacks (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        INTEGER NOT NULL,
  url           TEXT NOT NULL,
  origin        TEXT NOT NULL,     -- of the url
  status        INTEGER NOT NULL,  -- of the job
  error_message TEXT,
  ended_at      INTEGER NOT NULL,
  state         INTEGER NOT NULL DEFAULT 0,
  tries         INTEGER NOT NULL DEFAULT 0,
  due_at        INTEGER NOT NULL,  -- of the next try; while one goes on, when it is taken for lost
  tried_at      INTEGER,
  answer_status INTEGER,
  reason        TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX callbacks_due ON callbacks (origin, due_at) WHERE state = 0;
CREATE INDEX callbacks_by_job ON callbacks (job_id, id);
