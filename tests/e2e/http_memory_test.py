"""What request bodies may hold in memory together, whatever clients promise and send."""
import contextlib
import hashlib
import re
import socket
import urllib.parse

import pytest
from client import Client, make_user, until

MIB = 1024 * 1024
BUDGET_MIB = 96  # 72 of them for bodies, 36 of those for one address
CLIENTS = 8


@contextlib.contextmanager
def upload(server, user, size, address="127.0.0.1"):
    """A connection from `address` that has announced a blob of `size` bytes, and what the server said to that: 100 or its refusal."""
    place = urllib.parse.urlsplit(server.api)
    head = (f"PUT /api/v1/blobs/{'0' * 64} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {user.client.token}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n")
    with socket.create_connection((place.hostname, place.port), timeout=60, source_address=(address, 0)) as connection:
        connection.sendall(head.encode())
        yield connection, answer_of(connection)


def answer_of(connection):
    said = b""
    while b"\r\n\r\n" not in said:
        part = connection.recv(65536)
        assert part, f"closed after {said!r}"
        said += part
    return said


def figure(anyone, name):
    return int(float(re.search(rf"^{re.escape(name)} (\S+)$", anyone.get("/metrics").text, re.MULTILINE).group(1)))


@pytest.fixture
def site(start_server, contract):
    server = start_server("--http-memory-mb", str(BUDGET_MIB))
    anyone = Client(server.api, contract)
    return server, anyone, make_user(anyone, "one@example.com")


def test_bodies_that_are_only_promised_hold_nothing(site):
    server, anyone, user = site
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(upload(server, user, 60 * MIB)) for _ in range(CLIENTS)]
        assert [said.split()[1] for _, said in opened] == [b"100"] * CLIENTS
        assert figure(anyone, "orc_http_held_bytes") == 0
        put_blob(user)


def put_blob(user):
    content = b"x" * (8 * MIB)
    target = "/api/v1/blobs/" + hashlib.sha256(content).hexdigest()
    user.client.request("PUT", target, 201, data=content, headers={"Content-Type": "application/octet-stream"})


def test_bodies_share_one_budget_over_all_connections(site):
    server, anyone, user = site
    before = server.resident_kib()
    with upload(server, user, 60 * MIB, "127.0.0.2") as (large, said):
        assert said.split()[1] == b"100"
        large.sendall(b"x" * (50 * MIB))
        until(lambda: figure(anyone, "orc_http_held_bytes") > 59 * MIB)
        with upload(server, user, 30 * MIB) as (_, refused):
            assert refused.split()[1] == b"503"
            assert re.search(rb"\r\nRetry-After: [1-9]", refused) and b"\r\nConnection: close" in refused and b"\r\nX-Request-Id: " in refused
        told = user.client.post_bytes("/api/v1/jobs:batch", b'{"jobs": [' + b" " * (15 * MIB) + b"]}", 503)
        assert "room" in told.json()["detail"] and told.headers["X-Content-Type-Options"] == "nosniff"
        anyone.get("/health")
        user.client.get("/api/v1/users/me", 200)  # the small ones have their own room
        assert figure(anyone, "orc_http_held_bytes") <= figure(anyone, "orc_http_held_bytes_max") == BUDGET_MIB * MIB
        assert figure(anyone, 'orc_http_connections_cut_total{reason="too_many_bytes"}') == 2
        assert server.resident_kib() - before < (BUDGET_MIB + 32) * 1024
    until(lambda: figure(anyone, "orc_http_held_bytes") == 0)
    put_blob(user)


def test_one_address_leaves_room_for_bodies_to_the_others(site):
    server, anyone, user = site
    with upload(server, user, 30 * MIB, "127.0.0.2") as (large, _), upload(server, user, 30 * MIB, "127.0.0.2") as (second, said):
        large.sendall(b"x" * (20 * MIB))
        until(lambda: figure(anyone, "orc_http_held_bytes") > 29 * MIB)
        assert said.split()[1] == b"100"
        second.sendall(b"x" * (10 * MIB))
        assert answer_of(second).split()[1] == b"503"
        put_blob(user)
