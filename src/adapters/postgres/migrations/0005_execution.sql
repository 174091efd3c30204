-- How a plugin's program is run: mode, warm processes, and for how long a job may wait (sql_text/execution_text.h).

ALTER TABLE plugin_versions ADD COLUMN execution text NOT NULL DEFAULT '{}';  -- JSON object
