-- What several processes on one database need of it.

-- Of which data directory a worker is part: whoever takes that directory over knows that its worker is dead.
ALTER TABLE workers ADD COLUMN instance text NOT NULL DEFAULT '';

-- The bytes that SQLite's data directory keeps in files. A blob is there once its first row is; it comes in pieces, so that no process has to
-- hold it twice. Nothing of it is compressed: most of it is already, and the rest is read more often than written.
CREATE TABLE stored_blobs (
  hash   bytea PRIMARY KEY,
  bytes  bigint NOT NULL,
  put_at timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE stored_blob_pieces (
  hash   bytea NOT NULL,
  number integer NOT NULL,  -- from 0 on
  piece  bytea NOT NULL,
  PRIMARY KEY (hash, number)
);

ALTER TABLE stored_blob_pieces ALTER COLUMN piece SET STORAGE EXTERNAL;

-- What all processes on this database should agree on, as the last one that started has it.
CREATE TABLE agreements (
  name  text PRIMARY KEY,
  value text NOT NULL
);

-- Processes remember users and plugins. Whoever changes one tells them all, at the commit, so that nobody can forget to.
CREATE FUNCTION orc_tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orc_signals', TG_ARGV[0]);
  RETURN NULL;
END $$;

CREATE TRIGGER orc_user_changed AFTER UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION orc_tell_change('u');
CREATE TRIGGER orc_plugin_changed AFTER UPDATE OR DELETE ON plugins FOR EACH ROW EXECUTE FUNCTION orc_tell_change('p');
CREATE TRIGGER orc_users_emptied AFTER TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION orc_tell_change('u');
CREATE TRIGGER orc_plugins_emptied AFTER TRUNCATE ON plugins FOR EACH STATEMENT EXECUTE FUNCTION orc_tell_change('p');
