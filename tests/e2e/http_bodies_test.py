"""Attack rows H7, H9 and H10: too much, not JSON, not of the right type."""
import gzip
import itertools
import pathlib
import time

import pytest
from raw_http import exchange, request_bytes

MIB = 1024 * 1024
SUITE = pathlib.Path(__file__).resolve().parents[1] / "golden/json"
REFUSED_SECONDS_MAX = 0.010


def test_h7_an_input_of_a_mebibyte_is_taken_and_one_more_is_413(alice, echo):
    shell = b'{"plugin_name": "%s", "run_at": "2199-01-01T00:00:00Z", "input_data": {"a": "%%s"}}' % echo.encode()
    room = MIB - len('{"a": ""}')
    alice.client.post_bytes("/api/v1/jobs", shell % (b"x" * room), 202)
    for more, form in itertools.product((1, MIB // 4), (lambda body: body, lambda body: iter([body]))):
        refused = alice.client.post_bytes("/api/v1/jobs", form(shell % (b"x" * (room + more))), 413)
        assert "PUT /api/v1/blobs/{sha256}" in refused.json()["detail"] and "orc run --file" in refused.json()["detail"], "where files go"


def test_h7_a_promised_gibibyte_is_refused_before_it_is_sent(server, alice):
    token = alice.client.token.encode()
    headers = (b"Authorization: Bearer " + token, b"Content-Type: application/json", b"Content-Length: 1073741824", b"Expect: 100-continue")
    answer = exchange(server.api, request_bytes("POST", "/api/v1/jobs", headers))
    assert answer.status == 413, "not even one byte of the body was sent"


def test_h7_a_body_may_be_announced(server, alice, echo):
    body = b'{"plugin_name": "%s", "input_data": {}}' % echo.encode()
    headers = (b"Authorization: Bearer " + alice.client.token.encode(), b"Content-Type: application/json", b"Content-Length: %d" % len(body),
               b"Expect: 100-continue", b"Connection: close")
    answer = exchange(server.api, request_bytes("POST", "/api/v1/jobs", headers, body))
    assert answer.status == 202 or (answer.status == 100 and b"HTTP/1.1 202" in answer.rest)


def test_h7_an_encoded_body_is_not_unpacked(server, alice, echo):
    before = server.resident_kib()
    bomb = gzip.compress(b'{"plugin_name": "echo", "input_data": {"a": "' + b"0" * (64 * MIB) + b'"}}')
    answer = alice.client.request("POST", "/api/v1/jobs", 415, data=bomb, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert server.resident_kib() - before < 16 * 1024


NOT_JSON = {
    "nothing": b"",
    "word": b"hello",
    "cut": b'{"plugin_name": "echo"',
    "trailing comma": b'{"plugin_name": "echo",}',
    "trailing bytes": b'{"plugin_name": "echo"} x',
    "two documents": b'{"plugin_name": "echo"}{}',
    "single quotes": b"{'plugin_name': 'echo'}",
    "comment": b'{"plugin_name": "echo" /* x */}',
    "nan": b'{"plugin_name": "echo", "input_data": {"a": NaN}}',
    "leading zero": b'{"plugin_name": "echo", "input_data": {"a": 01}}',
    "plus": b'{"plugin_name": "echo", "input_data": {"a": +1}}',
    "dot": b'{"plugin_name": "echo", "input_data": {"a": 1.}}',
    "hex": b'{"plugin_name": "echo", "input_data": {"a": 0x1}}',
    "control in text": b'{"plugin_name": "echo", "input_data": {"a": "\n"}}',
    "bad escape": b'{"plugin_name": "echo", "input_data": {"a": "\\x41"}}',
    "lone surrogate": b'{"plugin_name": "echo", "input_data": {"a": "\\ud800"}}',
    "bad utf-8": b'{"plugin_name": "echo", "input_data": {"a": "\xff"}}',
    "overlong utf-8": b'{"plugin_name": "echo", "input_data": {"a": "\xc0\xaf"}}',
    "encoded surrogate": b'{"plugin_name": "echo", "input_data": {"a": "\xed\xa0\x80"}}',
    "bom": b'\xef\xbb\xbf{"plugin_name": "echo"}',
    "duplicate name": b'{"plugin_name": "echo", "plugin_name": "other"}',
    "duplicate name inside": b'{"plugin_name": "echo", "input_data": {"a": 1, "a": 2}}',
    "duplicate name by escape": b'{"plugin_name": "echo", "input_data": {"a": 1, "\\u0061": 2}}',
    "too large a number": b'{"plugin_name": "echo", "input_data": {"a": 1e400}}',
    "deep list": b'{"plugin_name": "echo", "input_data": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "deep object": b'{"plugin_name": "echo", "input_data": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "open lists": b"[" * 100_000,
    "nul": b'{"plugin_name": "echo"}\0',
}


@pytest.mark.parametrize("case", NOT_JSON)
def test_h9_what_is_not_strict_json_is_refused_at_once(alice, echo, case):
    assert refused_within(alice.client, NOT_JSON[case]) < REFUSED_SECONDS_MAX


def refused_within(client, body):
    """The shortest time of some tries: how busy the machine is says nothing about the server."""
    times = []
    while len(times) < 3 or (min(times) >= REFUSED_SECONDS_MAX and len(times) < 30):
        start = time.monotonic()
        answer = client.post_bytes("/api/v1/jobs", body)
        times.append(time.monotonic() - start)
        assert answer.status_code in (400, 422), answer.text
    return min(times)


def test_h9_what_json_test_suite_calls_no_json_is_refused_at_once(alice):
    documents = sorted(SUITE.glob("n_*.json"))
    assert len(documents) == 188
    slow = {file.name: seconds for file in documents if (seconds := refused_within(alice.client, file.read_bytes())) >= REFUSED_SECONDS_MAX}
    assert not slow


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_h9_a_body_that_is_no_object_is_422(alice, body):
    alice.client.post_bytes("/api/v1/jobs", body, 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "multipart/form-data",
                                  "json", "application/jsonx"])
def test_h10_another_media_type_is_415(alice, kind):
    alice.client.post_bytes("/api/v1/jobs", b'{"plugin_name": "echo"}', 415, content_type=kind)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_h10_json_by_any_of_its_names_is_read(alice, echo, kind):
    alice.client.post_bytes("/api/v1/jobs", b'{"plugin_name": "%s"}' % echo.encode(), 202, content_type=kind)


def test_h10_without_media_type_a_body_is_415_and_none_is_422(alice):
    alice.client.post_bytes("/api/v1/jobs", b'{"plugin_name": "echo"}', 415, content_type=None)
    alice.client.post_bytes("/api/v1/jobs", b"", 422, content_type=None)


def test_authentication_comes_before_the_body(anyone):
    anyone.post_bytes("/api/v1/jobs", b"not json", 401)
    anyone.post_bytes("/api/v1/jobs", b"x", 401, content_type="text/plain")
