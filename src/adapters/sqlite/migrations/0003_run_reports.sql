-- What the run of a job has told so far (JobStore::report): cleared when its attempt ends. And which workers are given nothing more.

ALTER TABLE jobs ADD COLUMN reported_lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN reported_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN progress REAL;  -- 0..1; NULL: nothing was told
ALTER TABLE jobs ADD COLUMN progress_message TEXT;

ALTER TABLE workers ADD COLUMN intake INTEGER NOT NULL DEFAULT 0;  -- 0: open; 1: draining
