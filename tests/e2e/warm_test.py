"""Plugins of mode warm: processes that stay up and are sent one request after another."""
import json
import pathlib
import shutil
import subprocess
import time
import uuid

import plugin_package
import pytest
from client import until
from event_stream import EventStream
from orc_server import ORC, clean_environment
from set_up import needs_one_process, needs_sqlite

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
SDK = (PLUGINS / "sdk/python/orc_plugin.py").read_text()
PYTHON = ["/usr/bin/python3", "-E", "-s", "-S", "-B", "main.py"]

# Does what its input says, and tells which process did it.
ACTOR = """
import os, signal, sys, time
from orc_plugin import BadInput, Failure, serve

def act(document, context):
    what = document.get("do", "echo")
    if what == "exit":
        print("it went down", file=sys.stderr, flush=True)
        os._exit(3)
    if what == "fail":
        raise Failure("it failed")
    if what == "bad":
        raise BadInput("it is bad")
    if what == "hang":
        context.progress(0.5, "hangs")
        signal.pause()
    if what == "large":
        return "x" * 5_000_000
    if what == "memory":
        return len(bytearray(10**9))
    if what == "work":
        held = bytearray(60_000_000)
        until = time.process_time() + 0.25
        while time.process_time() < until:
            pass
    if what == "hold":
        kept.append(b"x" * (170 << 20))
    if what == "nan":
        return float("nan")
    if what == "talk":
        context.log("one")
        print("two", file=sys.stderr, flush=True)
        print("three")
    return {"pid": START, "job": context.variables["ORC_JOB_ID"], "secret": os.environ.get("SECRET"), "n": document.get("n")}

kept = []
START = "%d-%f" % (os.getpid(), time.time())
serve(act)
"""


def upload(client, name, program=ACTOR, **fields):
    files = {"plugin.json": json.dumps(plugin_package.manifest(name, command=PYTHON, mode="warm", **fields)), "main.py": program, "orc_plugin.py": SDK}
    client.request("PUT", f"/api/v1/plugins/{name}/package", 201, data=plugin_package.tar_of(files), headers={"Content-Type": "application/x-tar"})
    return name


@pytest.fixture(name="actor")
def _actor(admin):
    """Makes a warm plugin of a name of its own."""
    def make(program=ACTOR, limits=None, **fields):
        name = f"warm-{uuid.uuid4().hex[:12]}"
        return upload(admin.client, name, program, limits={"timeout_seconds": 20, "grace_seconds": 1} | (limits or {}), **fields)

    return make


def batch(client, plugin, inputs, **fields):
    jobs = [{"plugin_name": plugin, "input_data": document, **fields} for document in inputs]
    return [job["id"] for job in client.post("/api/v1/jobs:batch", {"jobs": jobs}, 202).json()["items"]]


def results(client, ids):
    return [client.finished(job)["result"] for job in ids]


def test_one_process_answers_many_jobs_of_one_owner(alice, bob, actor):
    plugin = actor(warm={"in_flight": 4})
    answers = results(alice.client, batch(alice.client, plugin, [{"n": n} for n in range(50)]))
    assert [answer["n"] for answer in answers] == list(range(50))
    assert len({answer["pid"] for answer in answers}) == 1
    job = bob.client.submit(plugin, {})
    answer = bob.client.finished(job["id"])["result"]
    assert answer["pid"] not in {one["pid"] for one in answers}, "another owner's jobs are another process's"
    assert answer["job"] == str(job["id"])


def test_all_share_a_process_where_the_plugin_says_so(alice, bob, actor):
    plugin = actor(warm={"share": "all"})
    both = [user.client.finished(user.client.submit(plugin, {})["id"])["result"]["pid"] for user in (alice, bob)]
    assert len(set(both)) == 1


def test_bytes_pass_as_they_came(alice, actor):
    plugin = actor("import sys, json\nprint('{\"ready\": true}', flush=True)\n"
                   "for line in sys.stdin:\n  i = json.loads(line)['id']\n  print('{\"id\":%d, \"output\": { \"price\" :0.870, \"e\": 1E+2} }' % i, flush=True)\n")
    job = alice.client.submit(plugin, {})
    alice.client.finished(job["id"])
    assert '{ "price" :0.870, "e": 1E+2}' in alice.client.get(f"/api/v1/jobs/{job['id']}").text


def test_a_failure_costs_an_attempt_bad_input_is_never_tried_again_and_the_process_goes_on(alice, actor):
    plugin = actor(retry={"max_attempts": 2, "backoff_seconds": [0]})
    before = alice.client.finished(alice.client.submit(plugin, {})["id"])["result"]["pid"]
    failed = alice.client.finished(alice.client.submit(plugin, {"do": "fail"})["id"])
    assert failed["status"] == "failed" and failed["error_message"] == "it failed" and failed["attempts"] == 2
    bad = alice.client.finished(alice.client.submit(plugin, {"do": "bad"})["id"])
    assert bad["status"] == "failed" and bad["error_message"] == "it is bad" and bad["attempts"] == 1
    assert alice.client.finished(alice.client.submit(plugin, {})["id"])["result"]["pid"] == before


@pytest.mark.parametrize("what, words, outcome", [
    ("exit", "exit code 3: it went down", "failed"),
    ("large", "output too large", "output_rejected"),
    ("memory", "out of memory", "out_of_memory"),
])
def test_only_the_job_that_brings_its_process_down_fails(alice, actor, what, words, outcome):
    plugin = actor(warm={"in_flight": 8}, retry={"max_attempts": 1}, limits={"memory_mb": 100})
    ids = batch(alice.client, plugin, [{"n": n} if n != 10 else {"do": what} for n in range(20)])
    jobs = [alice.client.finished(job) for job in ids]
    assert [job["status"] for job in jobs] == ["failed" if n == 10 else "completed" for n in range(20)]
    assert words in jobs[10]["error_message"]
    assert {job["attempts"] for job in jobs} == {1}, "nobody else paid"
    attempts = alice.client.get(f"/api/v1/jobs/{ids[10]}/attempts").json()["items"]
    assert [attempt["outcome"] for attempt in attempts] == [outcome]


# Answers, does what is wrong, and never reads again.
ANSWERS_AND = """
import json, os, select, sys
print('{"ready": true}', flush=True)
request = json.loads(sys.stdin.readline())
answer = json.dumps({"id": request["id"], "output": request["input"]["n"]}) + "\\n"
"""


@pytest.mark.parametrize("then", [
    "os.write(1, (answer + 'no answer\\n').encode())",
    "os.write(1, (answer + answer).encode())",
    "os.write(1, answer.encode()); select.select([0], [], []); os.write(1, b'no answer\\n')",  # before it reads what has come
], ids=["at_once", "twice", "later"])
def test_nobody_pays_for_what_a_process_says_beside_an_answer(alice, actor, then):
    plugin = actor(ANSWERS_AND + then + "\nsys.stdin.read()\n", retry={"max_attempts": 1})
    assert results(alice.client, batch(alice.client, plugin, [{"n": n} for n in range(20)])) == list(range(20))


def test_nobody_pays_for_a_process_that_ends_between_two_answers(alice, actor):
    plugin = actor(ANSWERS_AND + "os.write(1, answer.encode())\n", retry={"max_attempts": 1})
    ids = batch(alice.client, plugin, [{"n": n} for n in range(10)])
    assert results(alice.client, ids) == list(range(10))
    assert {job["attempts"] for job in (alice.client.get(f"/api/v1/jobs/{one}").json() for one in ids)} == {1}


def test_no_job_goes_to_a_process_that_is_being_ended(alice, actor):
    plugin = actor("import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: print('asked', file=sys.stderr, flush=True))\n"
                   + ACTOR.replace("signal.pause()", "[signal.pause() for _ in range(9)]"),
                   warm={"in_flight": 2}, retry={"max_attempts": 1}, limits={"timeout_seconds": 3, "grace_seconds": 30})
    hanging = alice.client.submit(plugin, {"do": "hang"})["id"]
    until(lambda: "asked" in alice.client.get(f"/api/v1/jobs/{hanging}/logs").text)
    assert alice.client.finished(alice.client.submit(plugin, {"n": 1})["id"])["result"]["n"] == 1
    assert alice.client.get(f"/api/v1/jobs/{hanging}").json()["status"] == "processing", "which the other did not wait for"
    alice.client.post(f"/api/v1/jobs/{hanging}/cancel", None, 202)


def test_of_those_in_a_process_that_hangs_only_the_one_that_hangs_alone_times_out(alice, actor):
    plugin = actor(warm={"in_flight": 4}, retry={"max_attempts": 1}, limits={"timeout_seconds": 2})
    ids = batch(alice.client, plugin, [{"do": "hang"}, {"n": 1}, {"n": 2}])
    jobs = [alice.client.finished(job) for job in ids]
    assert [job["status"] for job in jobs] == ["failed", "completed", "completed"]
    assert jobs[0]["error_message"] == "timed out after 2 s"


def test_an_answer_does_not_wait_for_the_next_one_to_be_found(alice, actor):
    plugin = actor(warm={"in_flight": 4, "processes_max": 1})
    alice.client.finished(alice.client.submit(plugin, {})["id"])  # the process is up, so that all of these come to it together
    *quick, hanging = batch(alice.client, plugin, [{"n": 1}, {"n": 2}, {"do": "hang"}])
    assert [answer["n"] for answer in results(alice.client, quick)] == [1, 2]
    assert alice.client.get(f"/api/v1/jobs/{hanging}").json()["status"] in ("queued", "processing")
    alice.client.post(f"/api/v1/jobs/{hanging}/cancel", None, 202)


@pytest.mark.parametrize("mode", ["once", "warm"])
def test_the_example_in_cpp_counts_and_logs_in_both_modes(server, admin, tmp_path, mode):
    for part in ("sdk", "example-primes"):
        shutil.copytree(PLUGINS / part, tmp_path / part)
    folder = tmp_path / "example-primes"
    described = json.loads((folder / "plugin.json").read_text()) | {"name": f"primes-{mode}", "mode": mode}
    (folder / "plugin.json").write_text(json.dumps(described))
    subprocess.run([ORC, "plugin", "add", folder, "--url", server.api, "--token", admin.client.token], check=True, env=clean_environment(None), timeout=60)
    job = admin.client.submit(f"primes-{mode}", {"below": 1e6})
    with EventStream(f"{server.api}/api/v1/jobs/{job['id']}/logs/stream", admin.client.token) as stream:
        lines = [event.json["text"] for event in stream if event.kind == "line"]
    assert lines == ["the last one is 999983"] and admin.client.finished(job["id"])["result"] == {"primes": 78498}


def test_a_queued_and_a_running_request_are_cancelled(alice, actor):
    plugin = actor()
    running, waiting = batch(alice.client, plugin, [{"do": "hang"}, {"n": 1}])
    alice.client.in_status(running, "processing")
    for job in (waiting, running):
        alice.client.post(f"/api/v1/jobs/{job}/cancel", None, 202)
        assert alice.client.finished(job)["status"] == "cancelled"
    started = time.monotonic()
    assert alice.client.finished(alice.client.submit(plugin, {"n": 5})["id"])["result"]["n"] == 5
    assert time.monotonic() - started < 5, "the process of the cancelled one was ended, and another took its place"


def test_who_is_cancelled_beside_others_takes_nobody_along_but_its_process_which_the_others_leave(alice, actor):
    plugin = actor(warm={"in_flight": 4}, retry={"max_attempts": 1}, limits={"timeout_seconds": 60})
    before = alice.client.finished(alice.client.submit(plugin, {})["id"])["result"]["pid"]
    hanging, *others = batch(alice.client, plugin, [{"do": "hang"}, {"n": 1}, {"n": 2}])
    until(lambda: alice.client.get(f"/api/v1/jobs/{hanging}").json()["progress"])
    alice.client.post(f"/api/v1/jobs/{hanging}/cancel", None, 202)
    assert alice.client.finished(hanging)["status"] == "cancelled"
    jobs = [alice.client.finished(job) for job in others]
    assert [(job["result"]["n"], job["attempts"]) for job in jobs] == [(1, 1), (2, 1)], "which waited in it behind the one that hung"
    assert {job["result"]["pid"] for job in jobs}.isdisjoint({before})


# Tells each that it is here, and answers all once there are three.
IN_THREES = """
import json, os, sys
print('{"ready": true}', flush=True)
waiting = []
for line in sys.stdin:
    waiting.append(json.loads(line)["id"])
    print(json.dumps({"id": waiting[-1], "progress": 0.5}), flush=True)
    if len(waiting) == 3:
        print("\\n".join(json.dumps({"id": one, "output": os.getpid()}) for one in waiting), flush=True)
        waiting.clear()
"""


def test_who_is_cancelled_beside_others_and_answers_soon_costs_nobody_the_process(alice, actor):
    plugin = actor(IN_THREES, warm={"in_flight": 4, "processes_max": 1}, retry={"max_attempts": 1}, limits={"timeout_seconds": 15})
    for _ in range(5):
        cancelled, second = batch(alice.client, plugin, [{}, {}])
        until(lambda: all(alice.client.get(f"/api/v1/jobs/{job}").json()["progress"] for job in (cancelled, second)))
        at = time.monotonic()
        alice.client.post(f"/api/v1/jobs/{cancelled}/cancel", None, 202)
        third = alice.client.submit(plugin, {})["id"]
        is_soon = time.monotonic() - at < 0.3  # of the second in which it may answer
        processes = set(results(alice.client, [second, third]))
        if is_soon:
            break
    else:
        pytest.skip("nothing is done within a second here")
    assert len(processes) == 1 and None not in processes
    assert alice.client.get(f"/api/v1/jobs/{cancelled}").json()["status"] == "cancelled"
    while time.monotonic() - at < 2:
        assert set(results(alice.client, batch(alice.client, plugin, [{}, {}, {}]))) == processes, "nobody ended it"


def test_the_log_of_a_job_is_what_it_said_and_standard_error_while_it_was_alone(alice, actor):
    job = alice.client.submit(actor(), {"do": "talk"})
    alice.client.finished(job["id"])
    lines = alice.client.get(f"/api/v1/jobs/{job['id']}/logs").json()["items"]
    assert sorted(line["text"] for line in lines) == ["one", "three", "two"]


def usage_of(client, job):
    (attempt,) = client.get(f"/api/v1/jobs/{job}/attempts").json()["items"]
    return attempt["usage"]


def test_a_job_that_was_alone_in_its_process_is_told_what_it_used_and_others_only_how_long_they_took(alice, actor):
    plugin = actor(warm={"in_flight": 2}, limits={"memory_mb": 256})
    alice.client.finished(alice.client.submit(plugin, {})["id"])
    used = {}
    for what in ("work", "echo"):
        job = alice.client.submit(plugin, {"do": what})
        alice.client.finished(job["id"])
        used[what] = usage_of(alice.client, job["id"])
    assert used["work"]["cpu_seconds"] >= 0.2 > used["echo"]["cpu_seconds"]
    assert used["work"]["peak_bytes"] >= 60_000_000 > used["echo"]["peak_bytes"] > 1_000_000, "what it held before is no part of the next one's"
    assert used["work"]["wall_seconds"] >= used["work"]["cpu_seconds"] - 0.02
    assert used["work"]["bytes_in"] == len('{"do": "work"}') and used["work"]["bytes_out"] > 10
    # The kit serves one after the other: the second waits in the process with the first.
    both = batch(alice.client, plugin, [{"do": "work"}, {"do": "work"}])
    for job in both:
        alice.client.finished(job)
        usage = usage_of(alice.client, job)
        assert usage["cpu_seconds"] is None and usage["peak_bytes"] is None and usage["wall_seconds"] > 0.1


@needs_one_process("what runs used is counted in the metrics of its process")
def test_what_jobs_of_a_process_that_stays_up_used_is_counted(alice, actor):
    alice.client.finished(alice.client.submit(actor(), {"do": "work"})["id"])
    assert float(next(line for line in alice.client.get("/metrics").text.splitlines() if line.startswith("orc_attempts_cpu_seconds_total")).split()[1]) >= 0.2


def test_a_program_that_does_not_become_ready_fails_the_job_with_what_it_said(alice, actor):
    plugin = actor("import sys\nsys.exit('no model here')\n", retry={"max_attempts": 1})
    done = alice.client.finished(alice.client.submit(plugin, {})["id"])
    assert done["status"] == "failed" and done["error_message"] == "the warm process ended before it was ready, exit code 1: no model here"
    late = actor("import signal\nsignal.pause()\n", retry={"max_attempts": 1}, warm={"start_seconds": 1})
    done = alice.client.finished(alice.client.submit(late, {})["id"])
    assert done["error_message"].startswith('the warm process was not ready within warm.start_seconds 1: it printed no {"ready": true} line')
    assert 'a program that ends after one input is "mode": "once"' in done["error_message"]


def test_the_time_that_a_process_takes_to_start_is_no_part_of_the_jobs_time(alice, actor):
    plugin = actor("import threading\nthreading.Event().wait(2)\n" + ACTOR, limits={"timeout_seconds": 1})
    assert alice.client.finished(alice.client.submit(plugin, {"n": 1})["id"])["status"] == "completed"


def test_a_process_is_replaced_after_its_number_of_requests(alice, actor):
    plugin = actor(warm={"requests_max": 5})
    answers = results(alice.client, batch(alice.client, plugin, [{"n": n} for n in range(12)]))
    assert len({answer["pid"] for answer in answers}) == 3


@pytest.mark.parametrize("line", ["no answer", '{"id": 999, "output": 1}', '{"id": %d}', '{"ready": true}'])
def test_who_says_what_is_no_answer_is_ended(alice, actor, line):
    program = f"""
import sys, json
print('{{"ready": true}}', flush=True)
for line in sys.stdin:
  request = json.loads(line)
  text = {line!r}
  if request["input"].get("wrong"): print(text % request["id"] if "%d" in text else text, flush=True)
  else: print(json.dumps({{"id": request["id"], "output": 1}}), flush=True)
"""
    plugin = actor(program, retry={"max_attempts": 1})
    done = alice.client.finished(alice.client.submit(plugin, {"wrong": True})["id"])
    assert done["status"] == "failed" and "the warm process" in done["error_message"] or "no answer" in done["error_message"]
    assert alice.client.finished(alice.client.submit(plugin, {})["id"])["result"] == 1


def test_the_examples_answer_the_same_in_both_modes(alice, admin, examples):
    """What the two shipped plugins print for the same inputs, run once each and warm."""
    cases = {"example-classifier": [{"features": [1.0, 2.0, 6.0]}, {"features": [2.0]}, {"features": []}],
             "example-processor": [{"data": [1, 2, 3]}, {"data": [1, 2, 6], "operation": "average"}, {"data": []}]}
    for name in examples:
        folder = PLUGINS / name
        described = json.loads((folder / "plugin.json").read_text()) | {"name": f"{name}-warm", "mode": "warm", "retry": {"max_attempts": 1}}
        files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} | {"plugin.json": json.dumps(described)}
        admin.client.request("PUT", f"/api/v1/plugins/{name}-warm/package", None, data=plugin_package.tar_of(files),
                             headers={"Content-Type": "application/x-tar"})
        for document in cases[name]:
            told = []
            for plugin in (name, f"{name}-warm"):
                job = alice.client.post("/api/v1/jobs", {"plugin_name": plugin, "input_data": document, "max_attempts": 1}, 202).json()
                done = alice.client.finished(job["id"])
                told.append((done["status"], done["result"], done["error_message"]))
            assert told[0] == told[1]


def test_what_is_no_json_fails_its_job_and_its_process_goes_on(alice, actor):
    name = actor()
    first, bad = alice.client.submit(name, {})["id"], alice.client.submit(name, {"do": "nan"}, max_attempts=1)["id"]
    assert "not JSON compliant" in alice.client.finished(bad)["error_message"]
    assert alice.client.finished(alice.client.submit(name, {})["id"])["result"]["pid"] == alice.client.finished(first)["result"]["pid"]


@needs_one_process("its ends are counted in the metrics of its process")
def test_idle_processes_give_way_where_their_memory_is_needed(start_server, contract):
    from client import Client, make_user
    server = start_server("--worker-memory-mb", "2000")
    user = make_user(Client(server.api, contract), "admin@example.com").client
    first, second = [upload(user, name, limits={"memory_mb": 900}) for name in ("first", "second")]
    pids = [user.finished(user.submit(plugin, {})["id"])["result"]["pid"] for plugin in (first, second)]
    files = {"plugin.json": json.dumps(plugin_package.manifest("large", command=["/bin/sh", "-c", "echo '{}'"], limits={"memory_mb": 1000}))}
    user.request("PUT", "/api/v1/plugins/large/package", 201, data=plugin_package.tar_of(files), headers={"Content-Type": "application/x-tar"})
    assert user.finished(user.submit("large", {})["id"])["status"] == "completed"
    assert 'orc_warm_processes_ended_total{reason="make_room"} 1' in user.get("/metrics").text, "the run did not begin before it had room"
    assert user.finished(user.submit(second, {})["id"])["result"]["pid"] == pids[1], "there was room enough without the one that was idle for longest"
    third = upload(user, "third", limits={"memory_mb": 1500})
    assert user.finished(user.submit(third, {})["id"])["status"] == "completed"
    assert user.finished(user.submit(second, {})["id"])["result"]["pid"] != pids[1], "it had to go for another that stays up"


@needs_one_process("its ends are counted in the metrics of its process")
def test_an_idle_process_is_ended(start_server, contract):
    from client import Client, make_user
    server = start_server()
    user = make_user(Client(server.api, contract), "admin@example.com").client
    plugin = upload(user, "short-lived", warm={"idle_seconds": 1})
    first = user.finished(user.submit(plugin, {})["id"])["result"]["pid"]
    assert user.finished(user.submit(plugin, {})["id"])["result"]["pid"] == first
    until(lambda: 'orc_warm_processes_ended_total{reason="idle"} 1' in user.get("/metrics").text)
    assert user.finished(user.submit(plugin, {})["id"])["result"]["pid"] != first


@needs_one_process("its ends are counted in the metrics of its process")
@needs_sqlite("an account without rights may not reach the tests' PostgreSQL")
@pytest.mark.parametrize("says", ["its cgroup", "itself"])
def test_a_process_that_has_come_to_hold_much_of_its_memory_is_replaced(start_server, start_as_nobody, contract, says):
    from client import Client, make_user
    server = start_server() if says == "its cgroup" else start_as_nobody("--isolation", "container")
    user = make_user(Client(server.api, contract), "admin@example.com").client
    plugin = upload(user, "grows", limits={"memory_mb": 200})
    first = user.finished(user.submit(plugin, {"do": "hold"})["id"])["result"]["pid"]
    until(lambda: 'orc_warm_processes_ended_total{reason="memory"} 1' in user.get("/metrics").text)
    assert user.finished(user.submit(plugin, {})["id"])["result"]["pid"] != first
    until(lambda: 'orc_warm_processes{state="idle"} 1' in user.get("/metrics").text)
    assert 'orc_warm_processes_ended_total{reason="memory"} 1' in user.get("/metrics").text, "the new one holds little"


@needs_one_process("its processes are counted in the metrics of its process")
def test_processes_come_with_the_queue_and_one_plugin_does_not_take_every_slot(start_server, contract):
    from client import Client, make_user
    server = start_server("--workers", "4")
    user = make_user(Client(server.api, contract), "admin@example.com").client
    hangs = upload(user, "hangs", warm={"processes_max": 3}, limits={"timeout_seconds": 60, "grace_seconds": 0})
    other = upload(user, "other")
    jobs = batch(user, hangs, [{"do": "hang"}] * 9)
    until(lambda: 'orc_warm_processes{state="busy"} 3' in user.get("/metrics").text)
    assert user.finished(user.submit(other, {"n": 7})["id"])["result"]["n"] == 7, "it has a place beside them"
    assert 'orc_warm_processes{state="busy"} 3' in user.get("/metrics").text, "never more than processes_max"
    for job in jobs:
        user.post(f"/api/v1/jobs/{job}/cancel", expect=202)
    until(lambda: 'orc_warm_processes{state="busy"} 0' in user.get("/metrics").text)
