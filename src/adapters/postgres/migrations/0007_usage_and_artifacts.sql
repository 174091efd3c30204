-- What an attempt took beyond its processor time and memory, and the files that the last one left.

ALTER TABLE job_attempts
  ADD COLUMN wall_ms   bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_in  bigint NOT NULL DEFAULT 0,
  ADD COLUMN bytes_out bigint NOT NULL DEFAULT 0;

-- Their bytes are blobs: job_blobs has a row with role 3 for each.
CREATE TABLE job_artifacts (
  job_id bigint NOT NULL,
  name   text NOT NULL,
  bytes  bigint NOT NULL,
  hash   bytea NOT NULL,
  PRIMARY KEY (job_id, name)
);
