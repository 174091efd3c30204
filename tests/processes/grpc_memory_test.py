"""Floods and bombs against a gRPC server are cut within a second, cost little time, and leave its memory as it was: 8 MiB more at most (frames by hand,
100,000 each; attack row O15)."""
import socket
import struct
import time

import pytest

from grpc_service import GrpcService

GROWTH_MAX_KIB = 8 * 1024
SECONDS_MAX, CPU_SECONDS_MAX = 1, 0.2
FRAMES = 100_000
ENHANCE_YOUR_CALM = 11
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04\x00" + bytes(4)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value




def call(path, *more):
    return (field(b":method", b"POST") + field(b":scheme", b"http") + field(b":path", path) + field(b":authority", b"a")
            + field(b"content-type", b"application/grpc") + b"".join(field(*one) for one in more))


GET_STATUS = b"/fleet.ray_executor.v1.RayExecutorService/GetStatus"
BLOCK = call(GET_STATUS)
# A handler would answer it; the others are refused before one is asked.
CALLS = {"": BLOCK, "_of_an_unknown_method": call(b"/fleet.ray_executor.v1.RayExecutorService/Unknown"),
         "_behind_its_deadline": call(GET_STATUS, (b"grpc-timeout", b"1n"))}


def rapid_reset(block):
    return lambda i: frame(1, 4, 2 * i + 1, block) + frame(3, 0, 2 * i + 1, struct.pack(">I", 8))


def made_you_reset(block):
    return lambda i: frame(1, 4, 2 * i + 1, block) + frame(8, 0, 2 * i + 1, struct.pack(">I", 0x7FFFFFFF))


FLOODS = {
    **{"rapid_reset" + name: rapid_reset(block) for name, block in CALLS.items()},
    **{"made_you_reset" + name: made_you_reset(block) for name, block in CALLS.items()},
    "continuation": lambda i: frame(1, 0, 1, BLOCK) if i == 0 else frame(9, 0, 1, field(b"x", b"y")),
    "ping": lambda i: frame(6, 0, 0, b"12345678"),
    "settings": lambda i: frame(4, 0, 0),
    "priority": lambda i: frame(2, 0, 2 * i + 1, bytes(5)),
    "empty_data": lambda i: frame(1, 4, 1, BLOCK) if i == 0 else frame(0, 0, 1),
}


def attack(port, frame_of):
    """What the server said until it closed; sending ends when it does."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        try:
            client.sendall(GREETING)
            for begin in range(0, FRAMES, 500):
                client.sendall(b"".join(frame_of(i) for i in range(begin, begin + 500)))
        except ConnectionError:
            pass  # it has closed already, which is what is asked of it
        try:
            while part := client.recv(65536):
                said += part
        except ConnectionError:
            pass  # likewise
    return said


def errors_in(said):
    """The error codes of the GOAWAY frames of what a server said."""
    codes = []
    while len(said) >= 9:
        length, kind = int.from_bytes(said[:3], "big"), said[3]
        if kind == 7:
            codes.append(int.from_bytes(said[13:17], "big"))
        said = said[9 + length:]
    return codes


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_cut_in_bounded_memory(name):
    service = GrpcService()
    attack(service.port, lambda i: frame(6, 0, 0, b"warm it!"))  # buffers and code that a first flood brings in
    before = service.resident_kib()
    seconds, used = [], []
    for _ in range(3):
        begun, had = time.monotonic(), service.cpu_seconds()
        said = attack(service.port, FLOODS[name])
        seconds.append(time.monotonic() - begun)
        used.append(service.cpu_seconds() - had)
        assert errors_in(said) == [ENHANCE_YOUR_CALM]
    assert min(seconds) <= SECONDS_MAX and max(used) <= CPU_SECONDS_MAX
    assert service.resident_kib() - before <= GROWTH_MAX_KIB
    service.stop()


def test_lengths_that_promise_much_take_nothing():
    service = GrpcService()
    attack(service.port, FLOODS["ping"])
    before = service.resident_kib()
    clients = []
    for _ in range(20):
        client = socket.create_connection(("127.0.0.1", service.port), timeout=20)
        client.sendall(GREETING + b"".join(frame(1, 4, 2 * i + 1, BLOCK) + frame(0, 0, 2 * i + 1, b"\0\0\x3f\xff\xff") for i in range(100)))
        clients.append(client)
    for client in clients:
        client.sendall(frame(6, 0, 0, b"answered"))
        said = b""
        while b"answered" not in said:
            said += client.recv(65536)
    assert service.resident_kib() - before <= GROWTH_MAX_KIB
    for client in clients:
        client.close()
    service.stop()
