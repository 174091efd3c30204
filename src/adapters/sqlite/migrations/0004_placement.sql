-- Placement (docs/placement.md). What a worker has stands in its row; what a run needs follows from the plugin's version. Jobs with equal
-- needs are of one class, which stands in the queue's index, so that a claim looks only at classes that fit its worker.

ALTER TABLE workers ADD COLUMN equipment TEXT NOT NULL DEFAULT '{}';         -- JSON object (sql_text/placement_text.h)
ALTER TABLE plugin_versions ADD COLUMN placement TEXT NOT NULL DEFAULT '{}';  -- what its maker declared
ALTER TABLE plugin_versions ADD COLUMN class_id INTEGER NOT NULL DEFAULT 0;

-- Never changed and never removed.
CREATE TABLE placement_classes (
  id           INTEGER PRIMARY KEY,
  requirements TEXT NOT NULL UNIQUE  -- JSON object; equal needs have equal texts
) STRICT;

INSERT INTO placement_classes (requirements)
SELECT DISTINCT '{"runtime":"' || iif(docker_image_url IS NULL, 'folder', 'image') || '","memory_mb":' || memory_mb || '}' FROM plugin_versions;

UPDATE plugin_versions SET class_id = (
  SELECT id FROM placement_classes
  WHERE requirements = '{"runtime":"' || iif(docker_image_url IS NULL, 'folder', 'image') || '","memory_mb":' || memory_mb || '}');

-- Of a job that ended before this was written it is 0 until it is queued again.
ALTER TABLE jobs ADD COLUMN class_id INTEGER NOT NULL DEFAULT 0;

UPDATE jobs SET class_id = coalesce((SELECT class_id FROM plugin_versions v WHERE v.id = jobs.version_id), 0)
WHERE queue <> 0 OR worker_id IS NOT NULL;

DROP INDEX jobs_ready;
DROP INDEX jobs_running;
CREATE INDEX jobs_ready ON jobs (priority, share_key, class_id, id) WHERE queue = 1;
CREATE INDEX jobs_running ON jobs (worker_id, class_id) WHERE worker_id IS NOT NULL;

-- Whose turn it is: one row for each share key and class that has jobs with queue = 1. The pass is the key's: being served in one class raises
-- it in all of them (docs/decisions/fair_shares.md).
DROP TABLE shares;

CREATE TABLE shares (
  id        INTEGER PRIMARY KEY,
  priority  INTEGER NOT NULL,
  share_key TEXT NOT NULL,
  class_id  INTEGER NOT NULL,
  pass      INTEGER NOT NULL,
  UNIQUE (priority, share_key, class_id)
) STRICT;

CREATE INDEX shares_turn ON shares (class_id, priority DESC, pass, id);

INSERT INTO shares (priority, share_key, class_id, pass) SELECT DISTINCT priority, share_key, class_id, 0 FROM jobs WHERE queue = 1;
