-- The data model of design.md, "State", on PostgreSQL 13 and later. Runs on an empty database, and on one of the shape of contract section 5
-- that another service made and may still write to: no row is lost, every column that is added has a default. Enumerations that are
-- numbers are numbered as in src/domain. There are no foreign keys: every operation checks and locks what it needs, once per transaction.
--
-- Sessions of this program say so (orc.session). What anybody else writes into users, plugins and jobs is completed by triggers, so that
-- rows of the older service, and of a person with psql, are as good as ours (docs/decisions/postgres_adoption.md).

DO $$
BEGIN
  IF to_regtype('jobstatus') IS NULL THEN
    CREATE TYPE jobstatus AS ENUM ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED');
  END IF;
END $$;

ALTER TYPE jobstatus ADD VALUE IF NOT EXISTS 'CANCELLED';

-- The tables of the contract, as they are where nobody made them before.

CREATE TABLE IF NOT EXISTS users (
  id              bigserial PRIMARY KEY,
  email           text NOT NULL UNIQUE,
  hashed_password text NOT NULL,
  full_name       text,
  is_active       boolean NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS plugins (
  id               bigserial PRIMARY KEY,
  name             text NOT NULL UNIQUE,
  version          text NOT NULL,
  description      text,
  docker_image_url text,
  input_schema     json,
  output_schema    json,
  created_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS jobs (
  id            bigserial PRIMARY KEY,
  plugin_name   text NOT NULL,
  status        jobstatus NOT NULL DEFAULT 'QUEUED',
  input_data    json,
  result        json,
  error_message text,
  owner_id      bigint,
  created_at    timestamptz NOT NULL DEFAULT now(),
  started_at    timestamptz,
  completed_at  timestamptz
);

-- Foreign keys to and from the three, whatever they are called: the rows of a deleted user stay.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
               WHERE contype = 'f' AND conrelid IN ('users'::regclass, 'plugins'::regclass, 'jobs'::regclass) LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.owner, found.conname);
  END LOOP;
END $$;

ALTER TABLE users
  ALTER COLUMN id TYPE bigint,
  ADD COLUMN role  text NOT NULL DEFAULT 'user',
  ADD COLUMN epoch bigint NOT NULL DEFAULT 0;

-- E-mails are looked up as they are normalised here; the older service kept them as they were typed.
CREATE INDEX users_by_email ON users (lower(email));

ALTER TABLE plugins
  ALTER COLUMN id TYPE bigint,
  ALTER COLUMN docker_image_url DROP NOT NULL,
  ADD COLUMN project_id         bigint NOT NULL DEFAULT 1,
  ADD COLUMN is_active          boolean NOT NULL DEFAULT true,
  ADD COLUMN current_version_id bigint NOT NULL DEFAULT 0;

-- queue: 0: not waiting; 1: may run now; 2: waits for due_at. Payloads are JSON, kept as they came; what is no JSON stands in the bytes,
-- what is large in the blob store under the hash.
ALTER TABLE jobs
  ALTER COLUMN id TYPE bigint,
  ALTER COLUMN owner_id TYPE bigint,
  ALTER COLUMN owner_id DROP NOT NULL,
  ALTER COLUMN input_data DROP NOT NULL,
  ADD COLUMN project_id   bigint NOT NULL DEFAULT 1,
  ADD COLUMN plugin_id    bigint NOT NULL DEFAULT 0,   -- 0: no plugin of that name was there
  ADD COLUMN version_id   bigint NOT NULL DEFAULT 0,
  ADD COLUMN queue        smallint NOT NULL DEFAULT 0,
  ADD COLUMN priority     smallint NOT NULL DEFAULT 4,
  ADD COLUMN fence        bigint NOT NULL DEFAULT 0,
  ADD COLUMN runs         integer NOT NULL DEFAULT 0,  -- claims so far; the number of the last attempt
  ADD COLUMN attempts     integer NOT NULL DEFAULT 0,  -- those that count
  ADD COLUMN attempts_max integer NOT NULL DEFAULT 4,
  ADD COLUMN losses       integer NOT NULL DEFAULT 0,  -- how often its worker was lost
  ADD COLUMN log_lines    bigint NOT NULL DEFAULT 0,   -- number of the last stored line
  ADD COLUMN due_at       timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN run_at       timestamptz,
  ADD COLUMN timeout_s    bigint,
  ADD COLUMN worker_id    bigint,                      -- while processing
  ADD COLUMN share_key    text NOT NULL DEFAULT '',
  ADD COLUMN labels       text,                        -- JSON object of strings; NULL: none
  ADD COLUMN input_bytes  bytea,
  ADD COLUMN input_blob   bytea,
  ADD COLUMN result_bytes bytea,
  ADD COLUMN result_blob  bytea;

-- A sequence of serial columns would end at two thousand million.
DO $$
DECLARE
  column_of record;
  sequence text;
BEGIN
  FOR column_of IN SELECT unnest(ARRAY['users', 'plugins', 'jobs']) AS owner LOOP
    sequence := pg_get_serial_sequence(column_of.owner, 'id');
    IF sequence IS NOT NULL AND (SELECT seqtypid <> 'bigint'::regtype FROM pg_sequence WHERE seqrelid = sequence::regclass) THEN
      EXECUTE format('ALTER SEQUENCE %s AS bigint', sequence);
    END IF;
  END LOOP;
END $$;

CREATE TABLE projects (
  id         bigint PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO projects (id, name) VALUES (1, 'default');

CREATE TABLE api_keys (
  id         bigserial PRIMARY KEY,
  owner_id   bigint NOT NULL,
  name       text NOT NULL,
  scopes     text NOT NULL,  -- JSON array of words
  secret     bytea NOT NULL UNIQUE,
  prefix     text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE INDEX api_keys_by_owner ON api_keys (owner_id, id);

CREATE TABLE sessions (
  id         bigserial PRIMARY KEY,
  user_id    bigint NOT NULL,
  token      bytea NOT NULL UNIQUE,  -- SHA-256 of the token's id
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at   timestamptz
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Immutable. Outlives its plugin while jobs are pinned to it. The defaults are those of contract section 12, for plugins that others add.
CREATE TABLE plugin_versions (
  id                 bigserial PRIMARY KEY,
  plugin_id          bigint NOT NULL,
  name               text NOT NULL,
  version            text NOT NULL,
  created_at         timestamptz NOT NULL,
  timeout_s          bigint NOT NULL DEFAULT 60,
  grace_s            bigint NOT NULL DEFAULT 5,
  memory_mb          bigint NOT NULL DEFAULT 512,
  cpus               double precision NOT NULL DEFAULT 1,
  pids               integer NOT NULL DEFAULT 64,
  output_kb          bigint NOT NULL DEFAULT 1024,
  scratch_mb         bigint NOT NULL DEFAULT 64,
  retry_attempts_max integer NOT NULL DEFAULT 4,
  retry_backoff_ms   text NOT NULL DEFAULT '[1000,2000,4000]',  -- JSON array of numbers
  docker_image_url   text,
  command            text NOT NULL DEFAULT '[]',  -- JSON array of strings
  package            bytea,                       -- SHA-256 of the folder's archive
  env                text NOT NULL DEFAULT '{}',  -- JSON object of strings
  description        text NOT NULL DEFAULT '',
  input_schema       text,
  output_schema      text
);

CREATE INDEX plugin_versions_by_plugin ON plugin_versions (plugin_id, id);
CREATE INDEX plugin_versions_by_name ON plugin_versions (name);
CREATE INDEX plugin_versions_by_package ON plugin_versions (package) WHERE package IS NOT NULL;

-- Attempts that have ended. One that runs is in its job's row.
CREATE TABLE job_attempts (
  job_id      bigint NOT NULL,
  number      integer NOT NULL,
  worker_id   bigint NOT NULL,
  worker_name text NOT NULL,
  isolation   smallint NOT NULL,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz NOT NULL,
  outcome     smallint NOT NULL,
  exit_code   integer,
  cpu_ms      bigint NOT NULL,
  peak_bytes  bigint NOT NULL,
  message     text NOT NULL,
  PRIMARY KEY (job_id, number)
);

-- Chunks of compressed lines (sql_text/log_chunk.h). The id rises with the time of storing, but for what several processes store at once.
CREATE TABLE job_logs (
  id         bigserial PRIMARY KEY,
  job_id     bigint NOT NULL,
  first_line bigint NOT NULL,
  line_count bigint NOT NULL,
  stored_at  timestamptz NOT NULL,
  lines      bytea NOT NULL
);

ALTER TABLE job_logs ALTER COLUMN lines SET STORAGE EXTERNAL;

CREATE INDEX job_logs_by_line ON job_logs (job_id, first_line);

-- Jobs of which no attempt is left, in the order in which they died.
CREATE TABLE dead_letters (
  id       bigserial PRIMARY KEY,
  job_id   bigint NOT NULL UNIQUE,
  reason   text NOT NULL,
  attempts integer NOT NULL,
  died_at  timestamptz NOT NULL
);

-- Whose turn it is: one row for each share key that has jobs with queue = 1 (docs/decisions/fair_shares.md). Who adds such a job holds the
-- row FOR KEY SHARE until its commit; who removes the row takes it FOR UPDATE and looks for jobs afterwards. So no job is without one.
CREATE TABLE shares (
  id        bigserial PRIMARY KEY,
  priority  smallint NOT NULL,
  share_key text NOT NULL,
  pass      bigint NOT NULL,
  UNIQUE (priority, share_key)
) WITH (fillfactor = 50);

CREATE INDEX shares_turn ON shares (priority DESC, pass, id);

-- How many jobs stand where; changes in the transaction of the jobs. A count is the sum over all slots: each connection adds in a slot of its
-- own, so that transactions do not wait for each other. owner 0: nobody.
CREATE TABLE counters (
  owner_id    bigint NOT NULL,
  plugin_name text NOT NULL,
  status      smallint NOT NULL,
  slot        smallint NOT NULL,
  n           bigint NOT NULL,
  PRIMARY KEY (owner_id, plugin_name, status, slot)
) WITH (fillfactor = 50);

CREATE INDEX counters_by_name ON counters (plugin_name, status);

-- Users and plugins that were removed. is_open: unfinished jobs of it may be left (JobStore::end_orphans).
CREATE TABLE removals (
  kind    text NOT NULL,  -- 'user' or 'plugin'
  id      bigint NOT NULL,
  name    text NOT NULL DEFAULT '',
  is_open boolean NOT NULL DEFAULT true,
  PRIMARY KEY (kind, id)
);

CREATE INDEX removals_open ON removals (id) WHERE is_open;

CREATE TABLE idempotency_keys (
  owner_id   bigint NOT NULL,
  key        text NOT NULL,
  job_id     bigint NOT NULL,
  created_at timestamptz NOT NULL,
  request    bytea NOT NULL,  -- SHA-256 of the submission
  PRIMARY KEY (owner_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_by_job ON idempotency_keys (job_id);

CREATE TABLE workers (
  id         bigserial PRIMARY KEY,
  name       text NOT NULL,
  isolation  smallint NOT NULL,
  slots      integer NOT NULL,
  home       smallint NOT NULL,
  beat       bigint NOT NULL,
  started_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Each row's hash is of the one before it and of its own columns but repeats (audit_chain.h).
CREATE TABLE audit (
  id        bigserial PRIMARY KEY,
  at        timestamptz NOT NULL,
  actor_id  bigint,
  action    text NOT NULL,
  subject   text NOT NULL,
  origin    text NOT NULL,
  succeeded boolean NOT NULL,
  repeats   bigint NOT NULL DEFAULT 1,
  previous  bytea NOT NULL,
  hash      bytea NOT NULL
);

-- Uploads of users.
CREATE TABLE blobs (
  hash        bytea PRIMARY KEY,
  bytes       bigint NOT NULL,
  owner_id    bigint NOT NULL,
  recorded_at timestamptz NOT NULL
);

-- Why a job needs a blob. role 0: its input names it; 1: it is the input; 2: it is the result.
CREATE TABLE job_blobs (
  hash   bytea NOT NULL,
  job_id bigint NOT NULL,
  role   smallint NOT NULL,
  PRIMARY KEY (hash, job_id, role)
);

CREATE INDEX job_blobs_by_job ON job_blobs (job_id);

-- Outbox; rows only while somebody consumes them.
CREATE TABLE events (
  id              bigserial PRIMARY KEY,
  at              timestamptz NOT NULL,
  subject         text NOT NULL,
  idempotency_key text NOT NULL UNIQUE,
  body            text NOT NULL,
  published_at    timestamptz
);

CREATE INDEX events_unpublished ON events (id) WHERE published_at IS NULL;

CREATE TABLE deliberations (
  id            text PRIMARY KEY,
  project_id    bigint NOT NULL DEFAULT 1,
  owner_id      bigint NOT NULL,  -- 0: nobody
  task_id       text NOT NULL,
  status        smallint NOT NULL,
  preset        text NOT NULL,
  request       text NOT NULL,  -- JSON
  result        text,           -- JSON
  error_message text,
  created_at    timestamptz NOT NULL,
  started_at    timestamptz,
  completed_at  timestamptz
);

CREATE INDEX deliberations_by_status ON deliberations (status, created_at);

CREATE TABLE agent_results (
  deliberation_id text NOT NULL,
  stage           smallint NOT NULL,
  agent_id        text NOT NULL,
  call            integer NOT NULL,
  succeeded       boolean NOT NULL,
  text            text NOT NULL,  -- the proposal, or the error
  usage           text NOT NULL,  -- JSON
  started_at      timestamptz NOT NULL,
  ended_at        timestamptz NOT NULL,
  PRIMARY KEY (deliberation_id, stage, agent_id, call)
);

-- The number of the last transaction of each writer of each process (link.h). A row that is old belongs to a process that is gone.
CREATE TABLE commit_marks (
  writer     bigint PRIMARY KEY,
  generation bigint NOT NULL,
  number     bigint NOT NULL,
  at         timestamptz NOT NULL
) WITH (fillfactor = 20);

-- Written by the readiness probe, to see whether the store can be written.
CREATE TABLE probes (
  id smallint PRIMARY KEY,
  at timestamptz NOT NULL
);
