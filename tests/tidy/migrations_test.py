"""Migrations are never edited once they are there, and both databases have the same."""
import hashlib
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests/golden/migrations.sha256"
# Where an older service's tables are taken over; SQLite never was one's.
OF_POSTGRES_ONLY = {"0001_initial_adoption.sql"}
# A database that is one file copies it; the other has several processes, an older service's tables, and blobs beside its rows.
STATEMENTS_OF_SQLITE_ONLY = {"backup.sql"}
STATEMENTS_OF_POSTGRES_ONLY = {"abandoned.sql", "adoption.sql", "agreements.sql", "signals.sql", "stored_blobs.sql"}


SCHEMA = ROOT / "src/adapters/postgres/schema.h"
# What the statements of the release before may stumble over: something goes, has another name or type, or is asked for that they do not give.
BREAKS = re.compile(r"\bDROP\s+(?!TRIGGER\b|INDEX\b)|\bRENAME\b|\bALTER\s+COLUMN\s+\w+\s+(?:SET\s+DATA\s+)?TYPE\b|\bSET\s+NOT\s+NULL\b"
                    r"|\bADD\s+CONSTRAINT\b|\bCREATE\s+UNIQUE\b|\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\bDEFAULT\b)", re.IGNORECASE)


def broken_by(sql):
    return [found[0] for found in BREAKS.finditer(re.sub(r"--[^\n]*", "", sql))]


def test_a_migration_leaves_what_the_release_before_uses():
    last = int(re.search(r"serves_from = (\d+);", SCHEMA.read_text(encoding="utf-8"))[1])
    assert last <= max(int(file.name[:4]) for file in migrations("postgres"))
    for file in migrations("postgres"):
        if int(file.name[:4]) > last:
            broken = broken_by(file.read_text(encoding="utf-8"))
            assert not broken, f"{file.name}: {broken}: processes of the release before still run on this database; drop a release later"


def test_what_breaks_the_release_before_is_seen():
    for sql in ["ALTER TABLE jobs DROP COLUMN queue", "drop table shares", "ALTER TABLE jobs RENAME queue TO place",
                "ALTER TABLE jobs ALTER COLUMN id TYPE text", "ALTER TABLE jobs ALTER COLUMN share_key SET NOT NULL",
                "ALTER TABLE jobs ADD COLUMN a int NOT NULL, ADD COLUMN b int DEFAULT 1", "CREATE UNIQUE INDEX a ON jobs (b)"]:
        assert broken_by(sql), sql
    for sql in ["ALTER TABLE jobs ADD COLUMN a int NOT NULL DEFAULT 0", "DROP TRIGGER a ON jobs; CREATE TABLE b (c int NOT NULL)",
                "ALTER TABLE jobs ADD COLUMN a int -- DROP TABLE", "DROP INDEX a; CREATE INDEX a ON jobs (b)"]:
        assert not broken_by(sql), sql


def migrations(database):
    return sorted((ROOT / "src/adapters" / database / "migrations").glob("*.sql"))


def test_no_migration_differs_from_its_record():
    files = [*migrations("postgres"), *migrations("sqlite")]
    found = {str(file.relative_to(ROOT)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    lines = [line.split("  ", 1) for line in RECORD.read_text(encoding="utf-8").splitlines()]
    recorded = {name: digest for digest, name in lines}
    edited = sorted(name for name in found.keys() & recorded.keys() if found[name] != recorded[name])
    assert not edited, f"{edited}: databases have it already. Write a new migration instead."
    assert found.keys() == recorded.keys(), f"add new ones to {RECORD.name}, as sha256sum prints them: {sorted(found.keys() ^ recorded.keys())}"


def test_both_databases_have_the_same_migrations():
    names = {database: {file.name for file in migrations(database)} for database in ("sqlite", "postgres")}
    assert names["postgres"] - OF_POSTGRES_ONLY == names["sqlite"]


def test_both_databases_have_statements_in_files_of_the_same_names():
    names = {database: {file.name for file in (ROOT / "src/adapters" / database / "statements").glob("*.sql")} for database in ("sqlite", "postgres")}
    assert names["sqlite"] - names["postgres"] == STATEMENTS_OF_SQLITE_ONLY
    assert names["postgres"] - names["sqlite"] == STATEMENTS_OF_POSTGRES_ONLY
