-- What lists read in the place of a request or an outcome with long texts; NULL: themselves.
ALTER TABLE deliberations ADD COLUMN listed_request text, ADD COLUMN listed_outcome text;
