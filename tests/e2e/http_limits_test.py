"""Attack row H6 and slow clients: whatever comes in has a bound, and everybody else is served meanwhile."""
import concurrent.futures
import time

import pytest
from raw_http import exchange, request_bytes

SLOW_SECONDS_MAX = 20  # contract: closed within 15 s, plus the sweep
CLIENTS = 20


def test_h6_a_long_request_line_is_414(server):
    assert exchange(server.api, request_bytes(target="/" + "a" * 65536)).status == 414


@pytest.mark.parametrize("headers", [[f"X-{n}: a" for n in range(200)], ["X-A: " + "a" * 65536]], ids=["many", "large"])
def test_h6_too_many_headers_are_431(server, headers):
    assert exchange(server.api, request_bytes(headers=headers)).status == 431


@pytest.mark.parametrize(("request_", "status"), [
    (request_bytes(target="/" + "a" * 65536), 414),
    (request_bytes(headers=["X-A: " + "a" * 65536]), 431),
    (request_bytes(headers=["Transfer-Encoding: gzip"]), 501),
    (request_bytes(method="POST", target="/api/v1/auth/token", headers=["Content-Type: application/json", "Content-Length: 999999"]), 413),
], ids=["414", "431", "501", "413"])
def test_refusals_of_every_kind_have_what_all_answers_have(server, request_, status):
    answer = exchange(server.api, request_)
    assert answer.status == status
    assert answer.headers["x-request-id"] and answer.headers["x-content-type-options"] == "nosniff"


def test_h6_a_thousand_pipelined_requests_are_answered_in_order(server):
    answer = exchange(server.api, request_bytes() * 999 + request_bytes(headers=("Connection: close",)))
    assert answer.status == 200 and answer.closed
    assert answer.rest.count(b"HTTP/1.1 200") == 999


def test_a_slow_head_is_cut_while_others_are_served(server, anyone):
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        start = time.monotonic()
        slow = [pool.submit(exchange, server.api, b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A", SLOW_SECONDS_MAX) for _ in range(CLIENTS)]
        while not all(one.done() for one in slow):
            asked = time.monotonic()
            anyone.get("/health")
            assert time.monotonic() - asked < 5
            concurrent.futures.wait(slow, timeout=0.5)
        assert all(one.result().status == 408 and one.result().closed for one in slow)
        assert time.monotonic() - start < SLOW_SECONDS_MAX
