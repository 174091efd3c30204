"""Bytes on a socket, for what no decent client would send."""
import dataclasses
import re
import socket
import urllib.parse

from contract import HeldAnswer, the_contract

ANSWER_SECONDS_MAX = 60  # for a whole answer, and for a close that it announces, on a busy machine
REFUSED_BEFORE_THE_PATH = (400, 408, 411, 413, 417, 431, 501, 505)  # by the server of HTTP, whatever was asked for
QUIET_SECONDS = 2  # after a whole answer: what has not come by then will not come


@dataclasses.dataclass
class RawAnswer:
    status: int
    headers: dict  # names in lower case; of repeated ones the last
    body: bytes
    closed: bool  # the server closed after it
    rest: bytes  # whatever came after it


def may_be_all(received):
    """Whether the first answer is there to its last byte, and none says that the server will close."""
    head, end, rest = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    if b"\r\nconnection: close" in received.lower():
        return False
    return bool(end) and not head.startswith(b"HTTP/1.1 1") and len(rest) >= int(length.group(1) if length else 0)


def exchange(url, request, answer_seconds=ANSWER_SECONDS_MAX):
    """Sends `request`, reads until the server closes, or says nothing more after a whole answer. Returns the first answer."""
    host = urllib.parse.urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=ANSWER_SECONDS_MAX) as connection:
        received, closed = b"", False
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end of a large request; the answer is still there to read
        try:
            while True:
                connection.settimeout(QUIET_SECONDS if may_be_all(received) else answer_seconds)
                part = connection.recv(65536)
                if not part:
                    closed = True
                    break
                received += part
        except ConnectionResetError:
            closed = True
        except socket.timeout:
            pass
    answer = parse(received, closed)
    hold_to_contract(request, answer)
    return answer


def hold_to_contract(request, answer):
    """A request that is none has no path: then the answer has to refuse it."""
    if answer.status < 200 or request.startswith(b"HEAD "):
        return
    line = re.match(rb"([A-Z]+) (/[^ ?]*)(\?[^ ]*)? HTTP/1\.1\r\n", request)
    is_answer_to_path = line and answer.status not in REFUSED_BEFORE_THE_PATH
    method, path = (line.group(1).decode(), line.group(2).decode("latin-1")) if is_answer_to_path else ("GET", "no path")
    the_contract().check(method, path, HeldAnswer(answer.status, answer.headers, answer.body))


def parse(received, closed):
    assert received, f"no answer (closed: {closed})"
    head, _, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, *_ = first.split(" ")
    assert version == "HTTP/1.1", first
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", 0))
    return RawAnswer(int(status), headers, rest[:length], closed, rest[length:])


def request_bytes(method="GET", target="/health", headers=(), body=b"", host=True):
    """A request with exactly these headers, each a whole line as bytes or text."""
    lines = [f"{method} {target} HTTP/1.1".encode()]
    if host:
        lines.append(b"Host: localhost")
    lines += [line if isinstance(line, bytes) else line.encode() for line in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
