-- The data model of design.md, "State". Times are milliseconds since the Unix epoch, UTC. Ids are never used twice: those with
-- AUTOINCREMENT by SQLite, a job's by the row "job" of id_floors. Enumerations are numbered as in src/domain.
-- No foreign keys: every operation checks what it needs itself, once per transaction and not once per row.

CREATE TABLE schema_migrations (
  number     INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

INSERT INTO projects (id, name, created_at) VALUES (1, 'default', 0);

CREATE TABLE users (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL UNIQUE,
  full_name     TEXT,
  role          INTEGER NOT NULL,
  is_active     INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  epoch         INTEGER NOT NULL
) STRICT;

-- Users that were deleted. Their jobs keep the number and are shown without an owner, so that deleting a user with a million jobs
-- is no long transaction.
CREATE TABLE former_users (
  id INTEGER PRIMARY KEY
) STRICT;

-- Users and plugins that were removed, as long as orphans of theirs may be left (JobStore::end_orphans). A user's are its unfinished jobs; a
-- plugin's are its queued ones, none of them newer than last_job_id.
CREATE TABLE users_with_orphans (
  id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE plugins_with_orphans (
  id          INTEGER PRIMARY KEY,
  name_id     INTEGER NOT NULL,
  last_job_id INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  scopes     TEXT NOT NULL,  -- JSON array of words
  secret     BLOB NOT NULL UNIQUE,
  prefix     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX api_keys_by_owner ON api_keys (owner_id, id);

CREATE TABLE sessions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL,
  token      BLOB NOT NULL UNIQUE,  -- SHA-256 of the token's id
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A plugin that is removed frees its name for another one; jobs of both are found by the name.
CREATE TABLE plugin_names (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE plugins (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id         INTEGER NOT NULL DEFAULT 1,
  name_id            INTEGER NOT NULL UNIQUE,
  is_active          INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  current_version_id INTEGER NOT NULL
) STRICT;

-- Immutable. Outlives its plugin while jobs are pinned to it. Large columns last, so that a job's listing does not read them.
CREATE TABLE plugin_versions (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  plugin_id          INTEGER NOT NULL,
  name_id            INTEGER NOT NULL,
  version            TEXT NOT NULL,
  created_at         INTEGER NOT NULL,
  timeout_s          INTEGER NOT NULL,
  grace_s            INTEGER NOT NULL,
  memory_mb          INTEGER NOT NULL,
  cpus               REAL NOT NULL,
  pids               INTEGER NOT NULL,
  output_kb          INTEGER NOT NULL,
  scratch_mb         INTEGER NOT NULL,
  retry_attempts_max INTEGER NOT NULL,
  retry_backoff_ms   TEXT NOT NULL,  -- JSON array of numbers
  docker_image_url   TEXT,
  command            TEXT NOT NULL,  -- JSON array of strings
  package            BLOB,           -- SHA-256 of the folder's archive
  env                TEXT NOT NULL,  -- JSON object of strings
  description        TEXT NOT NULL,
  input_schema       TEXT,
  output_schema      TEXT
) STRICT;

CREATE INDEX plugin_versions_by_plugin ON plugin_versions (plugin_id, id);
CREATE INDEX plugin_versions_by_name ON plugin_versions (name_id);
CREATE INDEX plugin_versions_by_package ON plugin_versions (package) WHERE package IS NOT NULL;

-- Its input stands apart, so that a change of status rewrites 100 bytes. The result comes with the last change.
CREATE TABLE jobs (
  id            INTEGER PRIMARY KEY,
  project_id    INTEGER NOT NULL DEFAULT 1,
  owner_id      INTEGER NOT NULL,  -- 0: nobody
  name_id       INTEGER NOT NULL,
  plugin_id     INTEGER NOT NULL,
  version_id    INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  stage         INTEGER NOT NULL DEFAULT 0,  -- the status once ended, else 0: what lists go by
  queue         INTEGER NOT NULL,  -- 0: not waiting; 1: may run now; 2: waits for due_at
  priority      INTEGER NOT NULL,
  fence         INTEGER NOT NULL DEFAULT 0,
  runs          INTEGER NOT NULL DEFAULT 0,  -- claims so far; the number of the last attempt
  attempts      INTEGER NOT NULL DEFAULT 0,  -- those that count
  attempts_max  INTEGER NOT NULL,
  losses        INTEGER NOT NULL DEFAULT 0,  -- how often its worker was lost
  log_lines     INTEGER NOT NULL DEFAULT 0,  -- number of the last stored line
  created_at    INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,  -- since or from when it may run
  run_at        INTEGER,
  timeout_s     INTEGER,
  worker_id     INTEGER,           -- while processing
  started_at    INTEGER,
  completed_at  INTEGER,
  share_key     TEXT NOT NULL,
  labels        TEXT,              -- JSON object of strings; NULL: none
  error_message TEXT,
  result_text   TEXT,              -- of a completed job; or
  result_blob   BLOB               -- its SHA-256 in the blob store
) STRICT;

-- Lists. A list by fewer columns merges the runs of this index that the counters name. A claim does not touch it.
CREATE INDEX jobs_by_owner ON jobs (owner_id, name_id, stage, id);
CREATE INDEX jobs_ready ON jobs (priority, share_key, id) WHERE queue = 1;
CREATE INDEX jobs_delayed ON jobs (due_at) WHERE queue = 2;
CREATE INDEX jobs_running ON jobs (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX jobs_ended ON jobs (completed_at) WHERE completed_at IS NOT NULL;

-- Exactly one of text and blob is set; blob is a SHA-256 in the blob store.
CREATE TABLE job_inputs (
  job_id INTEGER PRIMARY KEY,
  text   TEXT,
  blob   BLOB
) STRICT;

-- Attempts that have ended. One that runs is in its job's row.
CREATE TABLE job_attempts (
  job_id      INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  worker_id   INTEGER NOT NULL,
  worker_name TEXT NOT NULL,
  isolation   INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL,
  outcome     INTEGER NOT NULL,
  exit_code   INTEGER,
  cpu_ms      INTEGER NOT NULL,
  peak_bytes  INTEGER NOT NULL,
  message     TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

-- Chunks of compressed lines (log_chunk.h). The id rises with the time of storing.
CREATE TABLE job_logs (
  id         INTEGER PRIMARY KEY,
  job_id     INTEGER NOT NULL,
  first_line INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  stored_at  INTEGER NOT NULL,
  lines      BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_logs_by_line ON job_logs (job_id, first_line, line_count);

-- Jobs of which no attempt is left, in the order in which they died.
CREATE TABLE dead_letters (
  id       INTEGER PRIMARY KEY,
  job_id   INTEGER NOT NULL UNIQUE,
  reason   TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  died_at  INTEGER NOT NULL
) STRICT;

-- Whose turn it is: one row for each share key that has jobs with queue = 1 (docs/decisions/fair_shares.md). A row may outlive its last
-- job until a claim finds it empty.
CREATE TABLE shares (
  id        INTEGER PRIMARY KEY,
  priority  INTEGER NOT NULL,
  share_key TEXT NOT NULL,
  pass      INTEGER NOT NULL,
  UNIQUE (priority, share_key)
) STRICT;

CREATE INDEX shares_turn ON shares (priority DESC, pass, id);

-- How many jobs stand where; changes in the transaction of the jobs.
CREATE TABLE counters (
  owner_id INTEGER NOT NULL,
  name_id  INTEGER NOT NULL,
  status   INTEGER NOT NULL,
  n        INTEGER NOT NULL,
  PRIMARY KEY (owner_id, name_id, status)
) STRICT, WITHOUT ROWID;

CREATE INDEX counters_by_name ON counters (name_id, status);

-- The highest id that was ever removed from a table, where that is the highest so far.
CREATE TABLE id_floors (
  kind    TEXT PRIMARY KEY,
  highest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  owner_id   INTEGER NOT NULL,
  key        TEXT NOT NULL,
  job_id     INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  request    BLOB NOT NULL,  -- SHA-256 of the submission
  PRIMARY KEY (owner_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE workers (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  isolation  INTEGER NOT NULL,
  slots      INTEGER NOT NULL,
  home       INTEGER NOT NULL,
  beat       INTEGER NOT NULL,
  started_at INTEGER NOT NULL
) STRICT;

-- Each row's hash is of the one before it and of its own columns but repeats (audit_chain.h).
CREATE TABLE audit (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  actor_id  INTEGER,
  action    TEXT NOT NULL,
  subject   TEXT NOT NULL,
  origin    TEXT NOT NULL,
  succeeded INTEGER NOT NULL,
  repeats   INTEGER NOT NULL DEFAULT 1,
  previous  BLOB NOT NULL,
  hash      BLOB NOT NULL
) STRICT;

-- Uploads of users.
CREATE TABLE blobs (
  hash        BLOB PRIMARY KEY,
  bytes       INTEGER NOT NULL,
  owner_id    INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Why a job needs a blob. role 0: its input names it; 1: it is the input; 2: it is the result.
CREATE TABLE job_blobs (
  hash   BLOB NOT NULL,
  job_id INTEGER NOT NULL,
  role   INTEGER NOT NULL,
  PRIMARY KEY (hash, job_id, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_blobs_by_job ON job_blobs (job_id);

-- Outbox; rows only while somebody consumes them.
CREATE TABLE events (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  at              INTEGER NOT NULL,
  subject         TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  body            TEXT NOT NULL,
  published_at    INTEGER
) STRICT;

CREATE INDEX events_unpublished ON events (id) WHERE published_at IS NULL;

CREATE TABLE deliberations (
  id            TEXT PRIMARY KEY,
  project_id    INTEGER NOT NULL DEFAULT 1,
  owner_id      INTEGER NOT NULL,  -- 0: nobody
  task_id       TEXT NOT NULL,
  status        INTEGER NOT NULL,
  preset        TEXT NOT NULL,
  request       TEXT NOT NULL,  -- JSON
  result        TEXT,           -- JSON
  error_message TEXT,
  created_at    INTEGER NOT NULL,
  started_at    INTEGER,
  completed_at  INTEGER
) STRICT;

CREATE INDEX deliberations_by_status ON deliberations (status, created_at);

CREATE TABLE agent_results (
  deliberation_id TEXT NOT NULL,
  stage           INTEGER NOT NULL,
  agent_id        TEXT NOT NULL,
  call            INTEGER NOT NULL,
  succeeded       INTEGER NOT NULL,
  text            TEXT NOT NULL,  -- the proposal, or the error
  usage           TEXT NOT NULL,  -- JSON
  started_at      INTEGER NOT NULL,
  ended_at        INTEGER NOT NULL,
  PRIMARY KEY (deliberation_id, stage, agent_id, call)
) STRICT, WITHOUT ROWID;

-- Written by the readiness probe, to see whether the store can be written.
CREATE TABLE probes (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
