-- What is asked of a database in which others have made users, plugins and jobs.

-- name: has_others_tables
SELECT to_regclass('users') IS NOT NULL AND to_regclass('plugins') IS NOT NULL AND to_regclass('jobs') IS NOT NULL;

-- Where the three are found, if that is not where tables are made.
-- name: place_of_others_tables
SELECT min(n.nspname::text), coalesce(current_schema()::text, '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid IN (to_regclass('users'), to_regclass('plugins'), to_regclass('jobs')) AND n.nspname IS DISTINCT FROM current_schema()
HAVING count(*) = 3 AND min(n.nspname::text) = max(n.nspname::text);

-- Those that keep rows of the three from being deleted: neither cascading nor setting anything.
-- name: foreign_keys_to_ours
SELECT conrelid::regclass::text, conname::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confdeltype IN ('a', 'r') AND confrelid IN (to_regclass('users'), to_regclass('plugins'), to_regclass('jobs'))
  AND (conrelid IN (to_regclass('users'), to_regclass('plugins'), to_regclass('jobs'))) IS NOT TRUE
ORDER BY 1, 2;

-- name: accounts_spelled_alike
SELECT id, email FROM (SELECT id, email, count(*) OVER (PARTITION BY lower(email COLLATE "C")) AS n FROM users) counted
WHERE n > 1 ORDER BY lower(email COLLATE "C"), id LIMIT $1;

-- Most of those that normalise_email() would refuse or change, and some others.
-- name: accounts_spelled_oddly
SELECT id, email FROM users WHERE lower(email COLLATE "C") !~ '^[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]+\.)+[a-z0-9]+$' ORDER BY id;
