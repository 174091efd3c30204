-- Since when a job waits for its next attempt, while queue = 2; NULL: it waits for a time that its submitter named. By this a wait is found that
-- a clock which was set back would make longer (docs/decisions/clock_jumps.md). What waits when this runs is left as it is.
ALTER TABLE jobs ADD COLUMN waits_since timestamptz;

CREATE INDEX jobs_waiting ON jobs (waits_since) WHERE queue = 2 AND waits_since IS NOT NULL;

-- Processes remember API keys too.
CREATE TRIGGER orc_api_key_changed AFTER UPDATE OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION orc_tell_change('u');
CREATE TRIGGER orc_api_keys_emptied AFTER TRUNCATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION orc_tell_change('u');

-- As before, but without a function in the condition: that was taken apart anew for each of our own statements.
DROP TRIGGER orc_plugin_of_others ON plugins;
CREATE TRIGGER orc_plugin_of_others BEFORE INSERT OR UPDATE OR DELETE ON plugins
FOR EACH ROW WHEN (coalesce(current_setting('orc.session', true), '') = '') EXECUTE FUNCTION orc_complete_plugin();

DROP TRIGGER orc_user_of_others ON users;
CREATE TRIGGER orc_user_of_others BEFORE DELETE ON users
FOR EACH ROW WHEN (coalesce(current_setting('orc.session', true), '') = '') EXECUTE FUNCTION orc_note_removed_user();

DROP TRIGGER orc_job_of_others ON jobs;
CREATE TRIGGER orc_job_of_others BEFORE INSERT OR UPDATE ON jobs
FOR EACH ROW WHEN (coalesce(current_setting('orc.session', true), '') = '') EXECUTE FUNCTION orc_complete_job();

DROP TRIGGER orc_job_count_of_others ON jobs;
CREATE TRIGGER orc_job_count_of_others AFTER INSERT OR UPDATE OR DELETE ON jobs
FOR EACH ROW WHEN (coalesce(current_setting('orc.session', true), '') = '') EXECUTE FUNCTION orc_count_job_of_others();

DROP FUNCTION orc_is_other();
