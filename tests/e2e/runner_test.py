"""`orc runner` beside a server that runs nothing itself: jobs end once whatever dies."""
import re
import subprocess
import time

import plugin_package
import pytest
from client import Client, make_user, until
from orc_runner import RUNNER, OrcRunner, worker_key
from orc_server import ORC, clean_environment
from set_up import WORKER_HOME

API_ONLY = ("--roles", "api,registry")
LEASE_SECONDS = 10
# Takes as many seconds as its input says.
SLEEPER = 'sleep "$(tr -dc 0-9)"\nprintf "{}"\n'


class Site:
    """A server without a worker, and runners for it."""

    def __init__(self, start_server, contract, folder):
        self._start, self._contract, self.folder = start_server, contract, folder
        self.server = start_server(*API_ONLY, data_dir=folder / "state")
        self.admin = make_user(Client(self.server.api, contract), "admin@example.com").client
        self.key = worker_key(self.admin)
        plugin_package.upload(self.admin, "echo", plugin_package.ECHO)
        plugin_package.upload(self.admin, "sleeper", SLEEPER, limits={"timeout_seconds": 120, "grace_seconds": 1})
        self.runners = []

    def runner(self, **options):
        runner = OrcRunner(self.server.api, self.key, self.folder / f"runner-{len(self.runners)}", **options)
        self.runners.append(runner)
        return runner

    def restart_server(self, kill=False):
        port = self.server.api.rpartition(":")[2]
        if kill:
            self.server.kill()
        else:
            self.server.stop()
        self.server = self._start(*API_ONLY, "--listen", f"127.0.0.1:{port}", data_dir=self.folder / "state")

    def orc(self, *words):
        """What a command of the command line prints, as the owner of the data directory gives it."""
        return subprocess.run([ORC, *words, "--data-dir", self.server.data_dir], capture_output=True, text=True, check=True, timeout=30,
                              env=clean_environment()).stdout

    def attempts(self, job):
        return self.admin.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]

    def end(self):
        for runner in self.runners:
            runner.kill()


@pytest.fixture(name="site")
def _site(start_server, contract, tmp_path):
    site = Site(start_server, contract, tmp_path)
    yield site
    site.end()


def test_a_job_runs_on_a_runner_with_the_bytes_that_came(site):
    runner = site.runner()
    small = site.admin.submit("echo", {"price": 0.87, "text": "\u00fc"})
    large = site.admin.submit("echo", {"text": "x" * 100_000})
    assert site.admin.finished(small["id"])["result"] == {"price": 0.87, "text": "\u00fc"}
    assert site.admin.finished(large["id"])["result"] == {"text": "x" * 100_000}
    (attempt,) = site.attempts(small)
    assert attempt["outcome"] == "succeeded" and attempt["isolation"] == "strict"
    (worker,) = site.admin.get("/api/v1/workers").json()["items"]
    assert worker["slots"] == 2
    runner.stop()
    assert site.admin.get("/api/v1/workers").json()["total"] == 0


def test_orc_runner_is_also_a_command_of_orc(site):
    site.runner(program=ORC)
    assert site.admin.finished(site.admin.submit("echo", {"n": 1})["id"])["status"] == "completed"


def test_what_fails_is_told_with_its_log_and_tried_again(site):
    site.runner()
    plugin_package.upload(site.admin, "second", plugin_package.SECOND_TIME)
    job = site.admin.submit("second", {})
    assert site.admin.finished(job["id"])["result"] == {"attempt": 2}
    assert [attempt["outcome"] for attempt in site.attempts(job)] == ["failed", "succeeded"]
    lines = site.admin.get(f"/api/v1/jobs/{job['id']}/logs").json()["items"]
    assert [line["text"] for line in lines] == ["not yet"]


TALKER = 'echo "epoch 1" >&2; sleep 3; echo "epoch 2" >&2; printf "{}"\n'


@pytest.mark.parametrize("where", ["runner", "server"])
def test_the_log_of_a_running_job_is_there_within_two_seconds(site, start_server, contract, where):
    admin = site.admin
    if where == "runner":
        site.runner()
    else:
        admin = make_user(Client(start_server().api, contract), "admin@example.com").client
    plugin_package.upload(admin, "talker", TALKER)
    job = admin.submit("talker", {})
    texts = lambda: [line["text"] for line in admin.get(f"/api/v1/jobs/{job['id']}/logs").json()["items"]]
    admin.in_status(job["id"], "processing")
    until(lambda: texts() == ["epoch 1"], seconds=2.5)
    assert admin.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "processing"
    assert admin.finished(job["id"])["status"] == "completed"
    assert texts() == ["epoch 1", "epoch 2"]


def test_files_of_a_runner_outlive_it_and_its_progress_is_seen(site):
    plugin_package.upload(site.admin, "leaver", 'echo \'{"progress": 0.25, "message": "begun"}\' >&3; sleep 1.5; head -c 100000 /dev/zero >"$ORC_OUTPUT_DIR/zeros"; printf "{}"\n')
    runner = site.runner()
    job = site.admin.submit("leaver", {})
    until(lambda: site.admin.get(f"/api/v1/jobs/{job['id']}").json()["progress"] == 0.25)
    assert site.admin.finished(job["id"])["status"] == "completed"
    runner.stop()
    (artifact,) = site.admin.get(f"/api/v1/jobs/{job['id']}/artifacts").json()["items"]
    assert (artifact["name"], artifact["bytes"]) == ("zeros", 100_000)
    assert site.admin.get(f"/api/v1/jobs/{job['id']}/artifacts/zeros").content == bytes(100_000)
    (attempt,) = site.attempts(job)
    assert attempt["usage"]["bytes_out"] == 100_002 and attempt["usage"]["wall_seconds"] > 1


def test_a_drained_runner_ends_what_it_runs_and_gets_nothing_more(site):
    site.runner(arguments=("--workers", "2", "--name", "first"))
    held = site.admin.submit("sleeper", {"seconds": 3})
    site.admin.in_status(held["id"], "processing")
    (worker,) = site.admin.get("/api/v1/workers").json()["items"]
    assert (worker["name"], worker["home"], worker["running"], worker["state"]) == ("first", "elsewhere", 1, "active")
    drained = site.orc("worker", "drain", "first")
    assert "is draining, 1 running" in drained
    waiting = site.admin.submit("echo", {})
    assert site.admin.finished(held["id"])["status"] == "completed"
    assert site.admin.get(f"/api/v1/jobs/{waiting['id']}").json()["status"] == "queued"
    site.restart_server()
    assert "draining" in site.orc("worker", "list")
    assert site.admin.get(f"/api/v1/jobs/{waiting['id']}").json()["status"] == "queued"
    site.orc("worker", "resume", "first")
    assert site.admin.finished(waiting["id"])["status"] == "completed"


def test_workers_are_listed_with_what_placement_goes_by_and_their_release(site):
    site.runner(arguments=("--workers", "2", "--name", "first", "--memory-mb", "600", "--gpus", "1", "--resource", "licence=2", "--label", "zone=a"))
    (worker,) = site.admin.get("/api/v1/workers").json()["items"]
    release = subprocess.run([RUNNER, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout.split()[1]
    assert worker["equipment"]["release"] == release
    titles, line = site.orc("worker", "list").splitlines()
    assert titles.split() == ["ID", "NAME", "STATE", "RUNS", "ISOLATION", "RELEASE", "HAS"]
    assert re.fullmatch(rf" *\d+  first +active  0 of 2  strict +{re.escape(release)}  +600 MB, [0-9.]+ cpus?, 1 gpu, licence 2, zone=a", line), line


def test_two_workers_that_each_take_the_host_for_theirs_are_warned_of(site):
    for name in ("first", "second"):
        site.runner(arguments=("--workers", "1", "--name", name))
    workers = site.admin.get("/api/v1/workers").json()["items"]
    assert len({worker["equipment"]["host"] for worker in workers}) == 1
    assert all(worker["warning"].startswith("2 workers on one host promise") for worker in workers)
    assert site.orc("worker", "list").count("warning: 2 workers on one host promise") == 1


def test_workers_that_share_the_host_are_not_warned_of(site):
    for name in ("first", "second"):
        site.runner(arguments=("--workers", "1", "--name", name, "--memory-mb", "600"))
    assert [worker["warning"] for worker in site.admin.get("/api/v1/workers").json()["items"]] == [None, None]


def test_the_worker_of_the_server_itself_can_be_drained(start_server, contract):
    admin = make_user(Client(start_server().api, contract), "admin@example.com").client
    plugin_package.upload(admin, "echo", plugin_package.ECHO)
    until(lambda: admin.get("/api/v1/workers").json()["total"] == 1)
    (worker,) = admin.get("/api/v1/workers").json()["items"]
    assert worker["home"] == WORKER_HOME
    admin.post(f"/api/v1/workers/{worker['id']}/drain", None, 200)
    job = admin.submit("echo", {})
    until(lambda: admin.get("/api/v1/workers").json()["items"][0]["last_beat_at"] != worker["last_beat_at"])
    assert admin.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "queued"
    assert admin.post(f"/api/v1/workers/{worker['id']}/resume", None, 200).json()["state"] == "active"
    assert admin.finished(job["id"])["status"] == "completed"


def test_a_cancelled_job_stops_within_a_second(site):
    runner = site.runner()
    job = site.admin.submit("sleeper", {"seconds": 100})
    site.admin.in_status(job["id"], "processing")
    site.admin.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)
    since = time.monotonic()
    runner.wait_for_line("attempt ended")
    assert time.monotonic() - since < 1  # the plugin's grace does not come into it: sleep ends on TERM


def test_another_runner_ends_the_job_of_one_that_was_killed(site):
    first = site.runner()
    job = site.admin.submit("sleeper", {"seconds": 3})
    site.admin.in_status(job["id"], "processing")
    first.kill()
    site.runner()
    done = site.admin.finished(job["id"], seconds=LEASE_SECONDS + 15)
    assert done["status"] == "completed" and done["attempts"] == 1
    assert [attempt["outcome"] for attempt in site.attempts(job)] == ["worker_lost", "succeeded"]


def test_the_late_result_of_a_paused_runner_is_refused(site):
    first = site.runner()
    job = site.admin.submit("sleeper", {"seconds": 2})
    site.admin.in_status(job["id"], "processing")
    first.pause()
    site.runner()
    done = site.admin.finished(job["id"], seconds=LEASE_SECONDS + 15)
    first.go_on()
    first.wait_for_line("attempt ended")
    assert any('"dropped"' in line for line in first.lines)
    assert site.admin.get(f"/api/v1/jobs/{job['id']}").json() == done
    assert [attempt["outcome"] for attempt in site.attempts(job)] == ["worker_lost", "succeeded"]
    # It has signed on again and works on.
    until(lambda: site.admin.get("/api/v1/workers").json()["total"] == 2)


@pytest.mark.parametrize("kill", [False, True])
def test_a_job_outlives_a_restart_of_the_server(site, kill):
    runner = site.runner()
    job = site.admin.submit("sleeper", {"seconds": 4})
    site.admin.in_status(job["id"], "processing")
    site.restart_server(kill)
    done = site.admin.finished(job["id"], seconds=LEASE_SECONDS + 15)
    assert done["status"] == "completed" and done["attempts"] == 1
    # The answer to the claim may have gone down with the server; then the run is taken back, at no cost.
    assert [attempt["outcome"] for attempt in site.attempts(job)] in (["succeeded"], ["given_back", "succeeded"], ["not_started", "succeeded"])
    assert runner.process.poll() is None
    assert site.admin.finished(site.admin.submit("echo", {})["id"])["status"] == "completed"


def test_a_runner_that_is_asked_to_stop_lets_its_runs_end(site):
    runner = site.runner()
    job = site.admin.submit("sleeper", {"seconds": 2})
    site.admin.in_status(job["id"], "processing")
    runner.stop()
    assert site.admin.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "completed"


def test_what_does_not_end_in_time_is_given_back_at_no_cost(site):
    runner = site.runner(arguments=("--workers", "1", "--stop-seconds", "0"))
    job = site.admin.submit("sleeper", {"seconds": 60})
    site.admin.in_status(job["id"], "processing")
    runner.stop()
    now = site.admin.get(f"/api/v1/jobs/{job['id']}").json()
    assert now["status"] == "queued" and now["attempts"] == 0


def test_a_runner_waits_for_a_server_that_is_not_there_yet(site):
    site.server.stop()
    runner = site.runner(wait=False)
    runner.wait_for_line("cannot be reached")
    site.restart_server()
    runner.wait_for_line('"ready"')


@pytest.mark.parametrize("scopes, words", [(None, "does not know this key"), (["read", "submit", "admin"], "scope worker")])
def test_a_key_that_is_not_good_ends_the_runner_with_a_sentence(site, scopes, words):
    key = "orc_" + "x" * 32
    if scopes:
        key = site.admin.post("/api/v1/api-keys", {"name": "k", "scopes": scopes}, 201).json()["api_key"]
    site.key = key
    runner = site.runner(wait=False)
    assert runner.wait_ended() == 4
    assert words in runner.output and key not in runner.output


def test_a_data_folder_has_one_owner(site):
    site.runner()
    second = OrcRunner(site.server.api, site.key, site.folder / "runner-0", wait=False)
    assert second.wait_ended() == 5
    assert "is in use by another orc" in second.output


def test_help_shows_how():
    for command in ([RUNNER, "--help"], [ORC, "runner", "--help"]):
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        assert "Examples:" in text and "--token-file" in text


def newer_than_2022(headers):
    """Of what `objdump -p` tells, all that a host with glibc 2.35 lacks, or may lack: each name of a version that is not a number up to that one, such
    as GLIBC_ABI_DT_RELR, which needs 2.36 and belongs to no symbol; and the short table of relocations, of which not every linker makes a version."""
    names = {line.split()[3] for line in headers.splitlines() if re.fullmatch(r"\s+0x[0-9a-f]{8} 0x\d\d \d\d \S+", line)}
    assert names, headers
    known = {name for name in names if re.fullmatch(r"GLIBC_2(\.\d+){1,2}", name) and tuple(map(int, name[6:].split("."))) <= (2, 35)}
    return sorted(names - known) + [f"table {name}" for name in re.findall(r"^  (RELR|0x0*24)\s", headers, re.MULTILINE)]


@pytest.mark.skipif("coverage" in RUNNER.parts, reason="what is shipped counts no lines: ./dev test judges it")
def test_the_program_starts_on_any_host_of_2022():
    headers = subprocess.run(["objdump", "-p", RUNNER], capture_output=True, text=True, check=True, timeout=30).stdout
    assert not newer_than_2022(headers)
    assert set(re.findall(r"^  NEEDED +(\S+)", headers, re.MULTILINE)) == {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


@pytest.mark.parametrize(("version", "lacking"), [
    ("GLIBC_2.2.5", []), ("GLIBC_2.35", []), ("GLIBC_2.36", ["GLIBC_2.36"]), ("GLIBC_3.0", ["GLIBC_3.0"]), ("GLIBC_PRIVATE", ["GLIBC_PRIVATE"]),
    ("GLIBC_ABI_DT_RELR", ["GLIBC_ABI_DT_RELR"]), ("GLIBC_ABI_GNU_TLS", ["GLIBC_ABI_GNU_TLS"]), ("GLIBCXX_3.4.30", ["GLIBCXX_3.4.30"])])
def test_what_such_a_host_lacks_is_noticed(version, lacking):
    headers = f"Dynamic Section:\n  NEEDED               libc.so.6\n\nVersion References:\n  required from libc.so.6:\n    0x09691a75 0x00 02 {version}\n"
    assert newer_than_2022(headers) == lacking
    assert newer_than_2022(headers.replace("NEEDED  ", "RELR    ")) == [*lacking, "table RELR"]
