"""What a warm process says beside its answers."""
import uuid

import pytest
from warm_test import upload

# Reads a request, and writes what its input says for it; `%d` is its number.
SAYS = """
import json, os, sys, time
started = str(time.time())
print('{"ready": true}', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    os.write(1, request["input"].get("before", "").replace("%d", str(request["id"])).encode())
    answer = request["input"].get("answer", '{"id": %d, "output": ' + started + '}\\n')
    os.write(1, (answer + request["input"].get("after", "")).replace("%d", str(request["id"])).encode())
"""


@pytest.fixture(name="says")
def _says(admin):
    return upload(admin.client, f"says-{uuid.uuid4().hex[:12]}", SAYS, limits={"timeout_seconds": 50}, retry={"max_attempts": 1})


def log_of(client, job):
    return [line["text"] for line in client.get(f"/api/v1/jobs/{job}/logs").json()["items"]]


def test_a_slip_beside_the_answer_is_counted_and_passed_over(alice, says):
    before = '{"id": %d, "progress": 1.02}\n{"id": %d, "log": "x", "stream": "stdout"}\n{"id": %d, "log": "words"}\n'
    first, second = (alice.client.finished(alice.client.submit(says, {"before": text})["id"]) for text in (before, ""))
    assert first["status"] == "completed", first["error_message"]
    assert first["result"] == second["result"], "its process goes on"
    words, slips = log_of(alice.client, first["id"])
    assert words == "words" and slips.startswith("2 lines about this job were no ") and slips.endswith(" and were ignored")
    assert log_of(alice.client, second["id"]) == []


def test_words_that_come_after_the_answer_are_passed_over(alice, says):
    after = '{"id": %d, "progress": 0.5}\n{"id": %d, "log": "late"}\n{"id": %d, "log": "late", "stream": "no"}\n'
    first, second = (alice.client.finished(alice.client.submit(says, {"after": after})["id"]) for _ in range(2))
    assert first["status"] == second["status"] == "completed", second["error_message"]
    assert first["result"] == second["result"], "its process goes on"
    assert log_of(alice.client, first["id"]) == log_of(alice.client, second["id"]) == []


def test_words_about_what_was_never_given_end_the_process(alice, says):
    failed = alice.client.finished(alice.client.submit(says, {"before": '{"id": 99999999, "log": "words"}\n'})["id"])
    assert failed["status"] == "failed" and "spoke of request 99999999" in failed["error_message"]


@pytest.mark.parametrize("answer, message", [
    ('{"id": %d, "output": null, "error": "boom"}\n', "boom"),
    ('{"id": %d, "error": ""}\n', "the plugin gave no reason"),
])
def test_an_error_counts_whatever_stands_beside_it(alice, says, answer, message):
    failed = alice.client.finished(alice.client.submit(says, {"answer": answer})["id"])
    assert (failed["status"], failed["error_message"]) == ("failed", message)
