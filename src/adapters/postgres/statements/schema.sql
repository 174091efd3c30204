-- name: begin_session
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET orc.session = 'on';
SET timezone = 'UTC';
SET lock_timeout = '300ms';
SET idle_in_transaction_session_timeout = '3s';
-- A host that is gone gives back what its sessions have locked (take_deliberation_seat).
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 2;
SET tcp_keepalives_count = 2;
-- Every statement here is made for an index. On a young database the planner does not know yet that tables grow, and a plan that it keeps
-- would read all of a table for each claim; nor does a bitmap scan mark what is dead in an index, so that each claim would go through all that
-- earlier ones have left there (docs/decisions/postgres_store.md).
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');

-- name: begin_write
BEGIN;

-- name: begin_read
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: end_transaction
COMMIT;

-- name: roll_back
ROLLBACK;

-- The last thing that a transaction does is to leave its number in the row of its writer. Who has lost the answer to a commit takes the row
-- over, reads there whether it took place, and shuts out what is still on its way: a mark of an earlier generation is refused (NOT NULL).
-- A row that was pruned is made anew, by a mark with its own generation, by who takes it over with one above all that it had ($2).
-- name: take_mark
INSERT INTO commit_marks (writer, generation, number, at) VALUES ($1, $2 + 1, 0, now())
ON CONFLICT (writer) DO UPDATE SET generation = greatest(commit_marks.generation, $2) + 1, at = now()
RETURNING generation, number;

-- name: mark_transaction
INSERT INTO commit_marks (writer, generation, number, at) VALUES ($1, $3, $2, now())
ON CONFLICT (writer) DO UPDATE SET number = CASE WHEN commit_marks.generation = $3 THEN $2 END, at = now();

-- Locked for as long as a commit is under way.
-- name: mark_is_free
SELECT 1 FROM commit_marks WHERE writer = $1 FOR UPDATE NOWAIT;

-- name: end_backend
SELECT pg_terminate_backend($1::integer);

-- What runs while it holds this lock runs once at a time in all processes. Held until the end of the transaction.
-- name: lock_for_all
SELECT pg_advisory_xact_lock(1869767473, $1::integer);

-- name: lock_schema
SELECT pg_advisory_lock(1869767473, 0);

-- By whom, as pg_locks shows a key of two numbers.
-- name: schema_lock_holder
SELECT l.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'the server''s own host')
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = 1869767473 AND l.objid = 0 AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- The server looks twice a second whether its client is still there, and ends what it does for one that is not. Older servers cannot.
-- name: notice_that_we_are_gone
SELECT set_config('client_connection_check_interval', '500', false) WHERE current_setting('server_version_num')::integer >= 140000;

-- Whether an autovacuum, or somebody's VACUUM or ANALYZE, has one of the tables. Their kind is not told to every role; that they are at it is.
-- name: is_being_vacuumed
SELECT EXISTS (
  SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND c.relnamespace = current_schema()::regnamespace
    AND l.pid IN (SELECT pid FROM pg_stat_progress_vacuum UNION ALL SELECT pid FROM pg_stat_progress_analyze));

-- Who has had a table of ours, or one of the older service, in a transaction for longest: since how many seconds.
-- name: reader_of_tables
SELECT a.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'the server''s own host'),
       extract(epoch FROM clock_timestamp() - a.xact_start)::bigint
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND c.relnamespace = current_schema()::regnamespace AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
ORDER BY a.xact_start LIMIT 1;

-- name: let_others_pass
SELECT pg_sleep(0.5)::text;

-- name: server_encoding
SELECT current_setting('server_encoding'), current_setting('server_version_num')::bigint;

-- name: has_schema_table
SELECT to_regclass('schema_migrations') IS NOT NULL;

-- Whether this role may change the schema: make tables in it, and change those that are there.
-- name: may_migrate
SELECT has_schema_privilege(current_schema(), 'CREATE')
       AND coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('jobs')), true),
       current_user::text, coalesce(current_schema()::text, '');

-- The tables and sequences of ours that this role may not use, and its name. Ours are those of the owner of schema_migrations.
-- name: rights_that_lack
SELECT string_agg(c.relname, ', ' ORDER BY c.relname), current_user::text
FROM pg_class c JOIN pg_class known ON known.oid = to_regclass('schema_migrations')
WHERE c.relnamespace = known.relnamespace AND c.relowner = known.relowner
  AND (c.relkind IN ('r', 'p') AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND
                                        has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
       OR c.relkind = 'S' AND NOT has_sequence_privilege(c.oid, 'USAGE'));

-- name: make_schema_table
CREATE TABLE schema_migrations (
  number     bigint PRIMARY KEY,
  name       text NOT NULL,
  applied_at timestamptz NOT NULL
);

-- name: complete_schema_table
ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS serves_from bigint NOT NULL DEFAULT 0;

-- The newest migration, and the oldest schema whose programs work with it; 0 where nobody has said so, perhaps for want of that column.
-- name: schema_version
SELECT coalesce(max(m.number), 0),
       coalesce((SELECT (to_jsonb(n) ->> 'serves_from')::bigint FROM schema_migrations n ORDER BY n.number DESC LIMIT 1), 0)
FROM schema_migrations m;

-- name: note_migration
INSERT INTO schema_migrations (number, name, applied_at, serves_from) VALUES ($1, $2, $3, $4);
