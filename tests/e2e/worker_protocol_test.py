"""The worker protocol as somebody else's worker speaks it: a small one in Python, and single requests."""
import concurrent.futures
import hashlib
import socket
import threading
import urllib.parse

import plugin_package
import pytest
import requests
from client import Client, make_user, until
from orc_runner import worker_key
from python_worker import Worker

BASE = "/api/v1/worker/v1"


class Site:
    def __init__(self, server, contract):
        self.server = server
        self.admin = make_user(Client(server.api, contract), "admin@example.com").client
        self.key = worker_key(self.admin)
        self.worker = self.admin.with_token(self.key)
        plugin_package.upload(self.admin, "echo", plugin_package.ECHO)


@pytest.fixture(name="site")
def _site(start_server, contract):
    return Site(start_server("--roles", "api,registry"), contract)


@pytest.fixture(name="start_worker")
def _start_worker(site):
    started = []

    def start(function):
        worker = Worker(site.server.api, site.key, function)
        thread = threading.Thread(target=worker.work)
        thread.start()
        started.append((worker, thread))
        return worker

    yield start
    for worker, thread in started:
        worker.stopping.set()
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_worker_in_python_runs_jobs(site, start_worker):
    start_worker(lambda document, run: {"doubled": document["n"] * 2})
    jobs = [site.admin.submit("echo", {"n": n}) for n in range(20)]
    assert [site.admin.finished(job["id"])["result"] for job in jobs] == [{"doubled": 2 * n} for n in range(20)]


def test_long_inputs_and_outputs_travel_as_blobs(site, start_worker):
    start_worker(lambda document, run: document)
    document = {"text": "\u00fc" * 50_000}
    assert site.admin.finished(site.admin.submit("echo", document)["id"])["result"] == document


def test_what_fails_there_fails_here(site, start_worker):
    def fail(document, run):
        raise ValueError("no such number")

    start_worker(fail)
    job = site.admin.finished(site.admin.submit("echo", {}, max_attempts=1)["id"])
    assert job["status"] == "failed" and "no such number" in job["error_message"]
    (line,) = site.admin.get(f"/api/v1/jobs/{job['id']}/logs").json()["items"]
    assert line["text"] == "ValueError('no such number')"


def test_what_a_run_says_is_seen_while_it_runs(site, start_worker):
    go_on = threading.Event()

    def talk(document, run):
        run.say("one")
        run.progress(0.25, "a quarter")
        go_on.wait(30)
        run.say("two")
        return {}

    start_worker(talk)
    job = site.admin.submit("echo", {})
    path = f"/api/v1/jobs/{job['id']}"
    texts = lambda: [line["text"] for line in site.admin.get(path + "/logs").json()["items"]]
    until(lambda: texts() == ["one"], seconds=10)
    now = site.admin.get(path).json()
    assert (now["status"], now["progress"], now["progress_message"]) == ("processing", 0.25, "a quarter")
    go_on.set()
    done = site.admin.finished(job["id"])
    assert (done["status"], done["progress"], done["progress_message"]) == ("completed", None, None)
    assert texts() == ["one", "two"]


def test_a_report_by_hand_counts_once_and_a_late_one_not_at_all(site):
    told = site.worker.post(f"{BASE}/workers", {"name": "by hand", "isolation": "strict", "slots": 1}, 201).json()
    assert told["reports"] is True
    worker = f"{BASE}/workers/{told['worker_id']}"
    job = site.admin.submit("echo", {})
    (run,) = site.worker.post(f"{worker}/claim", {"count": 1, "wait_seconds": 20}, 200).json()["runs"]
    name = {"job_id": run["job_id"], "fence": run["fence"]}
    line = {"t_ms": 1767225600000, "stream": "err", "text": "one"}

    def report(**fields):
        return site.worker.post(f"{worker}/report", {"reports": [name | fields], "a_later_field": 1}, 200).json()["results"][0]

    for _ in range(3):
        assert report(log=[line, line | {"text": "two"}]) == {"status": "processing"}
    assert report(log_from=4, log=[line])["error"]["code"] == "invalid_argument"
    assert report(log_from=2, log=[line | {"text": "two"}, line | {"text": "three"}], progress=1) == {"status": "processing"}
    end = name | {"outcome": "failed", "message": "it broke", "log": [line | {"text": text} for text in ("one", "two", "three", "four")]}
    assert site.worker.post(f"{worker}/finish", {"ends": [end]}, 200).json()["results"] == [{"status": "queued"}]
    assert report(log_from=5, log=[line])["error"]["code"] == "conflict"
    now = site.admin.get(f"/api/v1/jobs/{job['id']}").json()
    assert now["progress"] is None and now["error_message"] == "it broke"
    lines = site.admin.get(f"/api/v1/jobs/{job['id']}/logs").json()["items"]
    assert [(line["n"], line["text"]) for line in lines] == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]


def test_a_worker_that_asks_for_more_holds_no_more_than_its_slots(site):
    told = site.worker.post(f"{BASE}/workers", {"name": "greedy", "isolation": "strict", "slots": 2}, 201).json()
    worker = f"{BASE}/workers/{told['worker_id']}"
    jobs = [site.admin.submit("echo", {"n": n})["id"] for n in range(5)]
    claim = lambda: site.worker.post(f"{worker}/claim", {"count": 1000}, 200).json()["runs"]
    runs = claim()
    assert [run["job_id"] for run in runs] == jobs[:2] and claim() == []
    ends = [{"job_id": run["job_id"], "fence": run["fence"], "outcome": "succeeded", "output_text": "{}"} for run in runs]
    site.worker.post(f"{worker}/finish", {"ends": ends[:1]}, 200)
    assert [run["job_id"] for run in claim()] == jobs[2:3]
    for job_id in jobs[1:]:
        site.admin.post(f"/api/v1/jobs/{job_id}/cancel", None, 202)
    site.worker.delete(worker, 204)


def test_a_cancelled_job_is_told_within_a_second(site, start_worker):
    told = threading.Event()

    def until_stopped(document, run):
        if run.must_stop.wait(30):
            told.set()
        return {}

    start_worker(until_stopped)
    job = site.admin.submit("echo", {})
    site.admin.in_status(job["id"], "processing")
    site.admin.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)
    assert told.wait(1)


def test_a_session_by_hand(site):
    """The one that docs/worker_protocol.md shows. Also: every operation has a success."""
    told = site.worker.post(f"{BASE}/workers", {"name": "by hand", "isolation": "strict", "slots": 1, "a_later_field": {}}, 201).json()
    worker = f"{BASE}/workers/{told['worker_id']}"
    assert site.worker.post(f"{worker}/claim", {"count": 1}, 200).json()["runs"] == []
    job = site.admin.submit("echo", {"n": 1})
    answer = site.worker.post(f"{worker}/claim", {"count": 10, "wait_seconds": 20}, 200).json()
    (run,), (version,) = answer["runs"], answer["versions"]
    assert run["job_id"] == job["id"] and run["input_text"] == '{"n": 1}' and run["version_id"] == version["id"]
    name = {"job_id": run["job_id"], "fence": run["fence"]}
    assert site.worker.post(f"{worker}/beat", {"held": [name]}, 200).json() == {"stop": []}
    package = site.worker.get(f"{BASE}/blobs/{version['package'].removeprefix('sha256:')}").content
    assert package[:2] == b"\x1f\x8b"
    output = b'{"long": "' + b"x" * 20_000 + b'"}'
    blob = hashlib.sha256(output).hexdigest()
    site.worker.request("PUT", f"{BASE}/blobs/{blob}", 204, data=output)
    end = name | {"outcome": "succeeded", "output_blob": f"sha256:{blob}", "isolation": "strict"}
    results = site.worker.post(f"{worker}/finish", {"ends": [end, end]}, 200).json()["results"]
    assert {"status": "completed"} in results  # either of the two may come first
    assert [result["error"]["code"] for result in results if "error" in result] == ["conflict"]
    assert site.admin.get(f"/api/v1/jobs/{job['id']}").json()["result"] == {"long": "x" * 20_000}
    site.worker.delete(worker)
    site.worker.post(f"{worker}/beat", {"held": []}, 404)


def test_a_claim_whose_worker_hung_up_wins_nothing(site, start_worker):
    """As one that was killed does. Its claim would take the job, and lose it for a lease."""
    told = site.worker.post(f"{BASE}/workers", {"name": "gone", "isolation": "strict", "slots": 1}, 201).json()
    with pytest.raises(requests.Timeout):
        requests.post(site.server.api + f"{BASE}/workers/{told['worker_id']}/claim", json={"count": 1, "wait_seconds": 30}, timeout=0.5,
                      headers={"Authorization": f"Bearer {site.key}"})
    job = site.admin.submit("echo", {"n": 1})
    start_worker(lambda document, run: document)
    done = site.admin.finished(job["id"])
    assert done["status"] == "completed"
    (attempt,) = site.admin.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert attempt["worker"] != "gone"


def test_an_answer_that_nobody_reads_loses_no_job(site, start_worker):
    """A claim whose answer is not heard: the worker lives, but does not know of the run."""
    told = site.worker.post(f"{BASE}/workers", {"name": "deaf", "isolation": "strict", "slots": 1}, 201).json()
    worker = f"{BASE}/workers/{told['worker_id']}"
    address = urllib.parse.urlsplit(site.server.api)
    deaf = socket.create_connection((address.hostname, address.port))
    body = b'{"count": 1, "wait_seconds": 30}'
    deaf.sendall(f"POST {worker}/claim HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {site.key}\r\n"
                 f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    job = site.admin.submit("echo", {"n": 1})
    site.admin.in_status(job["id"], "processing")
    beating = threading.Event()

    def beat():
        while not beating.wait(1):
            site.worker.with_token(site.key).post(f"{worker}/beat", {"held": []})

    thread = threading.Thread(target=beat)
    thread.start()
    site.admin.in_status(job["id"], "queued", seconds=20)
    beating.set()
    thread.join()
    deaf.close()
    start_worker(lambda document, run: document)
    done = site.admin.finished(job["id"])
    assert done["status"] == "completed" and done["attempts"] == 1


def test_a_worker_in_python_signs_on_once_the_server_is_back(site, start_server, start_worker):
    place = site.server.api.removeprefix("http://")
    site.server.kill()
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        starting = threads.submit(start_worker, lambda document, run: document)
        done, _ = concurrent.futures.wait([starting], timeout=1.5)
        assert not done, "nobody is there yet"
        server = start_server("--roles", "api,registry", "--listen", place, data_dir=site.server.data_dir)
        starting.result(timeout=30)
    admin = Client(server.api, site.admin.contract).with_token(site.admin.token)
    assert admin.finished(admin.submit("echo", {"n": 1})["id"])["status"] == "completed"


LONGEST = {"claim": 16 << 10, "beat": 1 << 20, "report": 16 << 20, "finish": 16 << 20}


@pytest.mark.parametrize("verb", LONGEST)
def test_a_body_that_is_longer_than_any_worker_needs_is_refused_and_the_worker_stays(site, verb):
    told = site.worker.post(f"{BASE}/workers", {"name": "talkative", "isolation": "strict", "slots": 1}, 201).json()
    worker = f"{BASE}/workers/{told['worker_id']}"
    site.worker.post_bytes(f"{worker}/{verb}", b" " * (LONGEST[verb] + 1), 413)
    site.worker.post(f"{worker}/beat", {"held": []}, 200)


def test_a_blob_that_is_longer_than_an_output_may_be_is_refused(site):
    site.worker.request("PUT", f"{BASE}/blobs/{'0' * 64}", 413, data=b"x" * ((64 << 20) + 1))


@pytest.mark.parametrize("scopes", [["read"], ["submit"], ["admin"]])
def test_no_other_key_may_work(site, scopes):
    key = site.admin.post("/api/v1/api-keys", {"name": "k", "scopes": scopes}, 201).json()["api_key"]
    site.admin.with_token(key).post(f"{BASE}/workers", {"name": "x", "isolation": "strict", "slots": 1}, 403)
    site.admin.post(f"{BASE}/workers", {"name": "x", "isolation": "strict", "slots": 1}, 403)
