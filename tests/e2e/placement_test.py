"""To which worker a job goes, what waits for room, and how a job says why it waits."""
import json
import subprocess
import threading

import plugin_package
import pytest
from client import Client, make_user, until
from orc_runner import OrcRunner, worker_key
from orc_server import ORC, clean_environment
from python_worker import Worker

# Runs until its file of the shared folder is there; at most as long as its time-out.
HELD = "exec sleep 1000\n"


class Site:
    """A server without a worker, a plugin for each kind of job, and workers for it."""

    def __init__(self, server, contract, folder):
        self.server, self.folder = server, folder
        self.anyone = Client(server.api, contract)
        self.admin = make_user(self.anyone, "admin@example.com").client
        self.user = make_user(self.anyone, "user@example.com").client
        self.key = worker_key(self.admin)
        self.started = []

    def plugin(self, name, program=plugin_package.ECHO, **fields):
        plugin_package.upload(self.admin, name, program, **fields)
        return name

    def worker(self, function=lambda document, must_stop: document, slots=2, **equipment):
        worker = Worker(self.server.api, self.key, function, slots=slots, equipment=equipment)
        thread = threading.Thread(target=worker.work)
        thread.start()
        self.started.append((worker, thread))
        return worker

    def why(self, job, client=None):
        return (client or self.admin).get(f"/api/v1/jobs/{job['id']}/why").json()

    def end(self):
        for worker, thread in self.started:
            worker.stopping.set()
            thread.join(timeout=30)
            assert not thread.is_alive()


@pytest.fixture(name="site")
def _site(start_server, contract, tmp_path):
    site = Site(start_server("--roles", "api,registry"), contract, tmp_path)
    yield site
    site.end()


def test_a_job_that_needs_a_gpu_waits_for_a_worker_that_has_one_and_holds_up_nobody(site):
    gpu, plain = site.plugin("gpu", resources={"gpus": 1}), site.plugin("plain")
    site.worker()
    waits = site.admin.submit(gpu, {"n": 1})
    for n in range(10):
        assert site.admin.finished(site.admin.submit(plain, {"n": n})["id"])["status"] == "completed"
    why = site.why(waits)
    assert (why["status"], why["reason"]) == ("queued", "unplaceable")
    assert why["nobody_meets"] == [{"requirement": "gpus", "name": None, "wanted": "1", "offered": "0", "free": None}]
    assert why["requirements"]["gpus"] == 1 and why["requirements"]["memory_mb"] == 512
    assert "gpus 1" in why["message"]

    site.worker(gpus=1)
    assert site.admin.finished(waits["id"])["status"] == "completed"
    assert site.why(waits)["reason"] == "not_queued"


def test_each_job_goes_to_the_worker_that_carries_its_labels(site):
    names = {zone: site.plugin(f"in-{zone}", worker_labels={"zone": zone}) for zone in ("a", "b")}
    for zone in names:
        site.worker(lambda document, must_stop, zone=zone: {"ran_in": zone}, labels={"zone": zone})
    jobs = [(zone, site.admin.submit(names[zone], {})) for zone in ("a", "b", "b", "a")]
    assert [site.admin.finished(job["id"])["result"] for _, job in jobs] == [{"ran_in": zone} for zone, _ in jobs]


def test_sixteen_jobs_of_8_gb_do_not_run_at_once_on_24_gb_and_small_ones_pass(site):
    big, small = site.plugin("big", limits={"memory_mb": 8192}), site.plugin("small")
    running, peak, lock, go_on = set(), [0], threading.Lock(), threading.Event()

    def work(document, must_stop):
        if "big" not in document:
            return {}
        with lock:
            running.add(document["big"])
            peak[0] = max(peak[0], len(running))
        go_on.wait(60)
        with lock:
            running.discard(document["big"])
        return {}

    site.worker(work, slots=16, memory_mb=24_000)
    jobs = [site.admin.submit(big, {"big": n}) for n in range(16)]
    until(lambda: len(running) == 2)
    for n in range(5):
        assert site.admin.finished(site.admin.submit(small, {"n": n})["id"])["status"] == "completed"
    why = site.why(jobs[-1])
    assert why["reason"] == "no_room" and why["worker_counts"] == {"now": 0, "later": 1, "never": 0}
    (worker,) = why["workers"]
    assert worker["fits"] == "later" and worker["runs"] == 2
    assert worker["unmet"] == [{"requirement": "memory_mb", "name": None, "wanted": "8192", "offered": "24000", "free": "7616"}]
    assert len(running) == 2
    go_on.set()
    for job in jobs:
        assert site.admin.finished(job["id"])["status"] == "completed"
    assert peak[0] == 2


def test_an_owner_learns_why_but_not_of_the_workers(site):
    site.plugin("gpu", resources={"gpus": 4})
    job = site.user.submit("gpu", {})
    assert site.why(job, site.user)["reason"] == "no_worker"
    site.worker(gpus=1)
    until(lambda: site.why(job, site.user)["reason"] == "unplaceable")
    why = site.why(job, site.user)
    assert why["workers"] is None and why["worker_counts"] == {"now": 0, "later": 0, "never": 1}
    assert why["nobody_meets"][0]["offered"] == "1"
    assert len(site.why(job)["workers"]) == 1
    other = make_user(site.anyone, "other@example.com").client
    other.get(f"/api/v1/jobs/{job['id']}/why", 403)
    site.admin.get("/api/v1/jobs/999999/why", 404)


def test_a_delayed_job_says_until_when(site):
    site.plugin("plain")
    job = site.user.submit("plain", {}, run_at="2099-01-01T00:00:00Z")
    why = site.why(job, site.user)
    assert why["reason"] == "delayed" and why["run_at"] == "2099-01-01T00:00:00.000Z" and "no worker is present" in why["message"]


def test_what_stands_before_a_job_is_counted(site):
    site.plugin("plain")
    jobs = [site.user.submit("plain", {"n": n}) for n in range(3)]
    site.admin.submit("plain", {}, priority=9)
    assert site.why(jobs[2], site.user)["before"] == {"higher_priority": 1, "same_key": 2}


def test_a_worker_that_says_nonsense_of_itself_is_refused(site):
    worker = site.admin.with_token(site.key)
    for wrong in ({"gpus": -1}, {"memory_mb": "much"}, {"labels": {"a": "b c"}}, {"runtimes": ["wasm"]}, {"custom": {"x": 0.5}}):
        worker.post("/api/v1/worker/v1/workers", {"name": "x", "isolation": "none", "slots": 1} | wrong, 422)


def test_orc_runner_announces_its_host_and_what_it_is_told(site, tmp_path):
    runner = OrcRunner(site.server.api, site.key, tmp_path / "runner",
                       ("--workers", "4", "--memory-mb", "3000", "--gpus", "1", "--resource", "licence=2", "--label", "zone=a", "--label", "disk=ssd"))
    try:
        (worker,) = site.admin.get("/api/v1/workers").json()["items"]
        equipment = worker["equipment"]
        assert equipment.pop("cpus") > 0 and equipment.pop("warm_requests") > 0 and equipment.pop("host") and equipment.pop("host_memory_mb") > 0
        assert equipment.pop("release")
        assert equipment == {"runtimes": ["folder", "image"], "memory_mb": 3000, "gpus": 1, "custom": {"licence": 2}, "labels": {"zone": "a", "disk": "ssd"}}
        site.plugin("licensed", resources={"custom": {"licence": 1}}, worker_labels={"disk": "ssd"}, isolation="strict")
        assert site.admin.finished(site.admin.submit("licensed", {"n": 1})["id"])["status"] == "completed"

        site.plugin("held", HELD, limits={"memory_mb": 1024, "timeout_seconds": 100, "grace_seconds": 1})
        held = [site.admin.submit("held", {}) for _ in range(4)]
        for job in held[:2]:
            site.admin.in_status(job["id"], "processing")
        assert site.why(held[2])["reason"] == "no_room"
        site.admin.post(f"/api/v1/jobs/{held[0]['id']}/cancel", {}, 202)
        site.admin.in_status(held[2]["id"], "processing")
        assert site.why(held[3])["reason"] == "no_room"
        for job in held[1:]:
            site.admin.post(f"/api/v1/jobs/{job['id']}/cancel", {}, 202)
        runner.stop()
    finally:
        runner.kill()


def test_the_worker_of_the_server_itself_is_bounded_in_the_same_way(start_server, contract):
    server = start_server("--workers", "4", "--worker-memory-mb", "2000", "--worker-gpus", "1", "--worker-label", "zone=a")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    (worker,) = admin.get("/api/v1/workers").json()["items"]
    assert worker["equipment"]["memory_mb"] == 2000 and worker["equipment"]["gpus"] == 1 and worker["equipment"]["labels"] == {"zone": "a"}
    plugin_package.upload(admin, "too-large", plugin_package.ECHO, resources={"memory_mb": 2001})
    plugin_package.upload(admin, "fits", plugin_package.ECHO, resources={"memory_mb": 2000, "gpus": 1}, worker_labels={"zone": "a"})
    waits = admin.submit("too-large", {})
    assert admin.finished(admin.submit("fits", {"n": 1})["id"])["status"] == "completed"
    why = admin.get(f"/api/v1/jobs/{waits['id']}/why").json()
    assert why["reason"] == "unplaceable" and why["nobody_meets"][0]["wanted"] == "2001"
    shown = subprocess.run([str(ORC), "job", "why", str(waits["id"]), "--data-dir", str(server.data_dir)], capture_output=True, text=True,
                           env=clean_environment(), check=False)
    assert shown.returncode == 0, shown.stderr
    assert "memory_mb 2001" in shown.stdout and worker["name"] in shown.stdout
    as_json = subprocess.run([str(ORC), "job", "why", str(waits["id"]), "--data-dir", str(server.data_dir), "--json"], capture_output=True,
                             text=True, env=clean_environment(), check=True)
    assert json.loads(as_json.stdout)["reason"] == "unplaceable"


def test_requirements_are_shown_and_changed_with_the_plugin(site):
    site.plugin("plain", resources={"cpus": 1.5, "custom": {"licence": 1}}, isolation="container", worker_labels={"zone": "a"})
    plugin = site.admin.get("/api/v1/plugins/plain").json()
    assert plugin["resources"] == {"cpus": 1.5, "memory_mb": None, "gpus": 0, "custom": {"licence": 1}}
    assert (plugin["isolation"], plugin["worker_labels"]) == ("container", {"zone": "a"})
    changed = site.admin.put("/api/v1/plugins/plain", {"resources": {"gpus": 1}, "isolation": None, "worker_labels": None}).json()
    assert changed["resources"] == {"cpus": 1.5, "memory_mb": None, "gpus": 1, "custom": {"licence": 1}}
    assert (changed["isolation"], changed["worker_labels"]) == (None, {})
    site.admin.put("/api/v1/plugins/plain", {"resources": {"gpus": -1}, "isolation": "weak", "worker_labels": {"a": "b c"}}, 422)
