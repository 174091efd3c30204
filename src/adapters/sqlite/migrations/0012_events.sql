-- Outbox of what happens in deliberations: each row says that something has happened, and what it was is read from the deliberation and its
-- calls. The table that stood here for it was never written.
DROP TABLE events;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  deliberation INTEGER NOT NULL REFERENCES deliberations (number) ON DELETE CASCADE,
  n INTEGER NOT NULL,                     -- in the order of a deliberation, from 1
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,                  -- EventKind
  stage INTEGER NOT NULL,                 -- which call, where it tells of one
  agent INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  attempt INTEGER NOT NULL,               -- and of a delta what was written
  part INTEGER NOT NULL,
  text TEXT NOT NULL,
  published_at INTEGER,
  UNIQUE (deliberation, n)
) STRICT;
CREATE INDEX events_unpublished ON events (id) WHERE published_at IS NULL;
