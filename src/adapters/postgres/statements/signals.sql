-- A hint that is lost with the server costs nothing, so nobody waits for the disk.
-- name: begin_signals
SET synchronous_commit = off;
LISTEN orc_signals;

-- name: signal
SELECT pg_notify('orc_signals', $1);
