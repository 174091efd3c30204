"""Bytes on a socket, for what no decent client would send."""
import dataclasses
import socket
import urllib.parse

ANSWER_SECONDS_MAX = 15
QUIET_SECONDS = 2  # an answer that has not begun by then will not come


@dataclasses.dataclass
class RawAnswer:
    status: int
    headers: dict  # names in lower case; of repeated ones the last
    body: bytes
    closed: bool  # the server closed after it
    rest: bytes  # whatever came after it


def exchange(url, request, quiet_seconds=QUIET_SECONDS):
    """Sends `request` and reads until the server closes or says nothing for a while. Returns the first answer."""
    host = urllib.parse.urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=ANSWER_SECONDS_MAX) as connection:
        received, closed = b"", False
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the end of a large request; the answer is still there to read
        connection.settimeout(quiet_seconds)
        try:
            while True:
                part = connection.recv(65536)
                if not part:
                    closed = True
                    break
                received += part
        except ConnectionResetError:
            closed = True
        except socket.timeout:
            pass
    return parse(received, closed)


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
