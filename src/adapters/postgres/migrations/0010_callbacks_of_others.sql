-- A job that somebody else ends is told to its callback_url like any other; one that somebody else deletes takes what belongs to it along.

CREATE FUNCTION orc_tell_end_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM callbacks WHERE job_id = OLD.id;
    DELETE FROM job_artifacts WHERE job_id = OLD.id;
    RETURN NULL;
  END IF;
  IF NEW.callback_url IS NULL OR OLD.status NOT IN ('QUEUED', 'PROCESSING') OR NEW.status IN ('QUEUED', 'PROCESSING') THEN
    RETURN NULL;
  END IF;
  -- The origin as src/domain/callback/callback_url.h spells it: in small letters, without the port that its scheme means anyway.
  INSERT INTO callbacks (job_id, url, origin, status, error_message, ended_at, due_at)
  VALUES (NEW.id, NEW.callback_url,
          regexp_replace(regexp_replace(lower(substring(NEW.callback_url FROM '^[^:]+://[^/?]+')), '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1'),
          array_position(ARRAY['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'], NEW.status::text) - 1, NEW.error_message,
          coalesce(NEW.completed_at, now()), now());
  RETURN NULL;
END $$;

CREATE TRIGGER orc_end_of_others AFTER UPDATE OR DELETE ON jobs
FOR EACH ROW WHEN (coalesce(current_setting('orc.session', true), '') = '') EXECUTE FUNCTION orc_tell_end_of_others();
