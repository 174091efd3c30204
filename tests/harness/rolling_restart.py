"""Two API processes on one port and a runner behind it; the APIs are restarted in turn while clients keep submitting jobs. As a program: prints the
outcome as JSON."""
import argparse
import concurrent.futures
import itertools
import json
import pathlib
import secrets
import socket
import sys
import threading
import time

import requests

from orc_runner import OrcRunner
from orc_server import OrcServer
from plugin_package import tar_of, manifest

CLIENTS = 24
SETTLE_SECONDS_MAX = 60
ACCOUNT = {"email": "admin@example.com", "password": "a good long password"}
# Stays up, so that runs keep up with submissions.
ECHO = '''import json, sys
print('{"ready": true}', flush=True)
for line in sys.stdin:
    told = json.loads(line)
    print(json.dumps({"id": told["id"], "output": told["input"]}), flush=True)
'''


class HandedOver:
    """A supervisor holds the socket and hands it to every process (LISTEN_FDS)."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._socket.getsockname()[1]
        number = self._socket.fileno()
        shell = ("bash", "-c", f'exec 3<&{number}; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "orc")
        self.options = {"prefix": shell, "descriptors": (number,)}
        self.arguments = ()


class SharedPort:
    """Each process listens for itself (SO_REUSEPORT)."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.options = {}
        self.arguments = ("--share-port",)


class Load:
    """So many requests a second, on a timetable, each judged: half of them on connections that are kept, half on new ones; three of four submit a
    job, the others ask after one."""

    def __init__(self, url, rate, token):
        self._url, self._rate, self._token = url, rate, {"Authorization": f"Bearer {token}"}
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._begin = time.monotonic()
        self.offered, self.answered, self.troubles, self.accepted = 0, 0, [], {}
        self._lock = threading.Lock()
        self._pool = concurrent.futures.ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._run) for _ in range(CLIENTS)]

    def _run(self):
        kept = requests.Session()
        kept.trust_env = False
        while not self._stop.is_set():
            number = next(self._numbers)
            if self._stop.wait(max(0.0, self._begin + number / self._rate - time.monotonic())):
                return  # its time has not come
            with self._lock:
                self.offered += 1
            trouble, accepted = self._ask(kept, number)
            with self._lock:
                self.accepted |= accepted
                if trouble:
                    self.troubles.append(trouble)
                else:
                    self.answered += 1

    def _ask(self, kept, number):
        """What was wrong, if anything; and the job that was accepted, with its number."""
        headers = self._token | ({} if number % 2 else {"Connection": "close"})
        earlier = next(reversed(self.accepted), None) if number % 4 == 0 else None
        try:
            if earlier is not None:
                answer = kept.get(f"{self._url}/api/v1/jobs/{earlier}", headers=headers, timeout=10)
                return None if answer.status_code == 200 else f"{answer.status_code} {answer.text[:200]}", {}
            job = {"plugin_name": "echo", "input_data": {"n": number}}
            answer = kept.post(self._url + "/api/v1/jobs", json=job, headers=headers, timeout=10)
            if answer.status_code != 202:
                return f"{answer.status_code} {answer.text[:200]}", {}
            return None, {answer.json()["id"]: number}
        except requests.RequestException as error:
            return repr(error), {}

    def end(self):
        self._stop.set()
        seconds = time.monotonic() - self._begin
        for client in self._clients:
            client.result()
        self._pool.shutdown()
        return {"answered": self.answered, "troubles": self.troubles, "offered_per_second": round(self.offered / seconds, 1),
                "answered_per_second": round(self.answered / (time.monotonic() - self._begin), 1)}


class Site:
    """The two APIs, the runner, and what an administrator may ask."""

    def __init__(self, way, url, folder):
        self._way, self._folder = way, pathlib.Path(folder)
        # At that level the log has every request, which tells who answered it: of two that share a port nothing else does.
        self._environment = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32), "LOG_LEVEL": "debug"}
        self.address = f"http://127.0.0.1:{way.port}"
        self._session = requests.Session()
        self._session.trust_env = False
        self.runner = None
        self.processes = []  # of both, in the order in which they started
        self.servers = {name: self._start(name) for name in ("one", "two")}
        try:
            self.ask("POST", "/users", json=ACCOUNT)
            login = {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}
            self.token = self.ask("POST", "/auth/token", json=login)["access_token"]
            self._session.headers["Authorization"] = f"Bearer {self.token}"
            plugin = manifest("echo", command=("/usr/bin/python3", "-S", "run.py"), mode="warm")
            self.ask("PUT", "/plugins/echo/package", data=tar_of({"plugin.json": json.dumps(plugin), "run.py": ECHO}), headers={"Content-Type": "application/x-tar"})
            key = self.ask("POST", "/api-keys", json={"name": "runner", "scopes": ["worker"]})["api_key"]
            self.runner = OrcRunner(self.address, key, self._folder / "runner")
        except BaseException:
            self.end()
            raise

    def _start(self, name):
        arguments = ("--roles", "api", "--registry-listen", "off", "--listen", f"127.0.0.1:{self._way.port}", *self._way.arguments)
        self.processes.append(OrcServer(self._folder / name, arguments, environment=self._environment, **self._way.options))
        return self.processes[-1]

    def restart(self, name):
        self.servers[name].stop()
        self.servers[name] = self._start(name)

    def ask(self, method, path, **arguments):
        answer = self._session.request(method, f"{self.address}/api/v1{path}", timeout=10, **arguments)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:200]}"
        return answer.json()

    def judge_jobs(self, accepted):
        """What became of the jobs that were accepted, once nothing is left to run."""
        pause, deadline = threading.Event(), time.monotonic() + SETTLE_SECONDS_MAX
        while any(self.ask("GET", f"/jobs?status={status}&limit=1")["total"] for status in ("queued", "processing")):
            assert time.monotonic() < deadline, "accepted jobs do not end"
            pause.wait(0.1)
        jobs = []
        while len(page := self.ask("GET", f"/jobs?skip={len(jobs)}&limit=500")["items"]) > 0:
            jobs += page
        ended = {job["id"]: job["input_data"]["n"] for job in jobs if job["status"] == "completed" and job["result"] == job["input_data"]}
        lost = [job for job, number in accepted.items() if ended.get(job) != number]
        return {"accepted": len(accepted), "lost": lost, "unexpected": len(jobs) - len(accepted)}

    def submissions(self):
        """How many jobs each process took in, in the order in which they started; once all have ended."""
        return [sum(1 for event in process.events("request answered") if (event["method"], event["path"], event["status"]) == ("POST", "/api/v1/jobs", 202))
                for process in self.processes]

    def end(self):
        for process in [*([self.runner] if self.runner else []), *self.servers.values()]:
            if process.process.poll() is None:
                process.stop()


def roll(way, url, folder, restarts, rate):
    site = Site(way, url, folder)
    try:
        load = Load(site.address, rate, site.token)
        try:
            for name in itertools.islice(itertools.cycle(site.servers), restarts):
                site.restart(name)
        finally:
            outcome = load.end()
        outcome |= site.judge_jobs(load.accepted)
    finally:
        site.end()
    refused = [line for line in site.runner.lines if '"level":"warn"' in line or '"level":"error"' in line]
    return outcome | {"restarts": restarts, "submissions": site.submissions(), "runner_warnings": refused,
                      "warned": any("may reset connections" in server.output for server in site.servers.values())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("handed-over", "shared-port"))
    parser.add_argument("--url", required=True, help="of an empty PostgreSQL database")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=300)
    given = parser.parse_args()
    print(json.dumps(roll(HandedOver() if given.way == "handed-over" else SharedPort(), given.url, given.folder, given.restarts, given.rate)))
    sys.exit(0)
