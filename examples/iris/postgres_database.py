"""A database on the private PostgreSQL server of `./dev services`, for one demo."""
import json
import pathlib
import secrets
import subprocess

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/services/run.py"


class PostgresDatabase:
    """`url` names an empty database. What was started for it is stopped by end()."""

    def __init__(self):
        self._was_running = self._service("status") is not None
        self._server = self._service("up")["url"]
        self._name = f"orc_demo_{secrets.token_hex(6)}"
        self._sql(f"CREATE DATABASE {self._name}")
        self.url = self._server.replace("/postgres?", f"/{self._name}?")

    def end(self):
        self._sql(f"DROP DATABASE {self._name}")
        if not self._was_running:
            self._service("down")

    def _service(self, act):
        return json.loads(_run(["/usr/bin/python3", str(SERVICES), act, "postgres"]))["postgres"]

    def _sql(self, statement):
        _run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self._server, "-c", statement])


def _run(command):
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
