"""Submits jobs while the server is killed with kill -9 at random moments, then accounts for every one of them.

Reads only what an outsider has: the client's own log of what it sent and what it was told, the public API, and what the plugin itself
said on standard error. Prints `attempt acked ok lost unexpected duplicated recovered` and the seed; ends non-zero if anything is wrong.
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

WORKERS = 4
SUBMITTERS = 3
SETTLE_SECONDS_MAX = 60
KILL_SECONDS = ((0.0, 0.2), (0.2, 2.5))  # after a start: while jobs still come in, or while they run; at random in between
EARLY_KILL_SHARE = 0.15  # of kills that hit a server which is only starting
FINAL = ("completed", "failed", "cancelled")

# Echoes its input and says that it ran. What it says is stored by the server, so a killed run may be missing there: never one too many.
PROGRAM = 'printf "ran %s %s\\n" "$ORC_JOB_ID" "$ORC_ATTEMPT" >&2\nprintf "%s" "$1"\n'


class Api:
    """A connection that is made anew whenever the server was. `None`: no complete answer came, so nobody knows."""

    def __init__(self, life):
        self._life, self._connection, self._url = life, None, None

    def call(self, method, path, body=None, kind="application/json"):
        server, token = self._life.server, self._life.token
        if server.api is None:
            return None
        if self._url != server.api:
            self._url, self._connection = server.api, http.client.HTTPConnection(urllib.parse.urlsplit(server.api).netloc, timeout=20)
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._url = None
            return None
        return answer.status, text

    def must(self, method, path, body=None, kind="application/json"):
        answer = self.call(method, path, json.dumps(body).encode() if isinstance(body, dict) else body, kind)
        assert answer and answer[0] < 300, f"{method} {path}: {answer}"
        return json.loads(answer[1])


class Life:
    """The server's successive lives on one data directory."""

    def __init__(self, data_dir, chance):
        self._data_dir, self._chance, self.token, self.kills = data_dir, chance, None, 0
        self.up = threading.Event()
        self.server = self._start()

    def _start(self, wait=True):
        from orc_server import OrcServer
        return OrcServer(self._data_dir, ["--workers", str(WORKERS)], wait=wait)

    def kill(self):
        self.up.clear()
        self.server.kill()
        self.kills += 1

    def start_again(self):
        while self._chance.random() < EARLY_KILL_SHARE:
            self.server = self._start(wait=False)
            threading.Event().wait(self._chance.uniform(0, 0.1))
            self.kill()
        self.server = self._start()
        self.up.set()

    def prepare(self):
        from plugin_package import package
        api, account = Api(self), {"email": "chaos@example.com", "password": "a good long password"}
        api.must("POST", "/api/v1/users", account)
        self.token = api.must("POST", "/api/v1/auth/token", {"username": account["email"], "password": account["password"]})["access_token"]
        tar = package("tally", PROGRAM, retry={"max_attempts": 2, "backoff_seconds": [1]})
        api.must("PUT", "/api/v1/plugins/tally/package", tar, "application/x-tar")
        self.up.set()


class Submitters:
    """Send each number once, in the order that the killer hands them out, and log what they were told."""

    def __init__(self, life, total):
        self._life, self._lock, self._total, self._released, self._next = life, threading.Condition(), total, 0, 0
        self.acked, self.sent = {}, 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(SUBMITTERS)]
        for thread in self._threads:
            thread.start()

    def release(self, count):
        with self._lock:
            self._released = min(self._released + count, self._total)
            self._lock.notify_all()

    def finish(self):
        self.release(self._total)
        for thread in self._threads:
            thread.join()

    def _take(self):
        with self._lock:
            self._lock.wait_for(lambda: self._next < self._released or self._next == self._total)
            if self._next == self._total:
                return None
            self._next += 1
            if self._next == self._total:
                self._lock.notify_all()  # the others wait for a number that will not come
            return self._next

    def _run(self):
        api = Api(self._life)
        while (number := self._take()) is not None:
            body = json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode()
            self._life.up.wait()
            answer = api.call("POST", "/api/v1/jobs", body)
            with self._lock:
                self.sent += 1
                if answer and answer[0] == 202:
                    self.acked[json.loads(answer[1])["id"]] = number


def all_jobs(api):
    jobs, page = [], 100
    while True:
        items = api.must("GET", f"/api/v1/jobs?skip={len(jobs)}&limit={page}")["items"]
        jobs += items
        if len(items) < page:
            return jobs


class Watcher:
    """Remembers how each finished job looked when it was first seen; it must never look otherwise."""

    def __init__(self, life):
        self._api, self.first_seen, self._over = Api(life), {}, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over.wait(0.3):
            answer = self._api.call("GET", "/api/v1/jobs?status=completed&limit=100")
            for job in json.loads(answer[1])["items"] if answer and answer[0] == 200 else []:
                self.first_seen.setdefault(job["id"], job)

    def finish(self):
        self._over.set()
        self._thread.join()


def settle(api):
    """Waits until nothing is queued or running, at most as long as the promise says."""
    deadline, pause = time.monotonic() + SETTLE_SECONDS_MAX, threading.Event()
    while time.monotonic() < deadline:
        if not sum(api.must("GET", f"/api/v1/jobs?status={status}&limit=1")["total"] for status in ("queued", "processing")):
            return
        pause.wait(0.1)


def account(api, submitters, watcher, kills):
    """The figures, and a sentence for each thing that is wrong."""
    jobs = {job["id"]: job for job in all_jobs(api)}
    sent, acked = submitters.sent, submitters.acked
    numbers = collections.Counter(job["input_data"]["n"] for job in jobs.values())
    final = {job_id for job_id, job in jobs.items() if job["status"] in FINAL}
    attempts = {job_id: api.must("GET", f"/api/v1/jobs/{job_id}/attempts")["items"] for job_id in jobs}
    said = sum(line["text"].startswith("ran ") for job_id in jobs for line in api.must("GET", f"/api/v1/jobs/{job_id}/logs")["items"])
    runs = sum(len(one) for one in attempts.values())
    wrong = {
        "lost": [job_id for job_id in acked if job_id not in final],
        "unexpected": [job_id for job_id, job in jobs.items() if not 1 <= job["input_data"]["n"] <= sent or acked.get(job_id, job["input_data"]["n"]) != job["input_data"]["n"]],
        "duplicated": [number for number, count in numbers.items() if count > 1]
        + [job_id for job_id, one in attempts.items() if sum(attempt["outcome"] == "succeeded" for attempt in one) > 1]
        + [job_id for job_id, job in watcher.first_seen.items() if jobs.get(job_id) != job],
        "stuck": [job_id for job_id in jobs if job_id not in final],
        "failed": [job_id for job_id in final if jobs[job_id]["status"] != "completed"],
        "answered wrongly": [job_id for job_id, job in jobs.items() if job["status"] == "completed" and job["result"] != job["input_data"]],
    }
    faults = [f"{name}: {places[:10]}{' …' if len(places) > 10 else ''}" for name, places in wrong.items() if places]
    if max(runs, said) > len(jobs) + kills * WORKERS:
        faults.append(f"{max(runs, said)} runs of {len(jobs)} jobs are more than {kills} kills of {WORKERS} workers explain")
    figures = {"attempt": sent, "acked": len(acked), "ok": len(set(acked) & final), "lost": len(wrong["lost"]), "unexpected": len(wrong["unexpected"]),
               "duplicated": len(wrong["duplicated"]), "recovered": len(set(jobs) - set(acked)), "runs": runs, "kills": kills}
    return figures, faults


def torture(jobs, kills, seed, say=print):
    """Runs the whole story. Returns the figures and what is wrong."""
    say(f"seed {seed}: {jobs} jobs, at least {kills} kills")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="orc-crash-") as data_dir:
        life = Life(data_dir, chance)
        try:
            life.prepare()
            submitters, watcher = Submitters(life, jobs), Watcher(life)
            share, pause = jobs // (kills + 1), threading.Event()
            while life.kills < kills:
                submitters.release(share)
                pause.wait(chance.uniform(*chance.choice(KILL_SECONDS)))
                life.kill()
                life.start_again()
            submitters.finish()
            api = Api(life)
            settle(api)
            watcher.finish()
            figures, faults = account(api, submitters, watcher, life.kills)
            life.server.stop()
        finally:
            life.server.kill()
    return figures, faults


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orc", type=pathlib.Path)
    arguments.add_argument("--jobs", type=int, default=5000)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = arguments.parse_args()
    if options.orc:
        os.environ["ORC_BINARY"] = str(options.orc.resolve())
    start = time.monotonic()
    figures, faults = torture(options.jobs, options.kills, options.seed)
    print(" ".join(f"{name} {figure}" for name, figure in figures.items()), f"seed {options.seed} seconds {time.monotonic() - start:.0f}")
    for fault in faults:
        print(f"wrong: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
