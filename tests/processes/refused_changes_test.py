"""A PostgreSQL that can be read but takes no changes for longer than a lease: a full disk, a server that became a standby."""
import time
import urllib.parse

import plugin_package
import pytest
from client import Client, make_user, until
from orc_runner import OrcRunner, worker_key

LEASE_SECONDS = 10
OUTAGE_SECONDS = LEASE_SECONDS + 4
# Takes as many seconds as its input says.
SLEEPER = 'sleep "$(tr -dc 0-9)"\nprintf "{}"\n'


class Changes:
    """Switches changes of one database off and on, for every session that there is."""

    def __init__(self, postgres, url):
        self._postgres, self._database = postgres, urllib.parse.urlsplit(url).path.removeprefix("/")

    def are(self, allowed):
        only_read = "off" if allowed else "on"
        self._postgres.sql(f"ALTER DATABASE {self._database} SET default_transaction_read_only = {only_read};"
                           f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._database}'")


@pytest.fixture(name="start_runner")
def _start_runner(tmp_path):
    started = []

    def start(server, key):
        started.append(OrcRunner(server.api, key, tmp_path / "runner"))
        return started[-1]

    yield start
    for runner in started:
        runner.kill()


def test_a_worker_outlives_an_outage_in_which_nobodys_beat_could_be_stored(start_server, start_runner, postgres, contract):
    url = postgres.new_database()
    server = start_server("--roles", "api,registry", environment={"DATABASE_URL": url})
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "sleeper", SLEEPER, limits={"timeout_seconds": 120, "grace_seconds": 1})
    start_runner(server, worker_key(admin))
    job = admin.submit("sleeper", {"n": OUTAGE_SECONDS + 6})
    admin.in_status(job["id"], "processing")
    changes = Changes(postgres, url)
    changes.are(allowed=False)
    try:
        begin = time.monotonic()

        def is_over():
            """An outage that was refused in time and in our words."""
            asked = time.monotonic()
            refused = admin.post("/api/v1/jobs", {"plugin_name": "sleeper", "input_data": {"n": 1}}, 503)
            assert time.monotonic() - asked <= 2
            assert "read-only" not in refused.text and "SQLSTATE" not in refused.text
            return time.monotonic() - begin > OUTAGE_SECONDS

        until(is_over, every=0.2)
        assert admin.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "processing"
    finally:
        changes.are(allowed=True)
    done = admin.finished(job["id"])
    assert done["status"] == "completed"
    (attempt,) = admin.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert attempt["outcome"] == "succeeded"
    told = [line["reason"] for line in server.events("a fault of the database")]
    assert any("25006" in reason for reason in told), "what the server said is for the operator"
