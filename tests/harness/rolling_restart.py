"""Two API processes on one port, restarted in turn while clients keep asking. As a program: prints the outcome as JSON."""
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

from orc_server import OrcServer

CLIENTS = 24


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
    """So many requests a second, on a timetable, each judged: half of them on connections that are kept, half on new ones."""

    def __init__(self, url, rate):
        self._url, self._rate = url, rate
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._begin = time.monotonic()
        self.answered, self.troubles = 0, []
        self._lock = threading.Lock()
        self._pool = concurrent.futures.ThreadPoolExecutor(CLIENTS)
        self._clients = [self._pool.submit(self._run) for _ in range(CLIENTS)]

    def _run(self):
        kept = requests.Session()
        kept.trust_env = False
        while not self._stop.is_set():
            number = next(self._numbers)
            self._stop.wait(max(0.0, self._begin + number / self._rate - time.monotonic()))
            try:
                if number % 2:
                    answer = kept.get(self._url + "/health", timeout=10)
                else:
                    answer = kept.post(self._url + "/api/v1/auth/token", json={}, headers={"Connection": "close"}, timeout=10)
                trouble = None if answer.status_code in (200, 422) else f"{answer.status_code} {answer.text[:200]}"
            except requests.RequestException as error:
                trouble = repr(error)
            with self._lock:
                self.answered += 1
                if trouble:
                    self.troubles.append(trouble)

    def end(self):
        self._stop.set()
        for client in self._clients:
            client.result()
        return {"answered": self.answered, "per_second": round(self.answered / (time.monotonic() - self._begin)), "troubles": self.troubles}


def roll(way, url, folder, restarts, rate):
    environment = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32)}

    def start(name):
        return OrcServer(pathlib.Path(folder) / name, ("--roles", "api", "--listen", f"127.0.0.1:{way.port}", *way.arguments),
                         environment=environment, **way.options)

    servers = {name: start(name) for name in ("one", "two")}
    load = Load(f"http://127.0.0.1:{way.port}", rate)
    try:
        for name in itertools.islice(itertools.cycle(servers), restarts):
            servers[name].stop()
            servers[name] = start(name)
        outcome = load.end()
    finally:
        load.end()
        for server in servers.values():
            if server.process.poll() is None:
                server.stop()
    return outcome | {"restarts": restarts, "warned": any("may reset connections" in server.output for server in servers.values())}


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
