-- What lists read in the place of a request or an outcome with long texts; NULL: themselves. And how many bytes are stored, as a text would
-- be read for its length.
ALTER TABLE deliberations ADD COLUMN listed_request TEXT;
ALTER TABLE deliberations ADD COLUMN listed_outcome TEXT;
ALTER TABLE deliberations ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;         -- of request, plan and outcome
ALTER TABLE deliberations ADD COLUMN listed_bytes INTEGER NOT NULL DEFAULT 0;  -- of what lists read in their place
ALTER TABLE deliberations ADD COLUMN call_bytes INTEGER NOT NULL DEFAULT 0;    -- of the texts of its calls
UPDATE deliberations
SET bytes = length(CAST(request AS BLOB)) + length(CAST(plan AS BLOB)) + coalesce(length(CAST(outcome AS BLOB)), 0),
    call_bytes = (SELECT coalesce(sum(length(CAST(text AS BLOB)) + length(CAST(reasoning AS BLOB)) + coalesce(length(CAST(answer AS BLOB)), 0)), 0)
                  FROM agent_results r WHERE r.deliberation = deliberations.number);
UPDATE deliberations SET listed_bytes = bytes;
