"""Migrations are never edited once they are there, and both databases have the same."""
import hashlib
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests/golden/migrations.sha256"
# Where an older service's tables are taken over; SQLite never was one's.
OF_POSTGRES_ONLY = {"0001_initial_adoption.sql"}


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
