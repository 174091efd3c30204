"""The commands that work on the data itself, where DATABASE_URL names a PostgreSQL server."""
import json
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from client import Client, make_user
from orc_server import ORC, clean_environment

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/services/run.py"


@pytest.fixture(name="url", scope="module")
def _url():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-pg-"))  # a short path: it holds a socket

    def service(act):
        done = subprocess.run(["/usr/bin/python3", SERVICES, act, "postgres", "--folder", folder], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["postgres"]

    try:
        yield service("up")["url"]
    finally:
        service("down")
        shutil.rmtree(folder)


def test_the_commands_work_on_the_database_that_the_server_uses(start_server, contract, tmp_path, url):
    environment = {"DATABASE_URL": url}
    place = ["--data-dir", str(tmp_path / "state")]

    def command(*words):
        return subprocess.run([ORC, *words, *place], env=clean_environment(environment), capture_output=True, text=True, check=False)

    assert command("migrate").returncode == 0
    server = start_server(data_dir=tmp_path / "state", environment=environment)
    server.wait_for_line("one server only")
    client = Client(server.api, contract)
    make_user(client, "one@example.com")
    two = make_user(client, "two@example.com")
    server.stop()
    made = command("user", "role", two.email, "admin")
    assert made.returncode == 0, made.stderr
    assert two.email in command("user", "list").stdout
    assert not (tmp_path / "state/orc.db").exists()


def test_a_backup_that_would_hold_nothing_is_refused(tmp_path, url):
    done = subprocess.run([ORC, "backup", str(tmp_path / "copy.db"), "--data-dir", str(tmp_path / "state")],
                          env=clean_environment({"DATABASE_URL": url}), capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "pg_dump" in done.stderr
    assert not (tmp_path / "copy.db").exists()
