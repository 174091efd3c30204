"""Whole installations to be hurt: what a set-up consists of is data, so that every attack runs on each."""
import collections
import dataclasses
import http.client
import json
import pathlib
import random
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from contract import HeldAnswer, the_contract  # noqa: E402
from orc_runner import OrcRunner  # noqa: E402
from orc_server import OrcServer  # noqa: E402
from plugin_package import package  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402

FINAL = ("completed", "failed", "cancelled")
SETTLE_SECONDS_MAX = 60  # without anything that ends: then what is left is stuck
IDLE_SECONDS_MAX = 5  # then a connection is made anew: the server ends those that rest, and that is no fault of it
PAGE = 500
JUDGED_OF_EACH_KIND, JUDGED_ONE_IN = 100, 100
ACCOUNT = {"email": "chaos@example.com", "password": "a good long password"}


@dataclasses.dataclass(frozen=True)
class SetUp:
    """Which processes there are, and which database they share."""
    name: str
    database: str = "sqlite"
    server_slots: int = 4  # of the worker inside the server; 0: none
    server_roles: str = "api,registry"  # where it has no worker
    others: tuple = ()  # roles, each in a server of its own beside that one; needs PostgreSQL
    other_slots: int = 2  # of a worker among them
    runners: int = 0
    runner_slots: int = 2
    runner_arguments: tuple = ()  # beside those for its slots
    isolation: str = "strict"  # that every run has

    @property
    def isolation_arguments(self):
        return ("--isolation", self.isolation, "--isolation-most", self.isolation)

    @property
    def slots(self):
        return self.server_slots + self.runners * self.runner_slots + self.others.count("worker") * self.other_slots


SET_UPS = {one.name: one for one in (
    SetUp("sqlite"),
    SetUp("postgres", database="postgres"),
    SetUp("postgres-runners", database="postgres", server_slots=0, runners=3),
    SetUp("sqlite-runners", server_slots=0, runners=3),
)}
ONE_PROCESS = tuple(name for name, one in SET_UPS.items() if not one.runners)
WITH_RUNNERS = tuple(name for name, one in SET_UPS.items() if one.runners)
# Every part in a process of its own.
APART = SetUp("postgres-apart", database="postgres", server_slots=0, server_roles="api", others=("registry", "worker", "executor"), runners=1)
TWO_APIS = SetUp("postgres-two-apis", database="postgres", server_slots=0, server_roles="api,registry", others=("api", "worker"))
ALL = SET_UPS | {one.name: one for one in (APART, TWO_APIS)}


def set_up_of(name, **runners):
    """That one; where it has runners, with these fields of SetUp."""
    return dataclasses.replace(SET_UPS[name], **runners) if name in WITH_RUNNERS else SET_UPS[name]


class Api:
    """A connection that is made anew whenever the server was, or when it rested. `None`: no complete answer came, so nobody knows."""

    def __init__(self, place, seconds=60, token=None, url=None):
        self._place, self._seconds, self._connection, self._url, self._used = place, seconds, None, None, 0.0
        self._own_token, self._url_of = token, url or (lambda: place.url)
        self._answers = collections.Counter()

    def call(self, method, path, body=None, kind="application/json", headers=None):
        url, token = self._url_of(), self._own_token or self._place.token
        if url is None:
            return None
        is_idle = time.monotonic() - self._used > IDLE_SECONDS_MAX
        self._used = time.monotonic()
        if self._url != url or is_idle:
            self._url, self._connection = url, http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=self._seconds)
        sent = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {})
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._url = None
            return None
        self._hold_to_contract(method, path, HeldAnswer(answer.status, dict(answer.getheaders()), text))
        return answer.status, text

    def _hold_to_contract(self, method, path, answer):
        """The first of each kind, and then one in a hundred: an attack reads more answers than it has time to judge."""
        kind = (method, the_contract().template_of(path.partition("?")[0]), answer.status_code)
        self._answers[kind] += 1
        if self._answers[kind] <= JUDGED_OF_EACH_KIND or self._answers[kind] % JUDGED_ONE_IN == 0:
            the_contract().check(method, path.partition("?")[0], answer)

    def must(self, method, path, body=None, kind="application/json"):
        answer = self.call(method, path, json.dumps(body).encode() if isinstance(body, dict) else body, kind)
        assert answer and answer[0] < 300, f"{method} {path}: {answer}"
        return json.loads(answer[1]) if answer[1] else None

    def submit(self, plugin, input_data, **fields):
        return self.must("POST", "/api/v1/jobs", {"plugin_name": plugin, "input_data": input_data} | fields)["id"]

    def attempts(self, job_id):
        return self.must("GET", f"/api/v1/jobs/{job_id}/attempts")["items"]

    def all_jobs(self):
        """Every job there is, oldest last."""
        jobs = []
        while True:
            items = self.must("GET", f"/api/v1/jobs?skip={len(jobs)}&limit={PAGE}")["items"]
            jobs += items
            if len(items) < PAGE:
                return jobs

    def unfinished(self):
        """Those that have ended stay so; what goes back to the queue between two questions would be missed by asking for the others."""
        jobs = self.must("GET", "/api/v1/jobs?limit=1")["total"]
        return jobs - sum(self.must("GET", f"/api/v1/jobs?status={status}&limit=1")["total"] for status in FINAL)

    def settle(self, say=lambda left: None):
        """Waits until nothing is queued or running, as long as anything still ends."""
        pause, before, since = threading.Event(), None, time.monotonic()
        while left := self.unfinished():
            if left != before:
                before, since = left, time.monotonic()
            if time.monotonic() - since > SETTLE_SECONDS_MAX:
                return
            say(left)
            pause.wait(0.1)


_marks = []  # of the ports of this process, as long as it lives


def port_of_its_own():
    """Free, no other installation's, even while its server is away, and none of those that connections of others are given meanwhile."""
    first_of_others = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(first_of_others // 2, first_of_others)
        mark = socket.socket(socket.AF_UNIX)
        with socket.socket() as one:
            try:
                mark.bind(f"\0orc-test-port-{port}")
                one.bind(("127.0.0.1", port))
            except OSError:  # somebody's
                mark.close()
                continue
        _marks.append(mark)
        return port


class Installation:
    """The processes of one set-up on a folder of their own; each may be killed and started again. Ended by close(), with the `postgres` that it was
    given or made."""

    def __init__(self, set_up, server_environment=None, server_prefix=(), postgres=None):
        self.set_up, self.token, self.url = set_up, None, None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-crash-"))
        self.folder.chmod(0o711)  # runs at isolation none have uids of their own, and pass through it
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self._prefix = server_prefix
        self._environment = {"TMPDIR": str(self.temporary)} | (server_environment or {})
        self._port, self.server, self.runners, self._key, self._heir, self.pids = port_of_its_own(), None, [], None, None, []
        self.others, self._other_ports = {}, {}
        self.up = threading.Event()
        self.postgres = postgres
        try:
            if set_up.database == "postgres":
                self.postgres = postgres or PrivatePostgres()
                self._environment |= {"DATABASE_URL": self.postgres.url, "SECRET_KEY": secrets.token_hex(32)}
            self.start_server()
            self._prepare()
            for role in set_up.others:
                self.start_other(role)
            for number in range(set_up.runners):
                self.runners.append(None)
                self.start_runner(number)
            self.up.set()
        except BaseException:
            self.close()
            raise

    @property
    def api(self):
        return Api(self)

    @property
    def api_of_workers(self):
        """With the key of its runners."""
        return Api(self, token=self._key)

    @property
    def second_api(self):
        """That of the other process with the role `api`."""
        return Api(self, url=lambda: self.others["api"].api)

    def _prepare(self):
        api = self.api
        api.must("POST", "/api/v1/users", ACCOUNT)
        self.token = api.must("POST", "/api/v1/auth/token", {"username": ACCOUNT["email"], "password": ACCOUNT["password"]})["access_token"]
        # A key, since a token ends by the clock on the wall.
        scopes = {"name": "chaos", "scopes": ["read", "submit", "admin"]}
        token, self._key = self.token, api.must("POST", "/api/v1/api-keys", {"name": "runners", "scopes": ["worker"]})["api_key"]
        self.token = api.must("POST", "/api/v1/api-keys", scopes)["api_key"]
        self.login = token

    def add_plugin(self, name, program, **fields):
        tar = package(name, program, **fields)
        self.api.must("PUT", f"/api/v1/plugins/{name}/package", tar, "application/x-tar")

    def add_image(self, name, reference, **fields):
        self.api.must("POST", "/api/v1/plugins", {"name": name, "version": "1.0.0", "docker_image_url": reference} | fields)

    def start_server(self, wait=True):
        arguments = ["--workers", str(self.set_up.server_slots)] if self.set_up.server_slots else ["--roles", self.set_up.server_roles]
        # At isolation none it would be closed, as runs reach it there.
        arguments += ["--listen", f"127.0.0.1:{self._port}", "--registration", "open", *self.set_up.isolation_arguments]
        self.server = OrcServer(self.folder / "state", arguments, self._environment, wait=wait, prefix=self._prefix)
        self.pids.append(self.server.process.pid)
        if wait:
            self.url = self.server.api

    def start_other(self, role):
        port = self._other_ports.get(role) or self._other_ports.setdefault(role, port_of_its_own())
        listens = "--listen" if role == "api" else "--registry-listen"
        arguments = ("--roles", role, "--workers", str(self.set_up.other_slots), listens, f"127.0.0.1:{port}",
                     "--grpc-listen", "127.0.0.1:0" if role == "executor" else "off", *self.set_up.isolation_arguments)
        other = self.others[role] = OrcServer(self.folder / role, arguments, self._environment)
        self.pids.append(other.process.pid)

    def start_runner(self, number, wait=True):
        self.runners[number] = self._runner(f"runner-{number}", self.set_up.runner_slots, wait)

    def start_heir(self, slots):
        """One more, for what others leave. Ended by its caller; or killed by close()."""
        self._heir = self._runner("heir", slots, wait=True)
        return self._heir

    def _runner(self, name, slots, wait):
        arguments = ("--workers", str(slots), "--name", name, *self.set_up.isolation_arguments, *self.set_up.runner_arguments)
        runner = OrcRunner(self.url, self._key, self.folder / name, arguments, wait=wait, environment={"TMPDIR": str(self.temporary)})
        self.pids.append(runner.process.pid)
        return runner

    def kill_server(self):
        self.up.clear()
        self.server.kill()

    def restart_server(self):
        self.start_server()
        self.up.set()

    def stop(self):
        """Everything ends the polite way and is held to what it owes then."""
        for process in [*self.runners, *self.others.values(), self.server]:
            process.stop()

    def close(self):
        """Whatever still runs is killed; nothing is left."""
        for process in [*self.runners, self._heir, *self.others.values(), self.server]:
            if process is not None:
                if process.process.poll() is None:
                    process.process.send_signal(signal.SIGCONT)
                process.kill()
        if self.postgres is not None:
            self.postgres.close()
        shutil.rmtree(self.folder, ignore_errors=True)

