-- The second half of 0001_initial: what others wrote before us, the indexes of jobs, and what others write from now on.

-- Before us. Each plugin gets one version, made of its row; a job is pinned to it by its name.

INSERT INTO plugin_versions (plugin_id, name, version, created_at, docker_image_url, description, input_schema, output_schema)
SELECT id, name, version, coalesce(created_at, now()), docker_image_url, coalesce(description, ''), input_schema::text, output_schema::text
FROM plugins
ORDER BY id;

UPDATE plugins p SET current_version_id = v.id FROM plugin_versions v WHERE v.plugin_id = p.id;

-- A run that was going on has no worker that we know: it starts again. A job of a plugin that is not there can never run.
UPDATE jobs j SET
  plugin_id     = coalesce(p.id, 0),
  version_id    = coalesce(p.current_version_id, 0),
  created_at    = coalesce(j.created_at, now()),
  due_at        = coalesce(j.created_at, now()),
  share_key     = 'user:' || coalesce(j.owner_id, 0),
  attempts      = CASE WHEN j.status IN ('COMPLETED', 'FAILED') THEN 1 ELSE 0 END,
  status        = CASE WHEN j.status NOT IN ('QUEUED', 'PROCESSING') THEN j.status WHEN p.id IS NULL THEN 'FAILED' ELSE 'QUEUED' END::jobstatus,
  started_at    = CASE WHEN j.status = 'PROCESSING' THEN NULL ELSE j.started_at END,
  queue         = CASE WHEN j.status IN ('QUEUED', 'PROCESSING') AND p.id IS NOT NULL THEN 1 ELSE 0 END,
  error_message = CASE WHEN j.status IN ('QUEUED', 'PROCESSING') AND p.id IS NULL THEN 'Plugin not found' ELSE j.error_message END,
  completed_at  = CASE WHEN j.status IN ('QUEUED', 'PROCESSING') AND p.id IS NOT NULL THEN NULL
                       ELSE coalesce(j.completed_at, j.started_at, j.created_at, now()) END
FROM jobs o LEFT JOIN plugins p ON p.name = o.plugin_name
WHERE o.id = j.id;

INSERT INTO counters (owner_id, plugin_name, status, slot, n)
SELECT coalesce(owner_id, 0), plugin_name, array_position(ARRAY['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'], status::text) - 1, 0, count(*)
FROM jobs GROUP BY 1, 2, 3;

INSERT INTO shares (priority, share_key, pass) SELECT DISTINCT priority, share_key, 0 FROM jobs WHERE queue = 1;

-- Lists: jobs_by_owner, whose stretches are merged as the counters name them.
CREATE INDEX jobs_by_owner ON jobs ((coalesce(owner_id, 0)), plugin_name, status, id);
CREATE INDEX jobs_ready ON jobs (priority, share_key, id) WHERE queue = 1;
CREATE INDEX jobs_delayed ON jobs (due_at) WHERE queue = 2;
CREATE INDEX jobs_running ON jobs (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX jobs_ended ON jobs (completed_at) WHERE completed_at IS NOT NULL;

-- The queue is a hot corner of a large table: it has to be swept when a fiftieth of it has changed, not a fifth.
ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- From now on.

CREATE FUNCTION orc_is_other() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('orc.session', true), '') = '' $$;

CREATE FUNCTION orc_count_job(owner bigint, name text, status jobstatus, n bigint) RETURNS void LANGUAGE sql AS
$$ INSERT INTO counters (owner_id, plugin_name, status, slot, n)
   VALUES (coalesce(owner, 0), name,
           array_position(ARRAY['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'], status::text) - 1, 0, n)
   ON CONFLICT (owner_id, plugin_name, status, slot) DO UPDATE SET n = counters.n + excluded.n $$;

CREATE FUNCTION orc_complete_plugin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO removals (kind, id, name) VALUES ('plugin', OLD.id, OLD.name) ON CONFLICT (kind, id) DO UPDATE SET is_open = true;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.version, NEW.description, NEW.docker_image_url, NEW.input_schema::text, NEW.output_schema::text, NEW.name)
      IS NOT DISTINCT FROM (OLD.version, OLD.description, OLD.docker_image_url, OLD.input_schema::text, OLD.output_schema::text, OLD.name) THEN
    RETURN NEW;
  END IF;
  INSERT INTO plugin_versions (plugin_id, name, version, created_at, docker_image_url, description, input_schema, output_schema)
  VALUES (NEW.id, NEW.name, NEW.version, now(), NEW.docker_image_url, coalesce(NEW.description, ''), NEW.input_schema::text,
          NEW.output_schema::text)
  RETURNING id INTO NEW.current_version_id;
  RETURN NEW;
END $$;

CREATE TRIGGER orc_plugin_of_others BEFORE INSERT OR UPDATE OR DELETE ON plugins
FOR EACH ROW WHEN (orc_is_other()) EXECUTE FUNCTION orc_complete_plugin();

CREATE FUNCTION orc_note_removed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO removals (kind, id) VALUES ('user', OLD.id) ON CONFLICT (kind, id) DO UPDATE SET is_open = true;
  DELETE FROM api_keys WHERE owner_id = OLD.id;
  RETURN OLD;
END $$;

CREATE TRIGGER orc_user_of_others BEFORE DELETE ON users
FOR EACH ROW WHEN (orc_is_other()) EXECUTE FUNCTION orc_note_removed_user();

-- A job of others enters the queue like ours; a status that they set takes it from whoever runs it here.
CREATE FUNCTION orc_complete_job() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF NEW.status = 'QUEUED' AND found.id IS NULL THEN
    NEW.status := 'FAILED';
    NEW.error_message := 'Plugin not found';
  END IF;
  NEW.queue := CASE WHEN NEW.status = 'QUEUED' THEN 1 ELSE 0 END;
  NEW.worker_id := NULL;
  NEW.fence := NEW.fence + 1;
  IF NEW.status NOT IN ('QUEUED', 'PROCESSING') THEN
    NEW.completed_at := coalesce(NEW.completed_at, now());
  END IF;
  IF NEW.queue = 1 THEN
    INSERT INTO shares (priority, share_key, pass)
    VALUES (NEW.priority, NEW.share_key, coalesce((SELECT min(pass) FROM shares WHERE priority = NEW.priority), 0))
    ON CONFLICT (priority, share_key) DO UPDATE SET pass = shares.pass;
    PERFORM pg_notify('orc_signals', 'w');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER orc_job_of_others BEFORE INSERT OR UPDATE ON jobs
FOR EACH ROW WHEN (orc_is_other()) EXECUTE FUNCTION orc_complete_job();

CREATE FUNCTION orc_count_job_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM orc_count_job(OLD.owner_id, OLD.plugin_name, OLD.status, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM orc_count_job(NEW.owner_id, NEW.plugin_name, NEW.status, 1);
    IF NEW.status NOT IN ('QUEUED', 'PROCESSING') THEN
      PERFORM pg_notify('orc_signals', 'e ' || NEW.id);
    END IF;
  ELSE
    DELETE FROM job_attempts WHERE job_id = OLD.id;
    DELETE FROM job_logs WHERE job_id = OLD.id;
    DELETE FROM job_blobs WHERE job_id = OLD.id;
    DELETE FROM dead_letters WHERE job_id = OLD.id;
    DELETE FROM idempotency_keys WHERE job_id = OLD.id;
    PERFORM pg_notify('orc_signals', 'e ' || OLD.id);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER orc_job_count_of_others AFTER INSERT OR UPDATE OR DELETE ON jobs
FOR EACH ROW WHEN (orc_is_other()) EXECUTE FUNCTION orc_count_job_of_others();
