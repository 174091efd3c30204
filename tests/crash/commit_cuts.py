"""R10: connections to PostgreSQL are cut in the midst of commits, while clients submit without a key and never again.

The database is there all the time, so that each outcome can be learnt: every submission is answered with 202, there is one job for each, and no
run is lost, as a claim whose commit was cut is known too.
"""
import collections
import json
import pathlib
import random
import tempfile
import threading

from accounting import ECHO_AND_SAY, Told, Watcher, account
from client import until
from commit_gate import CUTS, CommitGate
from installation import SET_UPS, Installation
from private_postgres import PrivatePostgres

CLIENTS = 4
SUBMITS = "add_jobs"  # a statement of a transaction that submits
SUBMISSIONS_SHARE_MIN = 0.2  # of the cuts: the rest hit claims, ends and beats
WELL_SECONDS = (0.0, 0.05)  # between two


class GatedPostgres(PrivatePostgres):
    """Everybody reaches it through its gate."""

    def __init__(self):
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="orc-gate-")
        self.gate = CommitGate(self.url, pathlib.Path(self._folder.name), "end_transaction")
        self.url = self.gate.url

    def close(self):
        self.gate.close()
        self._folder.cleanup()
        super().close()


class Submitter(threading.Thread):
    """Each number once, without a key."""

    def __init__(self, site, numbers, over):
        super().__init__(daemon=True)
        self._site, self._numbers, self._over = site, numbers, over
        self.statuses, self.acked = collections.Counter(), {}

    def run(self):
        api = self._site.api
        while not self._over.is_set():
            number = next(self._numbers)
            answer = api.call("POST", "/api/v1/jobs", json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode())
            self.statuses[answer[0] if answer else "none"] += 1
            if answer and answer[0] == 202:
                self.acked[json.loads(answer[1])["id"]] = number


class Numbers:
    """1, 2, …: next() from any thread."""

    def __init__(self):
        self._lock, self.last = threading.Lock(), 0

    def __next__(self):
        with self._lock:
            self.last += 1
            return self.last


def attack(set_up, cuts, seed, say=lambda words: None, may_stall=False):
    """So many cuts, in an order of chance. Returns the figures and what is wrong. `may_stall`: the machine does so much else that all workers
    may once be taken for dead, with what they run."""
    chance, pause, over, numbers = random.Random(seed), threading.Event(), threading.Event(), Numbers()
    postgres = GatedPostgres()
    site = Installation(SET_UPS[set_up], postgres=postgres)
    try:
        site.add_plugin("tally", ECHO_AND_SAY)
        submitters, watcher = [Submitter(site, numbers, over) for _ in range(CLIENTS)], Watcher(site)
        for one in submitters:
            one.start()
        for number in range(cuts):
            postgres.gate.cut_next(CUTS[number % len(CUTS)])
            until(lambda: len(postgres.gate.was_cut) > number)
            # What is repeated on a new connection is not cut again: two in a row say that the database is away.
            before = [len(one.acked) for one in submitters]
            until(lambda: all(len(one.acked) > count for one, count in zip(submitters, before)))
            pause.wait(chance.uniform(*WELL_SECONDS))
            say(f"{number + 1} of {cuts} commits cut, {numbers.last} jobs sent")
        over.set()
        for one in submitters:
            one.join()
        site.api.settle(lambda left: say(f"{left} jobs have not ended"))
        watcher.finish()
        figures, faults = account(site.api, told_of(submitters, numbers), watcher.first_seen, SET_UPS[set_up].slots if may_stall else 0, say)
        site.stop()
        return judged(figures, faults, submitters, postgres.gate.was_cut)
    finally:
        over.set()
        site.close()


def told_of(submitters, numbers):
    told = Told(sent=numbers.last)
    for one in submitters:
        told.acked |= one.acked
    return told


def judged(figures, faults, submitters, was_cut):
    statuses = sum((one.statuses for one in submitters), collections.Counter())
    if set(statuses) != {202}:
        faults.append(f"answers other than 202, while the database was there: {dict(statuses)}")
    of_submissions = sum(SUBMITS in statements for _, statements in was_cut)
    if of_submissions < SUBMISSIONS_SHARE_MIN * len(was_cut):
        faults.append(f"{of_submissions} of {len(was_cut)} cuts hit submissions: this showed too little")
    return figures | {"cuts": len(was_cut), "of_submissions": of_submissions}, faults
