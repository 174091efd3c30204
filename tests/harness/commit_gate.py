"""A gate before a PostgreSQL server that cuts a connection just as a transaction is committed on it.

It reads the client's side of the protocol as far as it must (PostgreSQL documentation, "Message Formats"): what is bound by its prepared name.
"""
import collections
import pathlib
import socket
import struct
import threading
import urllib.parse

from accept_each import accept_each

LENGTH = struct.Struct("!I")
IS_OVER = b"Z\0\0\0\x05I"  # ReadyForQuery, outside a transaction
PART_BYTES = 65536
# How much of a commit gets through before the cut. `sent`: all of it, but nobody waits for what becomes of it.
CUTS = ("before", "sent", "done")


class CommitGate:
    """Stands before the server at `url`, whose host is the folder of a socket; its own is in `folder`. `commit`: the prepared statement that
    commits. Ended by close()."""

    def __init__(self, url, folder, commit):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        name = f".s.PGSQL.{query.get('port', 5432)}"
        self._behind, self._commit = str(pathlib.Path(query["host"]) / name), commit
        self.url = url.replace(query["host"], str(folder))
        self._listener, self._lock, self._cut, self._open = socket.socket(socket.AF_UNIX), threading.Lock(), None, []
        self._listener.bind(str(pathlib.Path(folder) / name))
        self._listener.listen(128)
        self.was_cut = collections.deque()  # the statements of each transaction whose commit was hit
        accept_each(self._listener, self._serve)

    def cut_next(self, how):
        """The next commit that comes is hit, in one of the ways of CUTS."""
        with self._lock:
            self._cut = how

    def take_cut(self):
        with self._lock:
            how, self._cut = self._cut, None
            return how

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._behind)
        except OSError:
            client.close()
            return
        self._open += [client, server]
        one = _Passage(self, client, server, self._commit)
        threading.Thread(target=one.bring_answers, daemon=True).start()
        one.bring_questions()

    def close(self):
        self._listener.close()
        for one in self._open:
            one.close()


class _Passage:
    """One connection through the gate, a thread for each direction."""

    def __init__(self, gate, client, server, commit):
        self._gate, self._client, self._server, self._commit = gate, client, server, commit.encode()
        self._rest, self._has_begun, self._bound, self._committed = b"", False, [], []
        self._holds_answers = threading.Event()

    def bring_questions(self):
        try:
            while part := self._client.recv(PART_BYTES):
                how = self._gate.take_cut() if self._brings_commit(part) else None
                if how is None:
                    self._server.sendall(part)
                    continue
                self._gate.was_cut.append((how, tuple(self._committed)))
                if how == "done":
                    self._holds_answers.set()  # the other thread cuts, once it has read that it is over
                    self._server.sendall(part)
                    continue
                if how == "sent":
                    self._server.sendall(part)
                break
        except OSError:
            pass  # the other direction ended it
        if not self._holds_answers.is_set():
            self._cut()

    def bring_answers(self):
        held = b""
        try:
            while part := self._server.recv(PART_BYTES):
                if not self._holds_answers.is_set():
                    self._client.sendall(part)
                    continue
                held += part
                if IS_OVER in held:
                    break
        except OSError:
            pass
        self._cut()

    def _brings_commit(self, part):
        """Whether a commit is among the messages that this part ends."""
        self._rest += part
        brings = False
        while len(self._rest) >= 5:
            kind = self._rest[:1] if self._has_begun else b""  # the first message has none
            length = LENGTH.unpack_from(self._rest, len(kind))[0] + len(kind)
            if len(self._rest) < length:
                break
            message, self._rest, self._has_begun = self._rest[:length], self._rest[length:], True
            if kind == b"B":
                name = message[5:].split(b"\0", 2)[1]
                self._bound.append(name.decode())
                if name == self._commit:
                    brings, self._committed, self._bound = True, self._bound, []
        return brings

    def _cut(self):
        for one in (self._client, self._server):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is cut already
