"""Attack rows H1 to H5 and H11: bytes that two readers might understand differently. One answer, then the connection ends."""
import pytest
from raw_http import exchange, request_bytes

JSON = "Content-Type: application/json"
SMUGGLED = b"GET /api/v1/canary HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(*headers, body=b""):
    return request_bytes("POST", "/api/v1/auth/token", (JSON, *headers), body)


def held_to(answer, statuses, closes=True):
    assert answer.status in statuses, f"{answer.status} {answer.body[:200]!r}, expected {statuses}"
    if closes:
        assert answer.closed, "the connection stays open after an ambiguous request"
        assert not answer.rest, f"a second answer came: {answer.rest[:200]!r}"


H1 = {
    "both": (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "both, turned": (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "twice": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "twice in one": (b"Transfer-Encoding: chunked, chunked",),
    "identity first": (b"Transfer-Encoding: identity, chunked",),
    "chunked not last": (b"Transfer-Encoding: chunked, identity",),
    "comma first": (b"Transfer-Encoding: ,chunked",),
    "other word": (b"Transfer-Encoding: xchunked",),
    "nbsp": (b"Transfer-Encoding: \xa0chunked",),
    "vertical tab": (b"Transfer-Encoding: \x0bchunked",),
    "empty": (b"Transfer-Encoding: ",),
    "quoted": (b'Transfer-Encoding: "chunked"',),
    "gzip": (b"Transfer-Encoding: gzip, chunked",),
}


@pytest.mark.parametrize("case", H1)
def test_h1_framing_told_twice(server, case):
    answer = exchange(server.api, post(*H1[case], body=b"0\r\n\r\n" + SMUGGLED))
    held_to(answer, (400, 501))


H2 = ["+1", "1_0", "0x10", "", "1Z", "-48", "1 0", "１", "9" * 30, "1,1", "1;1", "1.0", "4\x004"]


@pytest.mark.parametrize("length", H2, ids=repr)
def test_h2_a_length_that_is_no_number(server, length):
    held_to(exchange(server.api, post(f"Content-Length: {length}".encode(), body=b"1234567890" + SMUGGLED)), (400, 413))


def test_h2_a_length_with_leading_zero_is_refused_or_ten(server):
    answer = exchange(server.api, post(b"Content-Length: 010", b"Connection: close", body=b"1234567890"))
    held_to(answer, (400, 401, 422))
    assert not answer.rest


def test_h2_two_different_lengths(server):
    held_to(exchange(server.api, post(b"Content-Length: 5", b"Content-Length: 6", body=b"123456" + SMUGGLED)), (400,))


CHUNKED = b"Transfer-Encoding: chunked"
H3 = {
    "0x5": b"0x5\r\nhello\r\n0\r\n\r\n",
    "5_": b"5_\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\nhello\r\n0\r\n\r\n",
    "seventeen digits": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "bare lf": b"5\nhello\n0\n\n",
    "bare lf in extension": b"5;a\nhello\r\n0\r\n\r\n",
    "long extension": b"5;" + b"a" * 65536 + b"\r\nhello\r\n0\r\n\r\n",
    "no end of chunk": b"5\r\nhelloX\r\n0\r\n\r\n",
    "space before size": b" 5\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", H3)
def test_h3_a_chunk_that_is_none(server, case):
    held_to(exchange(server.api, post(CHUNKED, body=H3[case] + SMUGGLED)), (400, 413))


H4 = {
    "space before colon": (b"X-A : b",),
    "folded": (b"X-A: b\r\n c",),
    "nul": (b"X-A: b\x00c",),
    "cr": (b"X-A: b\rc",),
    "no name": (b": b",),
    "byte in name": (b"X-\xc3\xa4: b",),
    "no colon": (b"X-A",),
    "control in name": (b"X-\x01A: b",),
}


@pytest.mark.parametrize("case", H4)
def test_h4_a_header_that_is_none(server, case):
    held_to(exchange(server.api, request_bytes(headers=H4[case]) + SMUGGLED), (400,))


def test_h4_white_space_before_the_first_header(server):
    held_to(exchange(server.api, b"GET /health HTTP/1.1\r\n\tHost: localhost\r\nHost: localhost\r\n\r\n" + SMUGGLED), (400,))


H5 = {
    "no host": b"GET /health HTTP/1.1\r\nX-A: b\r\n\r\n",
    "two hosts": b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "version": b"GET /health HTTP/1.32\r\nHost: localhost\r\n\r\n",
    "version word": b"GET /health HTTPS/1.1\r\nHost: localhost\r\n\r\n",
    "bang": b"GET ! HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "quote in method": b'G"ET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    "no version": b"GET /health\r\nHost: localhost\r\n\r\n",
    "two spaces": b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "control in target": b"GET /hea\x01lth HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bytes": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("case", H5)
def test_h5_a_request_line_or_host_that_is_none(server, case):
    held_to(exchange(server.api, H5[case] + SMUGGLED), (400, 505))


@pytest.mark.parametrize("method", ["TRACE", "BREW", "PATCH", "get"])
def test_h11_a_method_that_is_not_there(server, method):
    answer = exchange(server.api, request_bytes(method, "/health", (b"Connection: close",)))
    held_to(answer, (405, 400) if method == "get" else (405,), closes=False)
    assert answer.status == 400 or "GET" in answer.headers["allow"]


def test_the_registry_reads_as_strictly(server):
    held_to(exchange(server.registry, post(*H1["both"], body=b"0\r\n\r\n" + SMUGGLED)), (400, 501))


def test_a_decent_chunked_request_is_read(server):
    answer = exchange(server.api, post(CHUNKED, b"Connection: close", body=b'2\r\n{}\r\n0\r\n\r\n'))
    held_to(answer, (422,))


def test_pipelined_requests_are_answered_in_order(server):
    answer = exchange(server.api, request_bytes() * 3 + request_bytes(target="/nowhere", headers=(b"Connection: close",)))
    assert answer.status == 200
    assert answer.rest.count(b"HTTP/1.1 200") == 2 and answer.rest.count(b"HTTP/1.1 404") == 1
    assert answer.rest.rindex(b"HTTP/1.1 200") < answer.rest.index(b"HTTP/1.1 404")
