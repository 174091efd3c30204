"""Where the measured server keeps its rows: SQLite in its folder, or a database of a private PostgreSQL server."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import tempfile

SERVICES = pathlib.Path(__file__).resolve().parents[1] / "tools/dev/services/run.py"


class Sqlite:
    def environment(self, _):
        return {}

    def end(self):
        """Goes with the folder."""


class Postgres:
    """In a folder of its own that the server's user can enter, with its durable defaults; both go with end()."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="orc-pg-")
        self._url = json.loads(self._service("up"))["postgres"]["url"]

    def _service(self, act):
        return subprocess.run(["/usr/bin/python3", SERVICES, act, "postgres", "--folder", self._folder], check=True, capture_output=True, text=True).stdout

    def environment(self, data_dir):
        """The same database for the same folder."""
        name = "orc_" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:20]
        made = subprocess.run(["psql", "-X", "-q", self._url, "-c", f"CREATE DATABASE {name}"], capture_output=True, text=True, check=False)
        if made.returncode != 0 and "already exists" not in made.stderr:
            raise SystemExit(made.stderr)
        return {"DATABASE_URL": self._url.replace("/postgres?", f"/{name}?")}

    def end(self):
        self._service("down")
        shutil.rmtree(self._folder)
