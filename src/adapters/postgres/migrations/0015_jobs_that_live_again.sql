-- A job that somebody else runs again has not ended any more: it kept the time of its end, and would have been pruned by it once it ended again.
UPDATE jobs SET completed_at = NULL WHERE completed_at IS NOT NULL AND status IN ('QUEUED', 'PROCESSING');

-- As in 0008_abandoned_jobs, but for completed_at: what such a job ends with anew is the time of that end.
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
  ELSE
    NEW.completed_at := NULL;
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
