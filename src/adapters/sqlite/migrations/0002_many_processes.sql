-- Of which data directory a worker is part: whoever takes that directory over knows that its worker is dead.
ALTER TABLE workers ADD COLUMN instance TEXT NOT NULL DEFAULT '';
