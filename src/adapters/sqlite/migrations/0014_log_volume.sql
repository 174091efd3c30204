-- How many bytes all logs have together, so that who prunes them down to a size need not look at each chunk.
CREATE TABLE log_volume (bytes INTEGER NOT NULL) STRICT;

INSERT INTO log_volume SELECT coalesce(sum(length(lines)), 0) FROM job_logs;

CREATE TRIGGER log_came AFTER INSERT ON job_logs BEGIN
  UPDATE log_volume SET bytes = bytes + length(NEW.lines);
END;

CREATE TRIGGER log_went AFTER DELETE ON job_logs BEGIN
  UPDATE log_volume SET bytes = bytes - length(OLD.lines);
END;
