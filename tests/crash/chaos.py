"""R1: submits jobs while processes are killed with kill -9 at random moments, then accounts for every job."""
import dataclasses
import json
import random
import threading

from accounting import Told, Watcher, Witness, account, with_what_it_was_given
from installation import SET_UPS, Installation

SUBMITTERS = 3
KILL_SECONDS = ((0.0, 0.2), (0.2, 2.5))  # after a start: while jobs still come in, or while they run; at random in between
SLOW_KILL_SECONDS = ((2.0, 8.0),)  # with many jobs
EARLY_KILL_SHARE = 0.15  # of kills that hit a server which is only starting
SERVER_KILL_SHARE = 0.5  # where there are runners too


class Submitters:
    """Send each number once, in the order that the killer hands them out, and log what they were told."""

    def __init__(self, site, total):
        self._site, self._lock, self._total, self._released, self._next = site, threading.Condition(), total, 0, 0
        self.told = Told()
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
        api = self._site.api
        while (number := self._take()) is not None:
            body = json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode()
            self._site.up.wait()
            answer = api.call("POST", "/api/v1/jobs", body)
            with self._lock:
                self.told.sent += 1
                if answer and answer[0] == 202:
                    self.told.acked[json.loads(answer[1])["id"]] = number


class Killer:
    """Kills one process after the other, of the server and the runners, and starts each again."""

    def __init__(self, site, chance):
        self._site, self._chance, self.kills, self.losses_max = site, chance, 0, 0

    def strike(self):
        site, chance = self._site, self._chance
        runners = site.set_up.runners
        if runners and chance.random() >= SERVER_KILL_SHARE:
            number = chance.randrange(runners)
            site.runners[number].kill()
            self._count(site.set_up.runner_slots)
            site.start_runner(number, wait=False)
            return
        site.kill_server()
        # Answers to claims may have gone down with it: those runs are given back.
        self._count(site.set_up.slots)
        while chance.random() < EARLY_KILL_SHARE:
            site.start_server(wait=False)
            threading.Event().wait(chance.uniform(0, 0.1))
            site.kill_server()
            self._count(site.set_up.slots)
        site.restart_server()

    def _count(self, slots):
        self.kills += 1
        self.losses_max += slots


def attack(set_up, jobs, kills, seed, say=lambda words: None):
    """Runs the whole story. Returns the figures and what is wrong."""
    chance, witness = random.Random(seed), Witness()
    site = Installation(dataclasses.replace(SET_UPS[set_up], isolation="none"))
    try:
        site.add_plugin("tally", witness.program(), retry={"max_attempts": 2, "backoff_seconds": [1]})
        submitters, watcher, killer = Submitters(site, jobs), Watcher(site), Killer(site, chance)
        share, pause = jobs // (kills + 1), threading.Event()
        times = KILL_SECONDS if jobs <= 10_000 else SLOW_KILL_SECONDS
        while killer.kills < kills:
            submitters.release(share)
            pause.wait(chance.uniform(*chance.choice(times)))
            killer.strike()
            say(f"{killer.kills} of {kills} kills, {submitters.told.sent} of {jobs} jobs sent")
        submitters.finish()
        site.api.settle(lambda left: say(f"{left} jobs have not ended"))
        watcher.finish()
        figures, faults = account(site.api, submitters.told, watcher.first_seen, killer.losses_max, say, answers=with_what_it_was_given, witness=witness)
        site.stop()
        return figures | {"kills": killer.kills}, faults
    finally:
        site.close()
        witness.close()
