"""Jobs for which no attempt was left."""
from plugin_package import EXIT


def letters(client):
    return {item["id"]: item for item in client.get("/api/v1/dead-letters?limit=100").json()["items"]}


def test_a_job_without_attempts_left_is_a_dead_letter_with_its_reason(admin, alice, new_plugin):
    name = new_plugin(EXIT % 1, retry={"max_attempts": 2, "backoff_seconds": [0]})
    job = alice.client.finished(alice.client.submit(name, {})["id"])
    assert job["status"] == "failed"
    letter = letters(admin.client)[job["id"]]
    assert letter["attempts"] == 2 and "it went wrong" in letter["reason"] and letter["plugin_name"] == name


def test_redriving_runs_it_again_and_takes_the_letter_away(admin, alice, new_plugin):
    name = new_plugin('[ "$ORC_ATTEMPT" = x ] || exit 1\n', retry={"max_attempts": 1, "backoff_seconds": []})
    job = alice.client.finished(alice.client.submit(name, {})["id"])
    again = admin.client.post(f"/api/v1/dead-letters/{job['id']}/redrive", None, 202).json()
    assert again["id"] == job["id"] and again["status"] in ("queued", "processing")
    assert alice.client.finished(job["id"])["status"] == "failed"
    assert job["id"] in letters(admin.client)


def test_a_job_that_ended_well_is_no_dead_letter(admin, alice, echo):
    job = alice.client.finished(alice.client.submit(echo, {})["id"])
    assert job["id"] not in letters(admin.client)
