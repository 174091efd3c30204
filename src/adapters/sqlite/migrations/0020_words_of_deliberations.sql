-- What lists and budgets of users read of deliberations that run, beside the texts in which it stands too.
ALTER TABLE deliberations ADD COLUMN task_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deliberations ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE deliberations ADD COLUMN token_budget INTEGER;  -- NULL: it has none
UPDATE deliberations
SET task_id = coalesce(json_extract(request, '$.task_id'), ''), role = coalesce(json_extract(request, '$.role'), ''),
    token_budget = json_extract(plan, '$.budget.tokens');
