"""Whatever a job is doing, a cancellation ends its whole tree within its grace and a second; and each way of being too late has its own words."""
import pathlib
import random
import time

import plugin_package
import pytest
from client import Client, make_user, until
from orc_runner import OrcRunner, worker_key

# Ignores TERM, and has a child that left its session.
STUBBORN = """trap '' TERM
setsid sh -c "trap '' TERM; sleep $MARK" &
sleep $MARK
"""
GRACE_SECONDS, ROOM_SECONDS = 1, 1


def processes_with(mark):
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in words and b"sleep" in words:
            found.append(folder.name)
    return found


@pytest.fixture(name="stubborn")
def _stubborn():
    def make(client, **limits):
        mark = f"{random.randrange(10**5, 10**6)}.{random.randrange(10**5, 10**6)}"
        plugin_package.upload(client, f"stubborn-{mark.replace('.', '-')}", STUBBORN, env={"MARK": mark}, limits={"grace_seconds": GRACE_SECONDS} | limits)
        return f"stubborn-{mark.replace('.', '-')}", mark

    return make


def cancelled_within(client, job, mark):
    until(lambda: len(processes_with(mark)) >= 2)
    started = time.monotonic()
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202).json()["status"] == "cancelled"
    until(lambda: not processes_with(mark), seconds=10)
    return time.monotonic() - started


def test_a_running_tree_is_gone_within_the_grace_and_a_second(admin, alice, stubborn):
    name, mark = stubborn(admin.client)
    job = alice.client.submit(name, {})
    assert cancelled_within(alice.client, job, mark) < GRACE_SECONDS + ROOM_SECONDS
    (attempt,) = alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert (attempt["outcome"], attempt["message"]) == ("cancelled", "cancelled")


def test_a_tree_on_a_runner_is_gone_as_soon(start_server, contract, tmp_path, stubborn):
    server = start_server("--roles", "api,registry")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    name, mark = stubborn(admin)
    runner = OrcRunner(server.api, worker_key(admin), tmp_path)
    try:
        job = admin.submit(name, {})
        assert cancelled_within(admin, job, mark) < GRACE_SECONDS + ROOM_SECONDS
    finally:
        runner.kill()


def test_a_queued_job_is_cancelled_at_once_and_never_starts(admin, alice, stubborn):
    name, mark = stubborn(admin.client)
    job = alice.client.submit(name, {}, run_at="2099-01-01T00:00:00Z")
    assert alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202).json()["status"] == "cancelled"
    assert not processes_with(mark) and alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["total"] == 0


def test_a_time_out_says_so_and_leaves_nobody(admin, alice, stubborn):
    name, mark = stubborn(admin.client, timeout_seconds=1)
    job = alice.client.submit(name, {}, max_attempts=1)
    until(lambda: processes_with(mark))
    done = alice.client.finished(job["id"])
    assert (done["status"], done["error_message"]) == ("failed", "timed out after 1 s")
    assert not processes_with(mark)
