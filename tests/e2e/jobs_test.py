"""The life of a job as its submitter sees it."""
import json

import pytest
from client import member_bytes, until
from plugin_package import ECHO_ARGUMENT, EXIT, SECOND_TIME, TALKATIVE

JOB_FIELDS = {"id", "plugin_name", "status", "input_data", "result", "error_message", "owner_id", "created_at", "started_at", "completed_at"}
ONCE = {"max_attempts": 1}


def test_a_job_goes_from_queued_to_completed(alice, examples):
    job = alice.client.submit(examples[0], {"features": [5.1, 3.5, 1.4, 0.2]})
    assert JOB_FIELDS <= set(job)
    assert (job["status"], job["result"], job["owner_id"], job["completed_at"]) == ("queued", None, alice.id, None)
    done = alice.client.finished(job["id"])
    assert (done["status"], done["error_message"]) == ("completed", None)
    assert done["result"]["prediction"] == "class_A" and done["result"]["confidence"] == 0.95
    assert done["result"]["metadata"]["features_count"] == 4
    assert done["created_at"] <= done["started_at"] <= done["completed_at"]


@pytest.mark.parametrize("plugin, given, expected", [
    (0, {"features": [1, 2]}, {"prediction": "class_B", "confidence": 0.87}),
    (0, {"features": [2.0]}, {"prediction": "class_B", "confidence": 0.87}),
    (1, {"data": [1, 2, 3.5]}, {"operation": "sum", "result": 6.5, "input_count": 3}),
    (1, {"data": [1, 2, 6], "operation": "average"}, {"operation": "average", "result": 3, "input_count": 3}),
    (1, {"data": [1, -2], "operation": "max"}, {"operation": "max", "result": 1, "input_count": 2}),
    (1, {"data": [1, -2], "operation": "min"}, {"operation": "min", "result": -2, "input_count": 2}),
])
def test_the_examples_answer_as_the_contract_says(alice, examples, plugin, given, expected):
    job = alice.client.post("/api/v1/jobs?wait=30", {"plugin_name": examples[plugin], "input_data": given}, 200).json()
    assert job["status"] == "completed", job
    assert job["result"] | expected == job["result"]


@pytest.mark.parametrize("plugin, given", [(0, {"features": []}), (1, {"data": []})])
def test_the_examples_fail_on_nothing(alice, examples, plugin, given):
    job = alice.client.submit(examples[plugin], given, max_attempts=1)
    done = alice.client.finished(job["id"])
    assert done["status"] == "failed" and done["error_message"] and done["result"] is None


def test_the_list_polls_as_the_single_job_does(alice, echo):
    job = alice.client.finished(alice.client.submit(echo, {"a": 1})["id"])
    assert job in alice.client.get(f"/api/v1/jobs?plugin_name={echo}&limit=50").json()["items"]


AS_GIVEN = [
    b'{"price": 0.87, "big": 12345678901234567890123, "e": 1E+2, "z": -0.0}',
    b'{ "b" :1,\n\t"a": [ 1 ,2.50 ] }',
    '{"text": "Grüße \\u00fc \\ud83d\\ude00 😀 \\/"}'.encode(),
    b"{}",
]


@pytest.mark.parametrize("given", AS_GIVEN, ids=range(len(AS_GIVEN)))
def test_input_and_result_are_answered_as_the_bytes_that_came(alice, echo, given):
    answer = alice.client.post_bytes("/api/v1/jobs?wait=30", b'{"plugin_name": "%s", "input_data": %s}' % (echo.encode(), given), 200)
    assert member_bytes(answer.content, "input_data") == given
    assert member_bytes(answer.content, "result") == given
    later = alice.client.get(f"/api/v1/jobs/{answer.json()['id']}")
    assert (member_bytes(later.content, "input_data"), member_bytes(later.content, "result")) == (given, given)


def test_a_large_input_reaches_the_plugin_whole(alice, echo):
    given = json.dumps({"text": "x" * 700_000}).encode()
    answer = alice.client.post_bytes("/api/v1/jobs?wait=30", b'{"plugin_name": "%s", "input_data": %s}' % (echo.encode(), given), 200)
    assert answer.json()["status"] == "completed", answer.json()["error_message"]
    assert member_bytes(answer.content, "result") == given


def test_the_input_is_the_last_argument_too(alice, new_plugin):
    name = new_plugin(ECHO_ARGUMENT)
    job = alice.client.post("/api/v1/jobs?wait=30", {"plugin_name": name, "input_data": {"a": ["b", "$HOME `id`"]}}, 200).json()
    assert job["result"] == {"a": ["b", "$HOME `id`"]}


@pytest.mark.parametrize("body", [{}, {"input_data": None}], ids=["absent", "null"])
def test_no_input_means_an_empty_object(alice, echo, body):
    job = alice.client.post("/api/v1/jobs?wait=30", {"plugin_name": echo} | body, 200).json()
    assert (job["input_data"], job["result"]) == ({}, {})


def test_wait_gives_up_with_202(alice, for_ever):
    job = alice.client.post("/api/v1/jobs?wait=1", {"plugin_name": for_ever}, 202).json()
    assert job["status"] in ("queued", "processing")
    alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


@pytest.mark.parametrize("program, words", [
    (EXIT % 1, "it went wrong"),
    ("echo hello\n", "hello"),
    ("printf '{\"a\": 1'\n", '{"a": 1'),
    ("printf '{} {}'\n", "{} {}"),
    ("exit 0\n", ""),
], ids=["exit", "text", "cut", "two", "nothing"])
def test_a_failure_is_told_with_what_came(alice, new_plugin, program, words):
    job = alice.client.submit(new_plugin(program), {}, **ONCE)
    done = alice.client.finished(job["id"])
    assert done["status"] == "failed" and done["result"] is None
    assert done["error_message"] and words in done["error_message"]


def test_output_that_does_not_fit_its_schema_fails_the_job(alice, new_plugin):
    name = new_plugin('printf \'{"answer": "42"}\'\n', output_schema={"type": "object", "properties": {"answer": {"type": "integer"}}})
    done = alice.client.finished(alice.client.submit(name, {}, **ONCE)["id"])
    assert done["status"] == "failed" and "/answer" in done["error_message"] and "42" in done["error_message"]


def test_input_that_does_not_fit_its_schema_never_becomes_a_job(alice, examples):
    before = alice.client.get("/api/v1/jobs").json()["total"]
    answer = alice.client.post("/api/v1/jobs", {"plugin_name": examples[0], "input_data": {"features": [1, "two"]}}, 400)
    assert "/features/1" in str(answer.json()["detail"])
    alice.client.post("/api/v1/jobs", {"plugin_name": examples[0]}, 400)
    assert alice.client.get("/api/v1/jobs").json()["total"] == before


def test_an_unknown_plugin_is_404_and_a_paused_one_409(alice, admin, new_plugin):
    assert alice.client.post("/api/v1/jobs", {"plugin_name": "nobody-has-this"}, 404).json() == {"detail": "Plugin not found"}
    name = new_plugin("printf '{}'\n")
    admin.client.put(f"/api/v1/plugins/{name}", {"is_active": False}, 200)
    alice.client.post("/api/v1/jobs", {"plugin_name": name}, 409)


@pytest.mark.parametrize("body, place", [
    ({}, "plugin_name"),
    ({"plugin_name": "UPPER"}, "plugin_name"),
    ({"plugin_name": "a" * 101}, "plugin_name"),
    ({"plugin_name": 7}, "plugin_name"),
    ({"plugin_name": "echo", "input_data": [1]}, "input_data"),
    ({"plugin_name": "echo", "input_data": "text"}, "input_data"),
    ({"plugin_name": "echo", "priority": 10}, "priority"),
    ({"plugin_name": "echo", "priority": "high"}, "priority"),
    ({"plugin_name": "echo", "run_at": "tomorrow"}, "run_at"),
    ({"plugin_name": "echo", "timeout_seconds": 0}, "timeout_seconds"),
    ({"plugin_name": "echo", "max_attempts": 0}, "max_attempts"),
    ({"plugin_name": "echo", "labels": ["a"]}, "labels"),
])
def test_a_bad_field_is_named(alice, echo, body, place):
    faults = alice.client.post("/api/v1/jobs", body, 422).json()["detail"]
    assert ["body", place] in [fault["loc"][:2] for fault in faults]


def test_the_environment_of_a_run_names_job_and_attempt(alice, new_plugin):
    name = new_plugin('printf \'{"job": "%s", "attempt": "%s", "key": "%s", "deadline": "%s", "secret": "%s"}\' "$ORC_JOB_ID" "$ORC_ATTEMPT" '
                      '"$ORC_IDEMPOTENCY_KEY" "$ORC_DEADLINE" "$SECRET_KEY"\n')
    job = alice.client.post("/api/v1/jobs?wait=30", {"plugin_name": name}, 200).json()
    found = job["result"]
    assert (found["job"], found["attempt"], found["secret"]) == (str(job["id"]), "1", "")
    assert found["key"] and int(found["deadline"]) > 1_700_000_000


def test_a_second_attempt_succeeds_and_both_are_told(alice, new_plugin):
    name = new_plugin(SECOND_TIME, retry={"max_attempts": 3, "backoff_seconds": [1]})
    done = alice.client.finished(alice.client.submit(name, {})["id"])
    assert (done["status"], done["result"], done["error_message"]) == ("completed", {"attempt": 2}, None)
    attempts = alice.client.get(f"/api/v1/jobs/{done['id']}/attempts").json()["items"]
    assert [attempt["outcome"] for attempt in attempts] == ["failed", "succeeded"]
    assert attempts[0]["exit_code"] == 1 and attempts[1]["exit_code"] == 0
    assert all(attempt["isolation"] == "strict" for attempt in attempts)


def test_a_job_waiting_for_its_retry_is_queued_with_the_last_error(alice, new_plugin):
    name = new_plugin(EXIT % 1, retry={"max_attempts": 2, "backoff_seconds": [30]})
    job = alice.client.submit(name, {})

    def waits():
        now = alice.client.get(f"/api/v1/jobs/{job['id']}").json()
        return now if now["status"] == "queued" and now["error_message"] else None

    waiting = until(waits)
    assert "it went wrong" in waiting["error_message"] and waiting["started_at"] and waiting["completed_at"] is None
    alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


def test_bad_input_by_exit_65_is_never_tried_again(alice, new_plugin):
    done = alice.client.finished(alice.client.submit(new_plugin(EXIT % 65), {})["id"])
    assert done["status"] == "failed"
    assert alice.client.get(f"/api/v1/jobs/{done['id']}/attempts").json()["total"] == 1


def test_what_the_plugin_says_is_stored_by_line(alice, new_plugin):
    done = alice.client.finished(alice.client.submit(new_plugin(TALKATIVE), {})["id"])
    lines = alice.client.get(f"/api/v1/jobs/{done['id']}/logs").json()["items"]
    said = [(line["stream"], line["text"]) for line in lines if line["stream"] == "err"]
    assert said == [("err", "one"), ("err", "two")]
    assert [line["n"] for line in lines] == sorted({line["n"] for line in lines})
    text = alice.client.get(f"/api/v1/jobs/{done['id']}/logs?format=text")
    assert "one\n" in text.text and text.headers["Content-Type"].startswith("text/plain")


def test_a_run_that_outlasts_its_time_is_ended(alice, for_ever):
    job = alice.client.submit(for_ever, {}, timeout_seconds=1, max_attempts=1)
    done = alice.client.finished(job["id"])
    assert done["status"] == "failed" and "1 s" in done["error_message"]
