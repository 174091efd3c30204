-- What the run of a job has told so far (JobStore::report): cleared when its attempt ends. And which workers are given nothing more.

ALTER TABLE jobs
  ADD COLUMN reported_lines   bigint NOT NULL DEFAULT 0,
  ADD COLUMN reported_bytes   bigint NOT NULL DEFAULT 0,
  ADD COLUMN progress         double precision,  -- 0..1; NULL: nothing was told
  ADD COLUMN progress_message text;

ALTER TABLE workers ADD COLUMN intake smallint NOT NULL DEFAULT 0;  -- 0: open; 1: draining
