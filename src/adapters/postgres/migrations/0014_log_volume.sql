-- How many bytes all logs have together, so that who prunes them down to a size need not look at each chunk: the sum of this table. Each session
-- has a row of its own, so that nobody waits here for a transaction of somebody else (statements/retention.sql adds up those of sessions that are over).
CREATE TABLE log_volume (
  backend integer PRIMARY KEY,
  bytes   bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO log_volume SELECT 0, coalesce(sum(octet_length(lines)), 0) FROM job_logs;

-- Whoever adds or removes some: an older release that still runs, the older service that deletes a job.
CREATE FUNCTION orc_weigh_logs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log_volume AS known (backend, bytes)
  SELECT pg_backend_pid(), CASE TG_OP WHEN 'INSERT' THEN sums.bytes ELSE -sums.bytes END
  FROM (SELECT sum(octet_length(lines)) AS bytes FROM changed) sums WHERE sums.bytes > 0
  ON CONFLICT (backend) DO UPDATE SET bytes = known.bytes + excluded.bytes;
  RETURN NULL;
END $$;

CREATE TRIGGER orc_logs_came AFTER INSERT ON job_logs REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orc_weigh_logs();
CREATE TRIGGER orc_logs_went AFTER DELETE ON job_logs REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION orc_weigh_logs();
