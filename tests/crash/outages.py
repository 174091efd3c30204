"""Each process of an installation, and its database, is killed with kill -9 in turn, is away for ten seconds and comes back, while clients submit.
Nothing that was accepted is lost or done twice, deliberations included, and what does not need the part that is away goes on."""
import itertools
import random
import threading
import time

from accounting import ECHO_AND_SAY, Told, Watcher, account
from client import until
from clients import Asker, Client, longest_silence
from deliberators import Deliberator
from installation import ALL, ONE_PROCESS, Api, Installation

AWAY_SECONDS = 10
WELL_SECONDS = (0.3, 1.5)  # between two
HEALED_SECONDS_MAX = 10  # from the moment that the part is back: a worker's lost jobs wait for their lease, and for no longer
SERVED_AGAIN_SECONDS_MAX = 2  # the longest time without a success for those who do not need what is away
ANSWERED_SECONDS_MAX = 2.5  # while the database is away: 2 s, and the pause of the client and the way there and back
CLIENTS = 2  # at each API
READ_EVERY_SECONDS = 0.1


def parts_of(set_up):
    """What of it can be away by itself. The server is the one that has the API."""
    return ("server", *set_up.others, *["runner"] * bool(set_up.runners), *["database"] * (set_up.database == "postgres"))


class Part:
    """One that can be killed and started again. `slots`: runs that go down with it, or whose claims may."""

    def __init__(self, site, name):
        self._site, self._name = site, name

    @property
    def slots(self):
        own = {"registry": 0, "executor": 0, "worker": self._site.set_up.other_slots, "api": self._site.set_up.slots, "runner": self._site.set_up.runner_slots}
        return own.get(self._name, self._site.set_up.slots)

    def kill(self):
        site = self._site
        if self._name == "database":
            site.postgres.kill()
        elif self._name == "server":
            site.kill_server()
        elif self._name == "runner":
            site.runners[0].kill()
        else:
            site.others[self._name].kill()

    def start(self):
        site = self._site
        if self._name == "database":
            site.postgres.start()
        elif self._name == "server":
            site.restart_server()
        elif self._name == "runner":
            site.start_runner(0)
        else:
            site.start_other(self._name)


class Registry:
    """Where it is; on loopback it asks for no token."""
    token = None

    def __init__(self, site):
        self._site = site

    @property
    def url(self):
        return self._site.others.get("registry", self._site.server).registry


class Caller:
    """One that asks again and again, and the parts without which it cannot be served."""

    def __init__(self, words, asker, needs, served):
        self.words, self.asker, self.needs, self._served = words, asker, needs, served

    def is_served(self, since=0.0):
        answers = self.asker.answers
        return bool(answers) and answers[-1][2] == self._served and answers[-1][0] > since

    def judge(self, away, down, back, slack):
        """What it must not have felt, or how soon it must have been told."""
        inside = [answer for answer in self.asker.answers if answer[0] > down and answer[1] < back]
        refused = {status for _, _, status in inside if status != self._served}
        if away not in self.needs:
            silence = longest_silence([end for _, end, status in inside if status == self._served], down, back)
            return [f"{self.words} were answered with {sorted(refused)} while the {away} was away"] * bool(refused) + [
                f"{self.words} were not served for {silence:.1f} s while the {away} was away"] * (silence > SERVED_AGAIN_SECONDS_MAX + slack)
        if away != "database":
            return []
        silence = longest_silence([end for _, end, _ in inside], down, back)
        return [f"{self.words} were answered with {sorted(refused)} while the database was away, not with 503 alone"] * bool(refused - {503}) + [
            f"{self.words} had no answer for {silence:.1f} s while the database was away"] * (silence > ANSWERED_SECONDS_MAX + slack)


def callers_of(site, over):
    numbers = itertools.count(1)
    callers = [Caller("submissions", Client(site.api, numbers, over), {"server", "database"}, 202) for _ in range(CLIENTS)]
    if "api" in site.set_up.others:
        callers += [Caller("submissions at the second API", Client(site.second_api, numbers, over), {"api", "database"}, 202) for _ in range(CLIENTS)]
    at_registry = Asker(Api(Registry(site)), lambda api: api.call("GET", "/api/v1/plugins/tally"), over, READ_EVERY_SECONDS)
    home = "registry" if "registry" in site.set_up.others else "server"
    return [*callers, Caller("questions to the registry", at_registry, {home, "database"}, 200)]


def attack(set_up, rounds, seed, say=lambda words: None, away=AWAY_SECONDS, slack=0.0):
    """Every part so often, in an order of chance; `slack`: seconds for a host that is busy with other things. Returns the figures and what is wrong."""
    chance, pause, over = random.Random(seed), threading.Event(), threading.Event()
    parts = parts_of(ALL[set_up])
    site, deliberators = Installation(ALL[set_up]), []
    try:
        site.add_plugin("tally", ECHO_AND_SAY)
        callers, watcher = callers_of(site, over), Watcher(site)
        if set_up in ONE_PROCESS or "executor" in site.set_up.others:
            deliberators.append(Deliberator(site, over))
        for thread in [*(one.asker for one in callers), *deliberators]:
            thread.start()
        turns = [name for _ in range(rounds) for name in chance.sample(parts, len(parts))]
        healed, faults, losses_max = dict.fromkeys(parts, 0.0), [], 0
        for number, name in enumerate(turns):
            part = Part(site, name)
            until(lambda: all(one.is_served() for one in callers))
            pause.wait(chance.uniform(*WELL_SECONDS))
            down = time.monotonic()
            part.kill()
            pause.wait(away)
            back = time.monotonic()
            part.start()
            losses_max += part.slots
            until(lambda: all(one.is_served(back) for one in callers))
            healed[name] = max(healed[name], time.monotonic() - back)
            faults += [fault for one in callers for fault in one.judge(name, down, back, slack)]
            say(f"{number + 1} of {len(turns)} outages, the last of the {name}")
        over.set()
        for one in callers:
            one.asker.join()
        site.api.settle(lambda left: say(f"{left} jobs have not ended"))
        watcher.finish()
        figures, wrong = account(site.api, told_of([one.asker for one in callers if isinstance(one.asker, Client)]), watcher.first_seen, losses_max, say)
        faults += wrong
        for one in deliberators:
            figures["deliberations"], unended = one.finish()
            faults += unended
        faults += [f"after the {name} was back, it took {seconds:.1f} s until all went on" for name, seconds in healed.items() if seconds > HEALED_SECONDS_MAX]
        site.stop()
        return figures | {"outages": len(turns), "healed_max_s": round(max(healed.values()), 2)}, faults
    finally:
        over.set()
        for one in deliberators:
            one.close()
        site.close()


def told_of(clients):
    told = Told(sent=sum(one.sent for one in clients))
    for one in clients:
        told.acked |= one.acked
    return told
