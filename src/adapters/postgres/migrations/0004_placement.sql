-- Placement (docs/placement.md). What a worker has stands in its row; what a run needs follows from the plugin's version. Jobs with equal
-- needs are of one class, which stands in the queue's index, so that a claim looks only at classes that fit its worker.

ALTER TABLE workers ADD COLUMN equipment text NOT NULL DEFAULT '{}';  -- JSON object (sql_text/placement_text.h)

ALTER TABLE plugin_versions
  ADD COLUMN placement text NOT NULL DEFAULT '{}',  -- JSON object: what its maker declared
  ADD COLUMN class_id  bigint NOT NULL DEFAULT 0;

-- Never changed and never removed.
CREATE TABLE placement_classes (
  id           bigserial PRIMARY KEY,
  requirements text NOT NULL UNIQUE  -- JSON object; equal needs have equal texts
);

-- The class of versions that nobody of this program made: they declare nothing but an image or a folder, and its memory.
CREATE FUNCTION orc_placement_class(image text, memory_mb bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  needs text := '{"runtime":"' || CASE WHEN image IS NULL THEN 'folder' ELSE 'image' END || '","memory_mb":' || memory_mb || '}';
  found bigint;
BEGIN
  SELECT id INTO found FROM placement_classes WHERE requirements = needs;
  IF found IS NULL THEN
    INSERT INTO placement_classes (requirements) VALUES (needs) ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
    RETURNING id INTO found;
  END IF;
  RETURN found;
END $$;

UPDATE plugin_versions SET class_id = orc_placement_class(docker_image_url, memory_mb);

-- Of a job that ended before this was written it is 0 until it is queued again.
ALTER TABLE jobs ADD COLUMN class_id bigint NOT NULL DEFAULT 0;

UPDATE jobs j SET class_id = v.class_id FROM plugin_versions v WHERE v.id = j.version_id AND (j.queue <> 0 OR j.worker_id IS NOT NULL);

DROP INDEX jobs_ready;
DROP INDEX jobs_running;
CREATE INDEX jobs_ready ON jobs (priority, share_key, class_id, id) WHERE queue = 1;
CREATE INDEX jobs_running ON jobs (worker_id, class_id) WHERE worker_id IS NOT NULL;

-- Whose turn it is: one row for each share key and class that has jobs with queue = 1, with the rules of 0001_initial. The pass is the key's:
-- being served in one class raises it in all of them (docs/decisions/fair_shares.md).
DROP TABLE shares;

CREATE TABLE shares (
  id        bigserial PRIMARY KEY,
  priority  smallint NOT NULL,
  share_key text NOT NULL,
  class_id  bigint NOT NULL,
  pass      bigint NOT NULL,
  UNIQUE (priority, share_key, class_id)
) WITH (fillfactor = 50);

CREATE INDEX shares_turn ON shares (class_id, priority DESC, pass, id);

INSERT INTO shares (priority, share_key, class_id, pass) SELECT DISTINCT priority, share_key, class_id, 0 FROM jobs WHERE queue = 1;

-- What others write, as in 0001_initial.

CREATE OR REPLACE FUNCTION orc_complete_plugin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO removals (kind, id, name) VALUES ('plugin', OLD.id, OLD.name) ON CONFLICT (kind, id) DO UPDATE SET is_open = true;
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.version, NEW.description, NEW.docker_image_url, NEW.input_schema::text, NEW.output_schema::text, NEW.name)
      IS NOT DISTINCT FROM (OLD.version, OLD.description, OLD.docker_image_url, OLD.input_schema::text, OLD.output_schema::text, OLD.name) THEN
    RETURN NEW;
  END IF;
  INSERT INTO plugin_versions (plugin_id, name, version, created_at, docker_image_url, description, input_schema, output_schema, class_id)
  VALUES (NEW.id, NEW.name, NEW.version, now(), NEW.docker_image_url, coalesce(NEW.description, ''), NEW.input_schema::text,
          NEW.output_schema::text, orc_placement_class(NEW.docker_image_url, 512))
  RETURNING id INTO NEW.current_version_id;
  RETURN NEW;
END $$;

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
