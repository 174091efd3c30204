-- What an attempt took beyond its processor time and memory, and the files that the last one left.

ALTER TABLE job_attempts ADD COLUMN wall_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_attempts ADD COLUMN bytes_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_attempts ADD COLUMN bytes_out INTEGER NOT NULL DEFAULT 0;

-- Their bytes are blobs: job_blobs has a row with role 3 for each.
CREATE TABLE job_artifacts (
  job_id INTEGER NOT NULL,
  name   TEXT NOT NULL,
  bytes  INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  PRIMARY KEY (job_id, name)
) STRICT, WITHOUT ROWID;
