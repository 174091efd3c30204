"""A database of its own for each data folder, so that the black-box suites run on PostgreSQL as they are.

ORC_TEST_DATABASE=postgres chooses it; `./dev services up postgres` is called by this. Anything else, or nothing: SQLite in the data folder.
"""
import hashlib
import json
import os
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def database_environment(data_dir):
    """What a server on this data folder finds in its environment: the same database after a restart."""
    if os.environ.get("ORC_TEST_DATABASE") != "postgres":
        return {}
    url = _server_url()
    name = "orc_" + hashlib.sha256(str(pathlib.Path(data_dir).resolve()).encode()).hexdigest()[:20]
    made = subprocess.run(["psql", "-X", "-q", url, "-c", f"CREATE DATABASE {name}"], capture_output=True, text=True, check=False)
    assert made.returncode == 0 or "already exists" in made.stderr, made.stderr
    return {"DATABASE_URL": url.replace("/postgres?", f"/{name}?")}


def _server_url():
    services = subprocess.run(["/usr/bin/python3", REPOSITORY / "tools/dev/services/run.py", "up", "postgres"], check=True, capture_output=True, text=True)
    return json.loads(services.stdout)["postgres"]["url"]
