"""A NATS server with JetStream of a test's own, and a reader of what its streams keep, by the text protocol itself."""
import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile

_SERVICES = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/services/run.py"
ANSWER_SECONDS_MAX = 10


class PrivateNats:
    """Runs once constructed, on one port for its life; its folder goes with it."""

    def __init__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-nats-"))
        self.start()

    def _service(self, act):
        done = subprocess.run(["/usr/bin/python3", _SERVICES, act, "nats", "--folder", self._folder], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["nats"]

    def start(self):
        running = self._service("up")
        self.url, self._pid = running["url"], running["pid"]

    def kill(self):
        """At once; returns when it is dead."""
        watched = os.pidfd_open(self._pid)
        signal.pidfd_send_signal(watched, signal.SIGKILL)
        assert select.select([watched], [], [], ANSWER_SECONDS_MAX)[0]
        os.close(watched)

    def wipe(self):
        """All that it has kept; it must be dead."""
        shutil.rmtree(self._folder / "nats/streams")

    def end(self):
        self._service("down")
        shutil.rmtree(self._folder)

    def kept(self, stream="ORC_EVENTS"):
        """Everything that the stream keeps, in its order: subject, Nats-Msg-Id and body."""
        with contextlib.closing(_Client(self.url)) as client:
            info = client.request(f"$JS.API.STREAM.INFO.{stream}", {})
            if "error" in info:
                return []
            return [client.message(stream, number) for number in range(max(1, info["state"]["first_seq"]), info["state"]["last_seq"] + 1)]

    def make_stream(self, name, *subjects):
        """As somebody else would."""
        with contextlib.closing(_Client(self.url)) as client:
            made = client.request(f"$JS.API.STREAM.CREATE.{name}", {"name": name, "subjects": subjects, "storage": "memory"})
            assert "error" not in made, made

    def remove_stream(self, name):
        with contextlib.closing(_Client(self.url)) as client:
            assert client.request(f"$JS.API.STREAM.DELETE.{name}", {})["success"]

    def watch(self):
        """Whatever is published from now on to any subject."""
        return _Watch(self.url)


class _Client:
    """One connection; a request at a time."""

    def __init__(self, url):
        host, port = url.removeprefix("nats://").split(":")
        self._socket = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
        self._file = self._socket.makefile("rb")
        assert self._file.readline().startswith(b"INFO ")
        self.send(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\nSUB answers 1')

    def send(self, line):
        self._socket.sendall(line + b"\r\n")

    def message_head(self):
        """The words of the next line that is no ping."""
        while True:
            words = self._file.readline().split()
            assert words, "the server hung up"
            if words[0] != b"PING":
                return words
            self.send(b"PONG")

    def request(self, subject, body):
        text = json.dumps(body).encode()
        self.send(b"PUB %s answers %d\r\n%s" % (subject.encode(), len(text), text))
        return json.loads(self.content(self.message_head()))

    def content(self, words):
        """Of a message whose head these are: its headers, if it has some, and its body."""
        return self._file.read(int(words[-1]) + 2)

    def message(self, stream, number):
        message = self.request(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": number})["message"]
        headers = dict(line.split(": ", 1) for line in base64.b64decode(message["hdrs"]).decode().split("\r\n") if ": " in line)
        return message["subject"], headers["Nats-Msg-Id"], json.loads(base64.b64decode(message["data"]))

    def close(self):
        self._file.close()
        self._socket.close()


class _Watch(_Client):
    def __enter__(self):
        self.send(b"SUB > 2\r\nPING")
        assert self.message_head() == [b"PONG"]
        return self

    def __exit__(self, *_):
        self.close()

    def event(self):
        """The subject and the body of the next message that has a Nats-Msg-Id."""
        while True:
            words = self.message_head()
            content = self.content(words)
            if words[0] == b"HMSG" and b"\r\nNats-Msg-Id: " in content[:int(words[-2])]:
                return words[1].decode(), json.loads(content[int(words[-2]):])

    def names(self, count):
        """The Nats-Msg-Id of the next messages of that number that have one."""
        found = []
        while len(found) < count:
            content = self.content(self.message_head())
            found += [line.split(b": ")[1].decode() for line in content.split(b"\r\n") if line.startswith(b"Nats-Msg-Id: ")]
        return found
