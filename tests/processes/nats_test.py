"""Events of deliberations on a NATS server that is killed, restarted and wiped, and the same events on a deliberation's own stream (attack row R17)."""
import hashlib
import json
import subprocess
import time

import pytest
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit
from event_stream import EventStream
from model_stub import ModelStub
from orc_server import ORC, clean_environment

AGENTS = 2
# begun, phase, an answer of each agent, scores, ended
EVENTS = 4 + AGENTS


@pytest.fixture(name="server")
def _server(start_server, nats):
    return start_server(environment={"NATS_URL": nats.url})


@pytest.fixture(name="ada")
def _ada(server, contract):
    return make_user(Client(server.api, contract), "ada@example.com").client


def place_of(body):
    """Of which deliberation it is, and its number there."""
    at = body.get("metadata", body)
    return at.get("deliberation_id", body.get("deliberation_id")), at["n"]


def numbers(messages):
    """For each deliberation the numbers of its events, in the order in which they came for the first time."""
    found, seen = {}, {}
    for _, name, body in messages:
        assert seen.setdefault(name, body) == body, "one name for two events"
        deliberation_id, n = place_of(body)
        if n not in found.setdefault(deliberation_id, []):
            found[deliberation_id].append(n)
    return found


def is_complete(nats, ids):
    found = numbers(nats.kept())
    return all(found.get(one) == list(range(1, EVENTS + 1)) for one in ids)


def run_some(client, model, count):
    ids = [submit(client, deliberation(model, agents=AGENTS)) for _ in range(count)]
    for one in ids:
        assert ended(client, one)["status"] == "completed"
    return ids


def figure(client, name):
    return next(float(line.split()[1]) for line in client.get("/metrics").text.splitlines() if line.startswith(name + " "))


def test_nats_is_told_as_the_contract_says(nats, model, ada):
    [one] = run_some(ada, model, 1)
    until(lambda: is_complete(nats, [one]))
    messages = {body.get("payload", {}).get("type") or subject: (subject, name, body) for subject, name, body in nats.kept()}
    subject, name, start = messages["vllm_stream_start"]
    assert subject == f"vllm.streaming.{one}" and start["producer"] == "ray-executor-service"
    assert start["payload"]["agent_id"] == one and start["payload"]["status"] == "streaming" and start["payload"]["role"] == "DEV"
    assert name == start["idempotency_key"] == hashlib.sha256(f"vllm.streaming.vllm_stream_start:{one}:stream_event".encode()).hexdigest()
    _, name, end = messages["orchestration.deliberation.completed"]
    assert end["event_type"] == "deliberation.completed" and end["payload"]["status"] == "completed"
    assert end["payload"]["result"]["proposal"] == "eleven" and end["payload"]["task_id"] == "t"
    assert name == hashlib.sha256(f"deliberation.completed:{one}:deliberation_result".encode()).hexdigest()
    assert end["correlation_id"] == start["correlation_id"] and end["correlation_id"][14] == "4"
    _, _, response = messages["agent.response.completed"]
    assert response["proposal"] == {"content": "eleven"} and response["num_agents"] == AGENTS and response["success"] is True


def test_agents_are_called_as_their_user_likes_and_a_subject_as_nats_does(nats, ada, tmp_path):
    names = {"Dev Agent #1": "Dev_Agent_#1", "*.>": "___", "José": "José"}
    with ModelStub("--first-token", 5, "--tokens-per-second", 20, record=[{"answer": "one two three four five six seven eight nine ten"}], folder=tmp_path) as stub:
        agents = [{"id": name, "role": "DEV", "model": "m"} for name in names]
        one = submit(ada, deliberation(stub) | {"agents": agents, "per_agent_models": False})
        with EventStream(f"{ada.url}/api/v1/deliberations/{one}/stream", ada.token) as stream:
            assert {event.json["agent_id"] for event in stream if event.kind == "delta"} == set(names)
    until(lambda: any(body.get("event_type") == "deliberation.completed" for _, _, body in nats.kept()))
    told = {body["payload"]["agent_id"]: subject for subject, _, body in nats.kept() if subject.startswith("vllm.streaming.")}
    assert told == {name: f"vllm.streaming.{token}" for name, token in names.items()} | {one: f"vllm.streaming.{one}"}


def test_a_late_reader_of_the_stream_is_told_what_nats_was_told(nats, model, ada):
    [one] = run_some(ada, model, 1)
    until(lambda: is_complete(nats, [one]))
    url = f"{ada.url}/api/v1/deliberations/{one}/stream"
    with EventStream(url, ada.token) as stream:
        told = list(stream)
    assert [event.kind for event in told] == ["begin", "phase", *["proposal", "agent"] * AGENTS, *["score"] * AGENTS, "decision", "end"]
    assert [int(event.id) for event in told if event.id] == sorted(numbers(nats.kept())[one])
    assert told[-2].json["proposal"] == "eleven" and told[-1].json["status"] == "completed"
    with EventStream(url, ada.token, last=EVENTS - 1) as stream:
        assert [event.kind for event in stream] == ["decision", "end"]


def test_what_models_write_is_told_while_they_write(nats, ada, tmp_path):
    answer = " ".join(f"word{number}" for number in range(20))
    arrived = {}
    with ModelStub("--first-token", 20, "--tokens-per-second", 10, record=[{"answer": answer}], folder=tmp_path) as stub:
        one = submit(ada, deliberation(stub))
        with EventStream(f"{ada.url}/api/v1/deliberations/{one}/stream", ada.token) as stream:
            for event in stream:
                if event.kind in ("delta", "agent"):
                    arrived.setdefault(event.json["agent_id"], []).append((time.monotonic(), event))
    assert sorted(arrived) == ["a", "b"]
    until(lambda: any(body.get("event_type") == "deliberation.completed" for _, _, body in nats.kept()))
    kept = [body["payload"] for _, _, body in nats.kept() if body.get("payload", {}).get("type") == "vllm_stream_chunk"]
    for agent, events in arrived.items():
        *deltas, (answered_at, answered) = events
        texts = [event.json["text"] for _, event in deltas]
        assert {event.kind for _, event in deltas} == {"delta"} and answered.json["state"] == "answered"
        assert answered_at - deltas[0][0] >= 0.5, "it was told at the end only"
        assert answer.startswith("".join(texts)) and len("".join(texts)) >= len(answer) / 2
        assert 4 <= len(texts) <= answered.json["duration_ms"] / 250 + 1, "not more than four times a second"
        told = [(payload["chunk"], payload["text"]) for payload in kept if payload["agent_id"] == agent]
        assert told == list(enumerate(texts, 1))


def nats_detail(client):
    report = client.get("/health/ready").json()
    assert report["status"] == "ready"
    return report["checks"]["nats"]["detail"]


def test_no_event_is_missing_however_often_nats_is_killed_or_wiped(nats, model, server, ada):
    ids = run_some(ada, model, 3)
    until(lambda: is_complete(nats, ids))
    until(lambda: figure(ada, "orc_events_waiting") == 0)
    for times, wiped in enumerate((False, True, False), 1):
        nats.kill()
        count = 2 + times  # an answer about readiness holds for a moment: so this one is not that of the time before
        ids += run_some(ada, model, count)  # nothing waits for NATS
        until(lambda: figure(ada, "orc_events_connected") == 0)
        assert figure(ada, "orc_events_waiting") == count * EVENTS
        until(lambda: f"{count * EVENTS} events wait" in (detail := nats_detail(ada)) and "(NATS" in detail)  # it has tried, and says what came of it
        if wiped:
            nats.wipe()
        nats.start()
        until(lambda: is_complete(nats, ids))
        until(lambda: figure(ada, "orc_events_waiting") == 0)
        until(lambda: len(server.events("events are published")) == 1 + times)  # told once for each time
    assert figure(ada, "orc_events_repeats_total") == 1
    assert server.events("events wait, as they cannot be published"), "the log says it, though not more than once a minute"


def test_events_are_published_again_for_who_has_lost_them(nats, model, server, ada):
    ids = run_some(ada, model, 2)
    until(lambda: is_complete(nats, ids))
    kept = nats.kept()
    with nats.watch() as watch:
        done = subprocess.run([ORC, "events", "replay", "--since", "0", "--data-dir", server.data_dir], check=False, capture_output=True, text=True,
                              env=clean_environment())
        assert done.returncode == 0 and done.stdout == f"{2 * EVENTS} events are published again\n", done.stderr
        assert sorted(watch.names(2 * EVENTS)) == sorted(name for _, name, _ in kept)
    assert nats.kept() == kept, "the stream knows them by their names"


def test_a_server_that_was_killed_publishes_what_it_had_stored(nats, model, start_server, server, ada, tmp_path):
    nats.kill()
    ids = run_some(ada, model, 2)
    server.kill()
    nats.start()
    start_server(data_dir=server.data_dir, environment={"NATS_URL": nats.url})
    until(lambda: is_complete(nats, ids))


def doctor(nats):
    done = subprocess.run([ORC, "doctor", "--json"], check=False, capture_output=True, text=True, timeout=60, env=clean_environment({"NATS_URL": nats.url}))
    return next(check for check in json.loads(done.stdout)["checks"] if check["subject"] == "nats")


def test_a_stream_of_others_that_keeps_only_a_part_is_named_until_it_is_gone(nats, model, start_server, contract):
    nats.make_stream("THEIRS", "vllm.streaming.agent-1")
    server = start_server(environment={"NATS_URL": nats.url})
    ada = make_user(Client(server.api, contract), "ada@example.com").client
    ids = run_some(ada, model, 1)
    words = ("THEIRS", "vllm.streaming.agent-1", "vllm.streaming.>")
    until(lambda: all(word in ada.get("/health/ready").json()["checks"]["nats"]["detail"] for word in words))
    assert all(word in str(server.events("events wait, as they cannot be published")) for word in words)
    found = doctor(nats)
    assert found["verdict"] == "fail" and found["advice"] and all(word in found["found"] for word in words)
    nats.remove_stream("THEIRS")
    until(lambda: is_complete(nats, ids))
    assert doctor(nats)["verdict"] == "ok"


def test_doctor_says_that_nats_is_away(nats):
    nats.kill()
    assert doctor(nats)["verdict"] == "warn"
    nats.start()


def test_without_nats_the_stream_is_told_all_the_same(start_server, model, contract):
    server = start_server()
    ada = make_user(Client(server.api, contract), "ada@example.com").client
    [one] = run_some(ada, model, 1)
    with EventStream(f"{server.api}/api/v1/deliberations/{one}/stream", ada.token) as stream:
        assert [event.kind for event in stream][-1] == "end"
    assert "nats" not in ada.get("/health/ready").json()["checks"]
    assert json.dumps(ada.get("/metrics").text).count("orc_events_waiting ") == 0
