"""Each process of an installation, and its database, is killed with kill -9 in turn, is away for ten seconds and comes back, while clients submit.
Nothing that was accepted is lost or done twice, deliberations included, and what does not need the part that is away goes on."""
import itertools
import random
import threading
import time

from accounting import ECHO_AND_SAY, Told, account
from client import until
from database_faults import Client
from deliberators import Deliberator
from installation import ALL, ONE_PROCESS, Api, Installation

AWAY_SECONDS = 10
WELL_SECONDS = (0.3, 1.5)  # between two
HEALED_SECONDS_MAX = 10  # from the moment that the part is back: a worker's lost jobs wait for their lease, and for no longer
CLIENTS = 2
CARRIES_SUBMISSIONS = {"server", "database"}


def parts_of(set_up):
    """What of it can be away by itself. The server is the one that has the API."""
    return ("server", *set_up.others, *["runner"] * bool(set_up.runners), *["database"] * (set_up.database == "postgres"))


class Part:
    """One that can be killed and started again. `slots`: runs that go down with it, or whose claims may."""

    def __init__(self, site, name):
        self._site, self._name = site, name

    @property
    def slots(self):
        own = {"registry": 0, "executor": 0, "worker": self._site.set_up.other_slots, "runner": self._site.set_up.runner_slots}
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


class RegistryReader(threading.Thread):
    """Asks the registry, again and again."""

    def __init__(self, site, over):
        super().__init__(daemon=True)
        self._site, self._over, self.answers = site, over, []

    def run(self):
        api = Api(Registry(self._site))
        while not self._over.wait(0.1):
            answer = api.call("GET", "/api/v1/plugins/tally")
            self.answers.append((time.monotonic(), answer[0] if answer else 0))


class Registry:
    """Where it is; on loopback it asks for no token."""
    token = None

    def __init__(self, site):
        self._site = site

    @property
    def url(self):
        return self._site.others.get("registry", self._site.server).registry


def attack(set_up, rounds, seed, say=lambda words: None, away=AWAY_SECONDS):
    """Every part so often, in an order of chance. Returns the figures and what is wrong."""
    chance, pause, over = random.Random(seed), threading.Event(), threading.Event()
    parts = parts_of(ALL[set_up])
    site, deliberators = Installation(ALL[set_up]), []
    try:
        site.add_plugin("tally", ECHO_AND_SAY)
        numbers = itertools.count(1)
        clients, reader = [Client(site, numbers, over) for _ in range(CLIENTS)], RegistryReader(site, over)
        if set_up in ONE_PROCESS or "executor" in site.set_up.others:
            deliberators.append(Deliberator(site, over))
        for thread in [*clients, reader, *deliberators]:
            thread.start()
        turns = [name for _ in range(rounds) for name in chance.sample(parts, len(parts))]
        healed, faults, losses_max = dict.fromkeys(parts, 0.0), [], 0
        for number, name in enumerate(turns):
            part = Part(site, name)
            until(lambda: all(client.answers and client.answers[-1][2] == 202 for client in clients))
            pause.wait(chance.uniform(*WELL_SECONDS))
            down = time.monotonic()
            part.kill()
            pause.wait(away)
            back = time.monotonic()
            part.start()
            losses_max += part.slots
            faults += judge_meanwhile(site, name, clients, reader, down, back)
            until(lambda: all(client.answers[-1][2] == 202 and client.answers[-1][0] > back for client in clients))
            until(lambda: reader.answers[-1][1] == 200 and reader.answers[-1][0] > back)
            healed[name] = max(healed[name], time.monotonic() - back)
            say(f"{number + 1} of {len(turns)} outages, the last of the {name}")
        over.set()
        for thread in [*clients, reader]:
            thread.join()
        site.api.settle(lambda left: say(f"{left} jobs have not ended"))
        told = Told(sent=sum(client.sent for client in clients))
        for client in clients:
            told.acked |= client.acked
        figures, wrong = account(site.api, told, {}, losses_max, say)
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


def judge_meanwhile(site, name, clients, reader, down, back):
    """Who does not need what was away must not have felt it."""
    refused = {status for client in clients for start, end, status in client.answers if start > down and end < back and status != 202}
    asked = {status for at, status in reader.answers if down + 0.5 < at < back and status != 200}
    faults = []
    if name not in CARRIES_SUBMISSIONS and refused:
        faults.append(f"submissions were answered with {sorted(refused)} while the {name} was away")
    if name == "database" and refused - {503}:
        faults.append(f"submissions were answered with {sorted(refused)} while the database was away, not with 503 alone")
    carries_registry = {"database", "registry" if "registry" in site.others else "server"}
    if name not in carries_registry and asked:
        faults.append(f"the registry answered with {sorted(asked)} while the {name} was away")
    return faults
