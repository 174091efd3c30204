-- Outbox of what happens in deliberations: each row says that something has happened, and what it was is read from the deliberation and its
-- calls. The table that stood here for it was never written.
DROP TABLE events;

CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  deliberation bigint NOT NULL REFERENCES deliberations (number) ON DELETE CASCADE,
  n bigint NOT NULL,                     -- in the order of a deliberation, from 1
  at timestamptz NOT NULL,
  kind bigint NOT NULL,                  -- EventKind
  stage bigint NOT NULL,                 -- which call, where it tells of one
  agent bigint NOT NULL,
  sample bigint NOT NULL,
  attempt bigint NOT NULL,               -- and of a delta what was written
  part bigint NOT NULL,
  text text NOT NULL,
  published_at timestamptz,
  UNIQUE (deliberation, n)
);
CREATE INDEX events_unpublished ON events (id) WHERE published_at IS NULL;
