-- What lists and budgets of users read of deliberations that run, beside the texts in which it stands too.
ALTER TABLE deliberations
  ADD COLUMN task_id text NOT NULL DEFAULT '',
  ADD COLUMN role text NOT NULL DEFAULT '',
  ADD COLUMN token_budget bigint;  -- NULL: it has none

-- Reads them from the texts for rows that are there, and for those that processes of the release before go on adding. A NUL, which descriptions
-- and patterns may hold, is none of PostgreSQL's characters, so it is left out of what is read; behind an escaped backslash no NUL begins.
CREATE FUNCTION orc_words_of_deliberation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  request_read json := regexp_replace(NEW.request, '(\\\\)|\\u0000', '\1', 'g');
  plan_read json := regexp_replace(NEW.plan, '(\\\\)|\\u0000', '\1', 'g');
BEGIN
  NEW.task_id := coalesce(request_read ->> 'task_id', '');
  NEW.role := coalesce(request_read ->> 'role', '');
  NEW.token_budget := plan_read #>> '{budget,tokens}';
  RETURN NEW;
END $$;
-- A task's id is never empty.
CREATE TRIGGER orc_words_of_deliberation BEFORE INSERT OR UPDATE OF task_id ON deliberations
FOR EACH ROW WHEN (NEW.task_id = '') EXECUTE FUNCTION orc_words_of_deliberation();

UPDATE deliberations SET task_id = '';
