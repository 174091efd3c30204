-- The host's network (docs/decisions/host_network.md) was permitted for the program that an administrator registered. Who gives a plugin another image
-- without us does not take it along.

-- As in 0016_writes_of_others, but without the network. Which worker gives it stands behind the runtime (sql_text/placement_text.cc).
CREATE OR REPLACE FUNCTION orc_class_with_image(of_class bigint, image text) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO placement_classes (requirements)
  SELECT regexp_replace(
           regexp_replace(requirements, '"runtime":"[a-z]+"(,"network":"host")?',
                          '"runtime":"' || CASE WHEN image IS NULL THEN 'folder' ELSE 'image' END || '"'),
           '"pool":"[0-9a-f]*"(,"requests_max":[0-9]+\}\})$', '"pool":"' || left(md5(coalesce(image, '')), 16) || '"\1')
  FROM placement_classes WHERE id = of_class
  ON CONFLICT (requirements) DO UPDATE SET requirements = excluded.requirements
  RETURNING id
$$;

-- Likewise.
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
    made.execution := regexp_replace(made.execution, ',?"network":"host"\}$', '}');
    IF NEW.docker_image_url IS NOT NULL THEN  -- in the place of a folder
      made.command := '[]';
      made.package := NULL;
    END IF;
  END IF;
  INSERT INTO plugin_versions SELECT (made).*;
  NEW.current_version_id := made.id;
  RETURN NEW;
END $$;

-- As there, which a new definition has forgotten.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION orc_complete_plugin() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END $$;
