"""A database of its own for each data folder, so that the black-box suites run on PostgreSQL as they are.

set_up.py chooses it; `./dev services up postgres` is called by this. Else: SQLite in the data folder.
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import set_up

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
_SERVICES = REPOSITORY / "tools/dev/services/run.py"


class PrivatePostgres:
    """A PostgreSQL server for one group of tests, in a temporary folder that goes with it."""

    def __init__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-pg-"))  # a short path: it holds a socket
        self.url = self._service("up")["url"]
        self._databases = 0

    def _service(self, act):
        done = subprocess.run(["/usr/bin/python3", _SERVICES, act, "postgres", "--folder", self._folder], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["postgres"]

    def sql(self, statements, url=None):
        """What the statements answer, as text: columns by '|', rows by line."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url or self.url], input=statements, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def new_database(self):
        """The URL of an empty one."""
        self._databases += 1
        name = f"orc_{self._databases}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url.replace("/postgres?", f"/{name}?")

    def end(self):
        self._service("down")
        shutil.rmtree(self._folder)


def database_environment(data_dir):
    """What a server on this data folder finds in its environment: the same database after a restart."""
    if not set_up.USES_POSTGRES:
        return {}
    url = _server_url()
    name = "orc_" + hashlib.sha256(str(pathlib.Path(data_dir).resolve()).encode()).hexdigest()[:20]
    made = subprocess.run(["psql", "-X", "-q", url, "-c", f"CREATE DATABASE {name}"], capture_output=True, text=True, check=False)
    assert made.returncode == 0 or "already exists" in made.stderr, made.stderr
    return {"DATABASE_URL": url.replace("/postgres?", f"/{name}?")}


def _server_url():
    services = subprocess.run(["/usr/bin/python3", _SERVICES, "up", "postgres"], check=True, capture_output=True, text=True)
    return json.loads(services.stdout)["postgres"]["url"]
