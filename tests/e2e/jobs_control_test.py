"""Steering jobs: batch, cancel, retry, delete, idempotency, priority, time, fair shares, lists."""
import datetime
import hashlib
import threading
import uuid

import pytest
from client import Client, make_user, until
from orc_server import OrcServer
from plugin_package import EXIT, upload


def ids_of(answer):
    return [item["id"] for item in answer.json()["items"]]


def test_a_batch_is_one_transaction(alice, echo):
    jobs = [{"plugin_name": echo, "input_data": {"n": n}} for n in range(100)]
    items = alice.client.post("/api/v1/jobs:batch", {"jobs": jobs}, 202).json()["items"]
    assert [item["input_data"]["n"] for item in items] == list(range(100))
    for item in items:
        assert alice.client.finished(item["id"])["result"] == item["input_data"]


@pytest.mark.parametrize("bad, status", [
    ({"plugin_name": "nobody-has-this"}, 404),
    ({"plugin_name": "UPPER"}, 422),
    ({"plugin_name": "echo", "input_data": []}, 422),
    ({"plugin_name": "example-classifier", "input_data": {}}, 400),
])
def test_one_bad_entry_refuses_the_whole_batch(alice, echo, examples, bad, status):
    before = alice.client.get("/api/v1/jobs").json()["total"]
    answer = alice.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": echo}, {"plugin_name": echo}, bad]}, status)
    assert "2" in str(answer.json()["detail"])
    assert alice.client.get("/api/v1/jobs").json()["total"] == before


def test_a_batch_has_a_limit(alice, echo):
    alice.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": echo}] * 1001}, 422)
    alice.client.post("/api/v1/jobs:batch", {"jobs": []}, None)


def test_a_running_job_is_cancelled_and_its_program_ended(alice, for_ever):
    job = alice.client.submit(for_ever, {})
    alice.client.in_status(job["id"], "processing")
    alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)
    done = alice.client.finished(job["id"])
    assert done["status"] == "cancelled" and done["result"] is None
    alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 409)


def test_a_queued_job_is_cancelled_at_once(alice, echo):
    job = alice.client.submit(echo, {}, run_at="2199-01-01T00:00:00Z")
    assert alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202).json()["status"] == "cancelled"


def test_a_failed_job_is_tried_again_from_the_start(alice, new_plugin):
    job = alice.client.submit(new_plugin(EXIT % 1), {}, max_attempts=1)
    assert alice.client.finished(job["id"])["status"] == "failed"
    again = alice.client.post(f"/api/v1/jobs/{job['id']}/retry", None, 202).json()
    assert (again["id"], again["error_message"], again["completed_at"]) == (job["id"], None, None)
    assert again["status"] in ("queued", "processing")
    assert alice.client.finished(job["id"])["status"] == "failed"


def test_what_cannot_be_retried_is_409(alice, for_ever):
    job = alice.client.submit(for_ever, {})
    alice.client.in_status(job["id"], "processing")
    alice.client.post(f"/api/v1/jobs/{job['id']}/retry", None, 409)
    alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


def test_a_deleted_job_is_gone_even_if_it_ran(alice, echo, for_ever):
    done, running = alice.client.submit(echo, {}), alice.client.submit(for_ever, {})
    alice.client.finished(done["id"])
    alice.client.in_status(running["id"], "processing")
    for job in (done, running):
        alice.client.delete(f"/api/v1/jobs/{job['id']}")
        assert alice.client.get(f"/api/v1/jobs/{job['id']}", 404).json() == {"detail": "Job not found"}
        alice.client.delete(f"/api/v1/jobs/{job['id']}", 404)


def test_the_same_key_gives_the_same_job(alice, bob, echo):
    key = uuid.uuid4().hex
    body = {"plugin_name": echo, "input_data": {"n": 1}, "idempotency_key": key}
    first = alice.client.post("/api/v1/jobs", body, 202).json()
    assert alice.client.post("/api/v1/jobs", body, 202).json()["id"] == first["id"]
    alice.client.post("/api/v1/jobs", body | {"input_data": {"n": 2}}, 422)
    assert bob.client.post("/api/v1/jobs", body, 202).json()["id"] != first["id"]
    header = {"Idempotency-Key": uuid.uuid4().hex}
    plain = {"plugin_name": echo, "input_data": {"n": 3}}
    one, two = (alice.client.request("POST", "/api/v1/jobs", 202, json=plain, headers=header).json()["id"] for _ in range(2))
    assert one == two


def test_a_repeat_gets_the_same_answer_whatever_has_become_of_the_plugin(alice, admin, new_plugin):
    name = new_plugin("printf '{}'\n")
    picture = b"a picture of " + uuid.uuid4().bytes
    digest = hashlib.sha256(picture).hexdigest()
    alice.client.request("PUT", f"/api/v1/blobs/{digest}", None, data=picture, headers={"Content-Type": "application/octet-stream"})
    body = {"plugin_name": name, "input_data": {"n": 1, "file": {"$blob": f"sha256:{digest}"}}, "idempotency_key": uuid.uuid4().hex}
    header = {"Idempotency-Key": uuid.uuid4().hex}
    batch = {"jobs": [{"plugin_name": name, "input_data": {"n": n}, "run_at": "2199-01-01T00:00:00Z"} for n in range(3)]}
    first = alice.client.post("/api/v1/jobs", body, 202)
    first_batch = alice.client.post("/api/v1/jobs:batch", batch, 202, headers=header)
    alice.client.finished(first.json()["id"])

    def repeat():
        assert alice.client.post("/api/v1/jobs", body, 202).content == first.content
        assert alice.client.post("/api/v1/jobs:batch", batch, 202, headers=header).content == first_batch.content
        alice.client.post("/api/v1/jobs", body | {"input_data": {"n": 2}}, 422)
        alice.client.post("/api/v1/jobs:batch", {"jobs": batch["jobs"][:2]}, 422, headers=header)

    repeat()
    admin.client.put(f"/api/v1/plugins/{name}", {"input_schema": {"type": "object", "required": ["x"]}}, 200)
    repeat()
    admin.client.put(f"/api/v1/plugins/{name}", {"is_active": False}, 200)
    alice.client.post("/api/v1/jobs", body | {"idempotency_key": uuid.uuid4().hex}, 409)
    repeat()
    admin.client.delete(f"/api/v1/plugins/{name}")
    alice.client.post("/api/v1/jobs", body | {"idempotency_key": uuid.uuid4().hex}, 404)
    repeat()


def test_a_batch_answers_its_repeats_and_makes_the_others(alice, echo):
    keyed = {"plugin_name": echo, "input_data": {"n": 1}, "idempotency_key": uuid.uuid4().hex}
    first = ids_of(alice.client.post("/api/v1/jobs:batch", {"jobs": [keyed]}, 202))[0]
    answer = alice.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": echo}, keyed, {"plugin_name": echo}]}, 202)
    made = ids_of(answer)
    assert made[1] == first < made[0] < made[2]
    reused = alice.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": echo}, keyed | {"priority": 9}]}, 422).json()["detail"]
    assert reused[0]["loc"] == ["body", "jobs", 1, "idempotency_key"]


def test_the_key_of_a_batch_names_one_body(alice, echo):
    header = {"Idempotency-Key": uuid.uuid4().hex}
    later = {"plugin_name": echo, "run_at": "2199-01-01T00:00:00Z"}
    keyed = [later | {"idempotency_key": uuid.uuid4().hex} for _ in range(2)]

    def batch(status, *jobs):
        return alice.client.post("/api/v1/jobs:batch", {"jobs": list(jobs)}, status, headers=header)

    made = ids_of(batch(202, keyed[0]))
    assert ids_of(batch(202, keyed[0])) == made
    for refused in (batch(422, keyed[1]), batch(422, later), batch(422, keyed[0], later)):
        assert refused.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    alice.client.request("POST", "/api/v1/jobs", 422, json=later, headers=header)
    same = later | {"idempotency_key": header["Idempotency-Key"]}
    assert batch(422, later, same).json()["detail"][0]["loc"] == ["body", "jobs", 1, "idempotency_key"]
    alice.client.delete(f"/api/v1/jobs/{made[0]}", 204)
    assert ids_of(batch(202, keyed[1])) != made  # the job that held it is gone


def test_a_deleted_job_frees_its_key(alice, echo):
    body = {"plugin_name": echo, "run_at": "2199-01-01T00:00:00Z", "idempotency_key": uuid.uuid4().hex}
    first = alice.client.post("/api/v1/jobs", body, 202).json()["id"]
    alice.client.delete(f"/api/v1/jobs/{first}", 204)
    assert alice.client.post("/api/v1/jobs", body, 202).json()["id"] != first


def test_racing_repeats_of_one_key_make_one_job(alice, echo):
    body, answers = {"plugin_name": echo, "idempotency_key": uuid.uuid4().hex}, []

    def send():
        answers.append(alice.client.with_token(alice.client.token).post("/api/v1/jobs", body))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1


@pytest.fixture(name="single", scope="module")
def _single(tmp_path_factory, contract):
    """A server with one worker, so that order can be seen."""
    server = OrcServer(tmp_path_factory.mktemp("single"), ["--workers", "1"])
    admin = make_user(Client(server.api, contract), "admin@example.com")
    upload(admin.client, "echo", "cat\n")
    upload(admin.client, "for-ever", "exec sleep 1000\n", limits={"timeout_seconds": 600, "grace_seconds": 1})
    yield admin.client
    server.stop()


def order_of(client, jobs):
    return sorted(jobs, key=lambda job_id: client.finished(job_id)["started_at"])


def blocked(client):
    job = client.submit("for-ever", {}, priority=9)
    client.in_status(job["id"], "processing")
    return job["id"]


def test_the_higher_priority_runs_first(single):
    blocker = blocked(single)
    low, normal, high = (single.submit("echo", {}, priority=priority)["id"] for priority in (0, 4, 9))
    single.post(f"/api/v1/jobs/{blocker}/cancel", None, 202)
    assert order_of(single, [low, normal, high]) == [high, normal, low]


def test_one_key_with_many_jobs_delays_another_by_about_one(single):
    blocker = blocked(single)
    many = ids_of(single.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": "echo", "share_key": "many"}] * 200}, 202))
    lone = single.submit("echo", {}, share_key="lone")["id"]
    single.post(f"/api/v1/jobs/{blocker}/cancel", None, 202)
    started = single.finished(lone)["started_at"]
    until(lambda: single.get("/api/v1/jobs?status=queued&limit=1").json()["total"] == 0, 60)
    before = [job_id for job_id in many if single.finished(job_id)["started_at"] < started]
    assert len(before) <= 3, f"{len(before)} of 200 jobs of another key ran first"


def test_run_at_is_kept(single):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    job = single.submit("echo", {}, run_at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    done = single.finished(job["id"])
    assert datetime.datetime.fromisoformat(done["started_at"].replace("Z", "+00:00")) >= at - datetime.timedelta(milliseconds=2)


def test_jobs_are_listed_newest_first_with_an_exact_total(new_user, echo, new_plugin):
    user, other = new_user(), new_plugin("printf '{}'\n")
    mine = [user.client.submit(echo if n % 2 else other, {"n": n})["id"] for n in range(7)]
    for job_id in mine:
        user.client.finished(job_id)
    answer = user.client.get("/api/v1/jobs?limit=3")
    assert answer.json()["total"] == 7 and ids_of(answer) == mine[::-1][:3]
    assert ids_of(user.client.get("/api/v1/jobs?skip=5&limit=3")) == mine[::-1][5:]
    assert user.client.get(f"/api/v1/jobs?plugin_name={echo}").json()["total"] == 3
    assert user.client.get("/api/v1/jobs?status=completed").json()["total"] == 7
    assert user.client.get("/api/v1/jobs?status=queued").json()["total"] == 0
    assert user.client.get("/api/v1/jobs?status=weird", 400).json() == {"detail": "Invalid status: weird"}


def test_one_sees_ones_own_jobs_and_an_administrator_all_on_demand(admin, alice, bob, echo):
    job = alice.client.submit(echo, {})
    assert job["id"] not in ids_of(bob.client.get("/api/v1/jobs"))
    assert job["id"] not in ids_of(admin.client.get("/api/v1/jobs"))
    assert job["id"] in ids_of(admin.client.get("/api/v1/jobs?scope=all"))
    assert bob.client.get(f"/api/v1/jobs/{job['id']}", 403).json() == {"detail": "Not authorized to access this job"}
    admin.client.get(f"/api/v1/jobs/{job['id']}", 200)


def test_the_dashboard_counts_what_one_may_see(admin, new_user, echo):
    user = new_user()
    job = user.client.finished(user.client.submit(echo, {})["id"])
    stats = user.client.get("/api/v1/dashboard/stats").json()
    assert (stats["stats"]["total_jobs"], stats["stats"]["queued_jobs"], stats["stats"]["processing_jobs"]) == (1, 0, 0)
    assert stats["recent_jobs"] == [{name: job[name] for name in ("id", "plugin_name", "status", "created_at")}]
    assert admin.client.get("/api/v1/dashboard/stats").json()["stats"]["total_jobs"] > 1
