"""`orc model-stub` as its users see it: flags, recorded answers, faults, and many streams at once."""
import json
import selectors
import socket
import subprocess
import time

import pytest
from model_stub import ModelStub
from orc_server import ORC, clean_environment

FAST = ("--first-token", 0, "--tokens-per-second", 0)


def text_of(reply):
    assert reply.status_code == 200, reply.text
    return reply.json()["choices"][0]["message"]["content"]


def events_of(reply):
    lines = [line for line in reply.iter_lines(decode_unicode=True) if line]
    assert all(line.startswith("data: ") for line in lines), lines
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def run(*arguments):
    return subprocess.run([str(ORC), "model-stub", *arguments], capture_output=True, text=True, timeout=30, env=clean_environment(), check=False)


def test_recorded_answers_are_given_by_question_and_model(tmp_path):
    record = [{"match": "France", "model": "small", "answer": "Lyon"}, {"match": "France", "answer": "Paris"}]
    with ModelStub(*FAST, record=record, folder=tmp_path) as stub:
        assert text_of(stub.ask("The capital of France?", model="small")) == "Lyon"
        assert text_of(stub.ask("The capital of France?", model="large")) == "Paris"
        streamed = events_of(stub.ask("The capital of France?", stream=True, stream_options={"include_usage": True}))
        assert "".join(event["choices"][0]["delta"].get("content", "") for event in streamed[:-1]) == "Paris"
        assert streamed[-1]["usage"]["completion_tokens"] == 1
        assert stub.counts()["answered"] == 3


def test_one_seed_gives_two_processes_the_same_answers_and_faults():
    def all_of(seed):
        with ModelStub(*FAST, "--errors", 0.5, "--error-status", 429, "--retry-after", 2, "--seed", seed) as stub:
            replies = [stub.ask(f"question {i}") for i in range(20)]
            assert {reply.headers.get("Retry-After") for reply in replies if reply.status_code == 429} == {"2"}
            return [reply.status_code == 200 and text_of(reply) for reply in replies]

    first = all_of(1)
    assert all_of(1) == first
    assert all_of(2) != first
    assert False in first and any(first)


def test_only_named_models_exist_where_some_are_named():
    with ModelStub("--model", "small", "--model", "large") as stub:
        assert stub.ask("x", model="huge").json()["error"]["message"].startswith("The model 'huge' does not exist")


def test_hundreds_of_streams_are_open_at_once_and_none_is_late():
    streams, tokens, rate = 400, 20, 20
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "x"}]}).encode()
    request = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with ModelStub("--first-token", 500, "--tokens", tokens, "--tokens-per-second", rate) as stub, selectors.DefaultSelector() as selector:
        host, port = stub.url.removeprefix("http://").split(":")
        received = {}
        for _ in range(streams):
            client = socket.create_connection((host, int(port)))
            client.sendall(request)
            received[client] = b""
            selector.register(client, selectors.EVENT_READ)
        begun = time.monotonic()
        while received and time.monotonic() - begun < 30:
            for key, _ in selector.select(timeout=30):
                part = key.fileobj.recv(65536)
                received[key.fileobj] += part
                if not part:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    assert received.pop(key.fileobj).count(b'"content"') == tokens
        assert not received
        counts = stub.counts()
        assert counts["open_max"] == streams and counts["answered"] == streams and counts["open"] == 0


@pytest.mark.parametrize(("arguments", "told"), [
    (("--listen", "nowhere"), "--listen"),
    (("--record", "/nonexistent"), "--record"),
    (("--errors", "2"), "--errors"),
    (("--first-token", "-1"), "--first-token"),
])
def test_a_bad_setting_is_named(arguments, told):
    ended = run(*arguments)
    assert ended.returncode == 2, ended
    assert told in ended.stderr


def test_a_line_of_the_record_that_is_wrong_is_named(tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text('{"answer": "x"}\n{"match": "y"}\n')
    ended = run("--record", str(file))
    assert ended.returncode == 2
    assert "line 2" in ended.stderr


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert ended.returncode == 3
    assert ended.stderr.startswith("orc model-stub: ")
