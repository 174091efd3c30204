-- What others write to users, plugins and jobs keeps what they know nothing of, and may come from a role or a search_path that knows nothing of us.

-- A job that was adopted without a status waits, but stood in no line; what has no status now is queued.
ALTER TABLE jobs ALTER COLUMN status SET DEFAULT 'QUEUED';

WITH mended AS (
  UPDATE jobs j SET queue = 1, class_id = coalesce((SELECT v.class_id FROM plugin_versions v WHERE v.id = j.version_id), 0)
  WHERE status = 'QUEUED' AND queue = 0
  RETURNING priority, share_key, class_id)
INSERT INTO shares (priority, share_key, class_id, pass)
SELECT DISTINCT m.priority, m.share_key, m.class_id,
       coalesce((SELECT min(s.pass) FROM shares s WHERE s.class_id = m.class_id AND s.priority = m.priority), 0)
FROM mended m
ON CONFLICT (priority, share_key, class_id) DO NOTHING;

UPDATE jobs SET error_message = 'Plugin not found' WHERE status = 'FAILED' AND attempts = 0 AND plugin_id = 0 AND error_message IS NULL;

-- Small letters as src/domain/user/user.h makes them, whatever the database's language makes of an I.
DROP INDEX users_by_email;
CREATE INDEX users_by_email ON users (lower(email COLLATE "C"));

-- Classes that no version has any more are removed (statements/placement.sql), so one that is taken has to be held.
CREATE OR REPLACE FUNCTION orc_placement_class(image text, memory_mb bigint) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO placement_classes (requirements)
  VALUES ('{"runtime":"' || CASE WHEN image IS NULL THEN 'folder' ELSE 'image' END || '","memory_mb":' || memory_mb || '}')
  ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
  RETURNING id
$$;

-- The class of a version that differs from one of `of_class` in its image only. A warm pool is one image's; its name need not be the one
-- that we would have given.
CREATE FUNCTION orc_class_with_image(of_class bigint, image text) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO placement_classes (requirements)
  SELECT regexp_replace(
           regexp_replace(requirements, '"runtime":"[a-z]+"', '"runtime":"' || CASE WHEN image IS NULL THEN 'folder' ELSE 'image' END || '"'),
           '"pool":"[0-9a-f]*"(,"requests_max":[0-9]+\}\})$', '"pool":"' || left(md5(coalesce(image, '')), 16) || '"\1')
  FROM placement_classes WHERE id = of_class
  ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
  RETURNING id
$$;

-- As in 0004_placement, but what is changed is a copy of the current version: package, command, limits and the rest of it stay.
CREATE OR REPLACE FUNCTION orc_complete_plugin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  made plugin_versions;
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO removals (kind, id, name) VALUES ('plugin', OLD.id, OLD.name) ON CONFLICT (kind, id) DO UPDATE SET is_open = true;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.version, NEW.description, NEW.docker_image_url, NEW.input_schema::text, NEW.output_schema::text, NEW.name)
        IS NOT DISTINCT FROM (OLD.version, OLD.description, OLD.docker_image_url, OLD.input_schema::text, OLD.output_schema::text, OLD.name) THEN
      RETURN NEW;
    END IF;
    SELECT * INTO made FROM plugin_versions WHERE id = OLD.current_version_id;
  END IF;
  IF made.id IS NULL THEN
    INSERT INTO plugin_versions (plugin_id, name, version, created_at, docker_image_url, description, input_schema, output_schema, class_id)
    VALUES (NEW.id, NEW.name, NEW.version, now(), NEW.docker_image_url, coalesce(NEW.description, ''), NEW.input_schema::text,
            NEW.output_schema::text, orc_placement_class(NEW.docker_image_url, 512))
    RETURNING id INTO NEW.current_version_id;
    RETURN NEW;
  END IF;
  made.id := nextval(pg_get_serial_sequence('plugin_versions', 'id'));
  made.plugin_id := NEW.id;
  made.name := NEW.name;
  made.version := NEW.version;
  made.created_at := now();
  made.description := coalesce(NEW.description, '');
  made.input_schema := NEW.input_schema::text;
  made.output_schema := NEW.output_schema::text;
  IF NEW.docker_image_url IS DISTINCT FROM OLD.docker_image_url THEN
    made.docker_image_url := NEW.docker_image_url;
    made.class_id := coalesce(orc_class_with_image(made.class_id, NEW.docker_image_url), orc_placement_class(NEW.docker_image_url, made.memory_mb));
    IF NEW.docker_image_url IS NOT NULL THEN  -- in the place of a folder
      made.command := '[]';
      made.package := NULL;
    END IF;
  END IF;
  INSERT INTO plugin_versions SELECT (made).*;
  NEW.current_version_id := made.id;
  RETURN NEW;
END $$;

-- As in 0015_jobs_that_live_again, but without a status it is queued; what has ended and lives again is as new (retry_job() in
-- src/domain/job/job_course.h); and a plugin that took the name of the job's own is not the one that it needs.
CREATE OR REPLACE FUNCTION orc_complete_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found plugins;
BEGIN
  NEW.status := coalesce(NEW.status, 'QUEUED');
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id AND NEW.plugin_name = OLD.plugin_name THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.created_at := coalesce(NEW.created_at, now());
    NEW.due_at := now();
    NEW.share_key := 'user:' || coalesce(NEW.owner_id, 0);
  ELSIF NEW.status = 'QUEUED' AND OLD.status <> 'QUEUED' THEN
    NEW.due_at := now();
    NEW.run_at := NULL;
    NEW.waits_since := NULL;
    NEW.started_at := NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.status NOT IN ('QUEUED', 'PROCESSING') AND NEW.status IN ('QUEUED', 'PROCESSING') THEN
    NEW.completed_at := NULL;
    NEW.attempts := 0;
    NEW.losses := 0;
    NEW.reported_lines := 0;
    NEW.reported_bytes := 0;
    NEW.progress := NULL;
    NEW.progress_message := NULL;
    NEW.result_bytes := NULL;
    NEW.result_blob := NULL;
    IF NEW.result::text IS NOT DISTINCT FROM OLD.result::text THEN
      NEW.result := NULL;
    END IF;
    IF NEW.error_message IS NOT DISTINCT FROM OLD.error_message THEN
      NEW.error_message := NULL;
    END IF;
    DELETE FROM dead_letters WHERE job_id = NEW.id;
    DELETE FROM job_artifacts WHERE job_id = NEW.id;
    DELETE FROM job_blobs WHERE job_id = NEW.id AND role IN (2, 3);
  END IF;
  SELECT * INTO found FROM plugins WHERE name = NEW.plugin_name FOR KEY SHARE;
  IF NEW.version_id = 0 OR (TG_OP = 'UPDATE' AND NEW.plugin_name <> OLD.plugin_name AND found.id IS DISTINCT FROM NEW.plugin_id) THEN
    NEW.plugin_id := coalesce(found.id, 0);
    NEW.version_id := coalesce(found.current_version_id, 0);
    NEW.class_id := 0;
  END IF;
  IF NEW.class_id = 0 THEN
    NEW.class_id := coalesce((SELECT class_id FROM plugin_versions WHERE id = NEW.version_id), 0);
  END IF;
  IF NEW.status = 'QUEUED' AND found.id IS DISTINCT FROM NEW.plugin_id THEN
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

-- Who writes to the three tables needs rights on them and their sequences only, and may find them by their full names: the rest happens in the
-- name of who made the functions, where they are. Nobody else may put them on a table of his own.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT p.oid::regprocedure AS name, n.nspname AS place FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE p.proname LIKE 'orc\_%' AND p.prorettype = 'trigger'::regtype AND n.nspname = current_schema() LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', one.name, one.place);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.name);
  END LOOP;
END $$;
