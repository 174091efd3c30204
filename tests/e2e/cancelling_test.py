"""Whatever a job is doing, a cancellation ends its whole tree within its grace and a second; and each way of being too late has its own words."""
import datetime
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


def usages_told(client, job):
    """The attempts, once each says what it used: that of a run which was cancelled comes with its end."""
    attempts = client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    return attempts if all(attempt["usage"] for attempt in attempts) else None


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
    (attempt,) = until(lambda: usages_told(alice.client, job))
    assert (attempt["outcome"], attempt["message"]) == ("cancelled", "cancelled")
    began, ended = (datetime.datetime.fromisoformat(attempt[when].replace("Z", "+00:00")) for when in ("started_at", "ended_at"))
    assert 0 < attempt["usage"]["wall_seconds"] <= (ended - began).total_seconds(), "it went on after its cancel"


def test_without_a_grace_a_cancelled_tree_is_gone_at_once(admin, alice, stubborn):
    name, mark = stubborn(admin.client, grace_seconds=0)
    assert cancelled_within(alice.client, alice.client.submit(name, {}), mark) < ROOM_SECONDS


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


# As STUBBORN, but a process that stays up; "never" makes one that does not become ready.
WARM_STUBBORN = """trap '' TERM
setsid sh -c "trap '' TERM; sleep $MARK" &
[ "$WHEN" = never ] || echo '{"ready": true}'
sleep $MARK
"""


@pytest.fixture(name="warm_stubborn")
def _warm_stubborn():
    def make(client, when, **fields):
        mark = f"{random.randrange(10**5, 10**6)}.{random.randrange(10**5, 10**6)}"
        name = f"warm-stubborn-{mark.replace('.', '-')}"
        plugin_package.upload(client, name, WARM_STUBBORN, mode="warm", env={"MARK": mark, "WHEN": when}, limits={"grace_seconds": GRACE_SECONDS}, **fields)
        return name, mark

    return make


@pytest.mark.parametrize("when", ["running", "never"], ids=["running", "starting"])
def test_a_warm_process_is_gone_with_the_only_job_that_it_is_for(admin, alice, warm_stubborn, when):
    name, mark = warm_stubborn(admin.client, when)
    job = alice.client.submit(name, {})
    alice.client.in_status(job["id"], "processing")
    assert cancelled_within(alice.client, job, mark) < GRACE_SECONDS + ROOM_SECONDS


@pytest.mark.parametrize("when", ["running", "never"], ids=["running", "starting"])
def test_so_is_one_on_a_runner(start_server, contract, tmp_path, warm_stubborn, when):
    server = start_server("--roles", "api,registry")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    name, mark = warm_stubborn(admin, when)
    runner = OrcRunner(server.api, worker_key(admin), tmp_path / "runner")
    try:
        assert cancelled_within(admin, admin.submit(name, {}), mark) < GRACE_SECONDS + ROOM_SECONDS
    finally:
        runner.kill()


def test_a_job_that_is_cancelled_while_it_waits_for_a_slot_of_its_worker_never_starts(start_server, contract, stubborn):
    """Its worker has it, and another one in its only slot."""
    server = start_server("--workers", "1")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    first, first_mark = stubborn(admin)
    second, second_mark = stubborn(admin)
    running, waiting = admin.submit(first, {}), admin.submit(second, {})
    until(lambda: len(processes_with(first_mark)) >= 2)
    assert admin.post(f"/api/v1/jobs/{waiting['id']}/cancel", expect=202).json()["status"] == "cancelled"
    assert cancelled_within(admin, running, first_mark) < GRACE_SECONDS + ROOM_SECONDS
    assert not processes_with(second_mark) and admin.get(f"/api/v1/jobs/{waiting['id']}/attempts").json()["total"] == 0


def test_each_way_of_being_too_late_has_its_own_words(start_server, contract, stubborn, warm_stubborn):
    """Queue, start, run and lease."""
    server = start_server("--roles", "api,registry")  # nobody runs anything
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    once = {"max_attempts": 1}
    queued, _ = stubborn(admin, queue_seconds=1)
    job = admin.finished(admin.submit(queued, {})["id"], seconds=10)
    assert (job["status"], job["attempts"]) == ("failed", 0)
    assert job["error_message"] == "it waited 1 s to be run, longer than limits.queue_seconds 1"
    assert [letter["id"] for letter in admin.get("/api/v1/dead-letters").json()["items"]] == [job["id"]]
    server.stop()

    server = start_server(data_dir=server.data_dir)
    admin = Client(server.api, contract, admin.token)
    slow, _ = stubborn(admin, timeout_seconds=1)
    never, _ = warm_stubborn(admin, "never", warm={"start_seconds": 1})
    lost, lost_mark = stubborn(admin)
    late = [admin.submit(name, {}, **once)["id"] for name in (slow, never)]
    words = [admin.finished(job)["error_message"] for job in late]
    assert words[0] == "timed out after 1 s" and words[1].startswith("the warm process was not ready within warm.start_seconds 1: ")
    job = admin.submit(lost, {})
    until(lambda: len(processes_with(lost_mark)) >= 2)
    server.kill()
    server = start_server(data_dir=server.data_dir)
    admin = Client(server.api, contract, admin.token)
    attempts = until(lambda: len(found := admin.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]) == 2 and found)
    assert (attempts[0]["outcome"], attempts[0]["message"]) == ("worker_lost", "the worker was lost")
    until(lambda: len(processes_with(lost_mark)) >= 2)
    assert cancelled_within(admin, job, lost_mark) < GRACE_SECONDS + ROOM_SECONDS


def test_a_time_out_says_so_and_leaves_nobody(admin, alice, stubborn):
    name, mark = stubborn(admin.client, timeout_seconds=1)
    job = alice.client.submit(name, {}, max_attempts=1)
    until(lambda: processes_with(mark))
    done = alice.client.finished(job["id"])
    assert (done["status"], done["error_message"]) == ("failed", "timed out after 1 s")
    (attempt,) = alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert attempt["usage"]["wall_seconds"] < 1 + GRACE_SECONDS + ROOM_SECONDS
    assert not processes_with(mark)
