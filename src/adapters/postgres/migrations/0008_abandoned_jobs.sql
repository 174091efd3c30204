-- Jobs that others run, of whom no beat tells that they live: such a job is queued again when its time is over (statements/abandoned.sql). So it
-- has to be known since when it runs, whoever set it to PROCESSING.
CREATE INDEX jobs_of_others ON jobs (started_at) WHERE status = 'PROCESSING' AND worker_id IS NULL;

UPDATE jobs SET started_at = now() WHERE status = 'PROCESSING' AND worker_id IS NULL AND started_at IS NULL;

-- As in 0004_placement, but for started_at.
CREATE OR REPLACE FUNCTION orc_complete_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found plugins;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id AND NEW.plugin_name = OLD.plugin_name THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.created_at := coalesce(NEW.created_at, now());
    NEW.due_at := now();
    NEW.share_key := 'user:' || coalesce(NEW.owner_id, 0);
  END IF;
  SELECT * INTO found FROM plugins WHERE name = NEW.plugin_name FOR KEY SHARE;
  IF NEW.version_id = 0 THEN
    NEW.plugin_id := coalesce(found.id, 0);
    NEW.version_id := coalesce(found.current_version_id, 0);
  END IF;
  IF NEW.class_id = 0 THEN
    NEW.class_id := coalesce((SELECT class_id FROM plugin_versions WHERE id = NEW.version_id), 0);
  END IF;
  IF NEW.status = 'QUEUED' AND found.id IS NULL THEN
    NEW.status := 'FAILED';
    NEW.error_message := 'Plugin not found';
  END IF;
  NEW.queue := CASE WHEN NEW.status = 'QUEUED' THEN 1 ELSE 0 END;
  NEW.worker_id := NULL;
  IF NEW.status = 'PROCESSING' AND (NEW.started_at IS NULL OR (TG_OP = 'UPDATE' AND NEW.started_at IS NOT DISTINCT FROM OLD.started_at)) THEN
    NEW.started_at := now();
  END IF;
  NEW.fence := NEW.fence + 1;
  IF NEW.status NOT IN ('QUEUED', 'PROCESSING') THEN
    NEW.completed_at := coalesce(NEW.completed_at, now());
  END IF;
  IF NEW.queue = 1 THEN
    INSERT INTO shares (priority, share_key, class_id, pass)
    VALUES (NEW.priority, NEW.share_key, NEW.class_id,
            coalesce((SELECT min(pass) FROM shares WHERE class_id = NEW.class_id AND priority = NEW.priority), 0))
    ON CONFLICT (priority, share_key, class_id) DO UPDATE SET pass = shares.pass;
    PERFORM pg_notify('orc_signals', 'w');
  END IF;
  RETURN NEW;
END $$;
