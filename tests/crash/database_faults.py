"""R10: PostgreSQL is killed, stopped at once, or falls silent, while clients submit. Nobody hangs, nobody is told nonsense, nothing is lost."""
import collections
import itertools
import random
import threading
import time
import urllib.parse

from accounting import ECHO_AND_SAY, Told, Watcher, account
from client import until
from clients import LOGIN_EVERY_SECONDS, WAIT_SECONDS, Asker, Claimer, Client, Waiter, longest_silence
from installation import ACCOUNT, SET_UPS, Installation

REFUSED_SECONDS_MAX = 2  # beyond the time that a request itself asks to wait
HEALED_SECONDS_MAX = 3
AWAY_SECONDS = (2.5, 10.0)
WELL_SECONDS = (0.3, 1.5)  # between two
CLIENTS = 4
SERVED = {200, 201, 202}
FORM = "application/x-www-form-urlencoded"
FAULTS = ("killed", "stopped", "silent")


class Callers:
    """All that ask the installation meanwhile, in every way that needs the database."""

    def __init__(self, site):
        self._over, numbers = threading.Event(), itertools.count(1)
        login = urllib.parse.urlencode({"username": ACCOUNT["email"], "password": ACCOUNT["password"]}).encode()
        self.submitting = [Client(site.api, numbers, self._over) for _ in range(CLIENTS)]
        self.waiting = Waiter(site.api, numbers, self._over)
        self.by_kind = {
            "submission": self.submitting, "submission that waits": [self.waiting], "claim": [Claimer(site.api_of_workers, self._over)],
            "list": [Asker(site.api, lambda api: api.call("GET", "/api/v1/jobs?limit=1"), self._over)],
            "job": [Asker(site.api, lambda api: api.call("GET", "/api/v1/jobs/1"), self._over)],
            "login": [Asker(site.api, lambda api: api.call("POST", "/api/v1/auth/token", login, FORM), self._over, LOGIN_EVERY_SECONDS)],
        }
        self._all = [one for some in self.by_kind.values() for one in some]
        for one in self._all:
            one.start()

    def all_served(self, since=0.0):
        return all(one.answers and one.answers[-1][0] > since and one.answers[-1][2] in SERVED for one in self._all)

    def served_again(self, back):
        """When the last of those that submit was served for the first time after `back`."""
        return max(min(end for _, end, status in one.answers if end > back and status == 202) for one in self.submitting)

    def end(self):
        self._over.set()
        for one in self._all:
            one.join()

    def told(self):
        told = Told()
        for one in [*self.submitting, self.waiting]:
            told.sent += one.sent
            told.acked |= one.acked
        return told


def hurt(postgres, fault, seconds):
    """Takes the server away for so long. The moment from which it accepts again."""
    pause = threading.Event()
    if fault == "silent":
        postgres.fall_silent()
        pause.wait(seconds)
        postgres.speak_again()
        return time.monotonic()
    if fault == "killed":
        postgres.kill()
    else:
        postgres.stop_immediately()
    pause.wait(seconds)
    postgres.start()
    return time.monotonic()


def attack(set_up, rounds, seed, say=lambda words: None, faults=FAULTS, away=AWAY_SECONDS, postgres=None, refused_max=REFUSED_SECONDS_MAX):
    """Each fault so often, in turn. Returns the figures and what is wrong."""
    chance, pause, healed, outages, callers = random.Random(seed), threading.Event(), [], [], None
    site = Installation(SET_UPS[set_up], postgres=postgres)
    try:
        site.add_plugin("tally", ECHO_AND_SAY)
        site.api.submit("tally", {"n": 0})  # job 1, for whoever asks for one
        callers, watcher = Callers(site), Watcher(site)
        for number in range(rounds):
            fault = faults[number % len(faults)]
            until(callers.all_served)
            pause.wait(chance.uniform(*WELL_SECONDS))
            down = time.monotonic()
            back = hurt(site.postgres, fault, chance.uniform(*away))
            outages.append((down, back))
            until(lambda: callers.all_served(back))
            healed.append(callers.served_again(back) - back)
            say(f"{number + 1} of {rounds} outages, the last ({fault}) healed in {healed[-1]:.2f} s")
        callers.end()
        site.api.settle()
        watcher.finish()
        told = callers.told()
        figures, wrong = account(site.api, told, watcher.first_seen, losses_max=rounds * site.set_up.slots, numbers_from=0)
        slowest, refused, slow = judge(callers.by_kind, outages, refused_max)
        if max(healed) > HEALED_SECONDS_MAX:
            wrong.append(f"submissions went on only {max(healed):.1f} s after the database accepted again")
        site.stop()
        return figures | {"refused": refused, "slowest_refusal_s": round(slowest, 2), "outages": rounds, "healed_max_s": round(max(healed), 2)}, slow + wrong
    finally:
        if callers:
            callers.end()
        site.close()


def judge(by_kind, outages, refused_max):
    """The slowest refusal, how many there were, and what is wrong: nobody may hang, whatever they ask for, and no outage may go unnoticed."""
    faults, refusals = [], []
    for kind, callers in by_kind.items():
        answers = [answer for one in callers for answer in one.answers]
        statuses = collections.Counter(status for _, _, status in answers)
        if unexpected := set(statuses) - SERVED - ({404} if kind == "claim" else set()) - {503}:
            faults.append(f"{kind}: answered with {sorted(unexpected)} (0: no answer) of {dict(statuses)}")
        asked = WAIT_SECONDS * (kind in ("submission that waits", "claim"))
        bound = refused_max + asked
        refused = [end - start - asked for start, end, status in answers if status not in SERVED]
        refusals += refused
        longest = max((end - start for start, end, _ in answers if any(start < back and end > down for down, back in outages)), default=0)
        if longest > bound:
            faults.append(f"{kind}: somebody waited {longest:.1f} s for an answer while the database was away")
        for one in callers:
            silence = max(longest_silence([end for _, end, _ in one.answers], *outage) for outage in outages)
            if silence > bound + LOGIN_EVERY_SECONDS:
                faults.append(f"{kind}: nobody was answered for {silence:.1f} s while the database was away")
    return max(refusals, default=0), len(refusals), faults
