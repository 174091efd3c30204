"""Isolation levels from outside: what a worker gives, what it refuses to go below, and what is left when it is killed."""
import json
import os
import pathlib
import re
import subprocess

import plugin_package
import pytest
from client import Client, make_user, until
from orc_runner import RUNNER, OrcRunner, worker_key
from orc_server import ORC, WITHOUT_NAMESPACES, clean_environment
from set_up import needs_one_process, needs_sqlite

ONLY_CONTAINER = ("--isolation", "container", "--isolation-most", "container")
# Leaves a process behind that leads its own session, then waits.
SLOW = 'setsid sleep 1234 &\nsleep 1234\n'

# An ordinary user who has no cgroup of its own.

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide a program of this host for a test")


def processes_of(marker):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            pass  # it has ended, or is somebody else's
    return found


def attempt_of(client, job):
    (attempt,) = client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    return attempt


@pytest.mark.parametrize("level", ["container", "none"])
def test_a_server_that_may_uses_a_weaker_level_and_each_attempt_says_so(start_server, contract, place, level):
    # At none it would be closed, as runs reach it there.
    server = start_server("--workers", "1", "--isolation", level, "--isolation-most", level, "--registration", "open", data_dir=place / "state")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "echo", plugin_package.ECHO)
    job = admin.finished(admin.submit("echo", {"price": 0.87})["id"])
    assert job["result"] == {"price": 0.87}
    assert attempt_of(admin, job)["isolation"] == level
    (worker,) = admin.get("/api/v1/workers").json()["items"]
    assert worker["isolation"] == level


@pytest.mark.parametrize("level", ["strict", "container", "none"])
def test_runs_reach_what_they_need_whatever_the_umask_of_the_service_is(start_server, contract, place, level):
    with_umask = ("sh", "-c", 'umask 077 && exec "$@"', "sh")
    server = start_server("--workers", "1", "--isolation", level, "--isolation-most", level, "--registration", "open", data_dir=place / "state",
                          prefix=with_umask)
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    for mode, program in (("once", plugin_package.ECHO), ("warm", plugin_package.STAYS_UP)):
        plugin_package.upload(admin, mode, program, mode=mode)
        job = admin.finished(admin.submit(mode, {"price": 0.87})["id"])
        assert job["status"] == "completed", job
        assert attempt_of(admin, job)["isolation"] == level


@needs_one_process("the account that lacks something is the server's")
@needs_sqlite("that account may not reach the tests' PostgreSQL")
def test_where_nothing_can_count_processes_strict_is_not_given_and_it_is_said_what_would_help(start_as_nobody, contract):
    server = start_as_nobody("--workers", "1")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    server.wait_for_line("plugins cannot run here")
    (said,) = server.events("plugins cannot run here")
    assert "nothing can count the processes of a run" in said["reason"] and "--isolation container" in said["reason"]
    plugin_package.upload(admin, "echo", plugin_package.ECHO)
    job = admin.submit("echo", {})
    assert admin.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "queued", "it waits for a worker that can"
    why = admin.get(f"/api/v1/jobs/{job['id']}/why").json()
    assert why["reason"] == "no_worker" and "/health/ready" in why["message"]
    assert admin.get("/api/v1/workers").json()["items"] == []
    worker = Client(server.api, contract).get("/health/ready", expect=503).json()["checks"]["worker"]
    assert worker["status"] == "not ready" and "nothing can count the processes of a run" in worker["detail"]


def test_a_plugin_that_asks_for_more_waits_for_a_worker_that_gives_it(start_server, contract, place):
    server = start_server("--workers", "1", *ONLY_CONTAINER, data_dir=place / "state")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "careful", plugin_package.ECHO, isolation="strict")
    job = admin.submit("careful", {})
    runner = OrcRunner(server.api, worker_key(admin), place / "runner", arguments=("--workers", "1"))
    try:
        assert attempt_of(admin, admin.finished(job["id"]))["isolation"] == "strict"
    finally:
        runner.kill()


@as_root
@needs_one_process("the host that lacks something is the server's")
def test_a_host_without_namespaces_is_told_what_would_help_and_serves_with_less_if_asked(start_server, contract, place):
    refusing = start_server(prefix=WITHOUT_NAMESPACES, data_dir=place / "refusing")
    refusing.wait_for_line("plugins cannot run here")
    assert "apt-get install bubblewrap" in refusing.output
    assert "--isolation container, which this host can give" in refusing.output
    assert refusing.process.poll() is None, "it serves all the same: jobs wait"
    serving = start_server("--isolation", "container", prefix=WITHOUT_NAMESPACES, data_dir=place / "serving")
    admin = make_user(Client(serving.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "echo", plugin_package.ECHO)
    job = admin.finished(admin.submit("echo", {})["id"])
    assert attempt_of(admin, job)["isolation"] == "container"


@as_root
def test_doctor_names_the_level_and_the_change_that_raises_it():
    def examined(*arguments):
        done = subprocess.run([*WITHOUT_NAMESPACES, ORC, "doctor", "--json", *arguments], capture_output=True, text=True, timeout=60, env=clean_environment())
        (sandbox,) = [check for check in json.loads(done.stdout)["checks"] if check["subject"] == "sandbox"]
        assert "apt-get install bubblewrap" in sandbox["advice"]
        return done.returncode, sandbox

    code, sandbox = examined()
    assert (code, sandbox["verdict"]) == (1, "fail"), "orc serve demands strict, and would run nothing"
    assert sandbox["found"].startswith("isolation container at most, but orc serve demands strict")
    assert sandbox["advice"].startswith("start orc serve with --isolation container, or as root")
    _, sandbox = examined("--isolation", "container")
    assert sandbox["verdict"] == "warn" and sandbox["found"] == "isolation container at most"


def test_a_worker_below_the_servers_level_is_refused_with_what_would_help(start_server, contract, place):
    server = start_server("--roles", "api,registry")
    key = worker_key(make_user(Client(server.api, contract), "admin@example.com").client)
    runner = OrcRunner(server.api, key, place / "runner", arguments=("--workers", "1", *ONLY_CONTAINER), wait=False)
    assert runner.wait_ended() == 5
    assert "demands strict at least" in runner.output and "start the worker with --isolation strict" in runner.output


@as_root
@pytest.mark.parametrize("program", [RUNNER, ORC])
def test_the_advice_to_such_a_worker_leads_to_what_its_host_lacks(start_server, contract, place, program):
    server = start_server("--roles", "api,registry")
    key = worker_key(make_user(Client(server.api, contract), "admin@example.com").client)
    refused = OrcRunner(server.api, key, place / "runner", arguments=("--isolation", "container"), prefix=WITHOUT_NAMESPACES, program=program, wait=False)
    assert refused.wait_ended() == 5
    advice = re.search(r"start the worker with (--isolation \w+), and it says what its host lacks", refused.output)[1]
    following = OrcRunner(server.api, key, place / "runner", arguments=advice.split(), prefix=WITHOUT_NAMESPACES, program=program, wait=False)
    assert following.wait_ended() == 3
    assert "apt-get install bubblewrap" in following.output


@pytest.mark.parametrize(("level", "mode"), [("strict", "once"), ("container", "once"), ("none", "once"), ("strict", "warm"), ("container", "warm"), ("none", "warm")])
def test_plugins_of_a_killed_worker_are_gone_at_once(start_server, contract, place, level, mode):
    server = start_server("--roles", "api,registry", "--isolation", "none" if level == "none" else "container")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    marker = f"of-{place.name}"
    program = SLOW if mode == "once" else f"""echo '{{"ready": true}}'\n{SLOW}"""
    plugin_package.upload(admin, "slow", program, env={"MARKER": marker}, mode=mode)
    runner = OrcRunner(server.api, worker_key(admin), place / "runner",
                       arguments=("--workers", "1", "--isolation", level, "--isolation-most", level))
    try:
        admin.submit("slow", {})
        until(lambda: len(processes_of(marker)) >= 2, seconds=10)
    finally:
        runner.kill()
    until(lambda: not processes_of(marker), seconds=5)
