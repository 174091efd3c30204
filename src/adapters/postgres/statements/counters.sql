-- name: add_to_counters
INSERT INTO counters (owner_id, plugin_name, status, slot, n)
SELECT u.owner_id, u.plugin_name, u.status, $5, u.n
FROM unnest($1, $2, $3, $4) AS u (owner_id, plugin_name, status, n)
ORDER BY 1, 2, 3
ON CONFLICT (owner_id, plugin_name, status, slot) DO UPDATE SET n = counters.n + excluded.n;
