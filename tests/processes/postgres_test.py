"""The commands that work on the data itself, where DATABASE_URL names a PostgreSQL server."""
import subprocess

import pytest

from client import Client, make_user
from orc_server import ORC, clean_environment


@pytest.fixture(name="url")
def _url(postgres):
    return postgres.new_database()


def test_the_commands_work_on_the_database_that_the_server_uses(start_server, contract, tmp_path, url):
    environment = {"DATABASE_URL": url}
    place = ["--data-dir", str(tmp_path / "state")]

    def command(*words):
        return subprocess.run([ORC, *words, *place], env=clean_environment(environment), capture_output=True, text=True, check=False)

    assert command("migrate").returncode == 0
    server = start_server(data_dir=tmp_path / "state", environment=environment)
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
