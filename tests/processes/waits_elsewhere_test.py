"""`POST /jobs?wait` at one API on PostgreSQL, of jobs that end at another. Its figures are times: ./dev test runs it while nothing else loads the
machine."""
import datetime
import secrets
import statistics
import time

import plugin_package
import pytest
from client import Client, make_user
from orc_runner import OrcRunner, worker_key
from private_postgres import PrivatePostgres

JOBS = 60
# LISTEN/NOTIFY wakes who waits; polling, the fallback, looks once a second.
LAG_SECONDS_USUAL, LAG_SECONDS_MAX = 0.1, 0.5  # of nineteen answers in twenty, and of each
# Long enough that the wait has begun before the job ends.
SHORT_SLEEP = 'sleep 0.1\nprintf "{}"\n'


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@pytest.fixture(name="database")
def _database():
    """The URL of an empty one, of a server that waits for no disk: what is measured is the telling, not the commit of the end."""
    postgres = PrivatePostgres()
    yield postgres.url
    postgres.close()


@pytest.mark.parametrize("who", ["a worker of its own", "a runner at the other API"])
def test_the_answer_comes_within_100_ms_of_the_jobs_end_elsewhere(database, contract, start_server, tmp_path, who):
    environment = {"DATABASE_URL": database, "SECRET_KEY": secrets.token_hex(32)}
    here, there = (start_server("--roles", "api,registry", environment=environment) for _ in range(2))
    admin = make_user(Client(there.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "short-sleep", SHORT_SLEEP)
    runner = None
    if who == "a runner at the other API":
        runner = OrcRunner(there.api, worker_key(admin), tmp_path / "runner")
    else:
        start_server("--roles", "worker", environment=environment)
    waiting = Client(here.api, contract).with_token(admin.token)
    lags = []
    for number in range(JOBS):
        job = waiting.post("/api/v1/jobs?wait=30", {"plugin_name": "short-sleep", "input_data": {"n": number}}, 200).json()
        lags.append(time.time() - seconds_of(job["completed_at"]))
        assert job["status"] == "completed"
    if runner:
        runner.stop()
    median, usual, longest = statistics.median(lags), sorted(lags)[len(lags) * 95 // 100], max(lags)
    figures = f"from the job's end at {who} to the answer elsewhere, {len(lags)} jobs: median {median * 1000:.1f} ms, longest {longest * 1000:.1f} ms"
    print(figures)
    assert usual <= LAG_SECONDS_USUAL and longest <= LAG_SECONDS_MAX, figures
