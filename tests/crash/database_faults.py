"""R10: PostgreSQL is killed, stopped at once, or falls silent, while clients submit. Nobody hangs, nobody is told nonsense, nothing is lost."""
import collections
import itertools
import json
import random
import threading
import time

from accounting import ECHO_AND_SAY, Told, account
from client import until
from installation import SET_UPS, Installation

REFUSED_SECONDS_MAX = 2.5  # 2 s and the way there and back on a busy machine
HEALED_SECONDS_MAX = 3
AWAY_SECONDS = (2.5, 10.0)
WELL_SECONDS = (0.3, 1.5)  # between two
CLIENTS = 4
BETWEEN_SECONDS = 0.05  # of one client
FAULTS = ("killed", "stopped", "silent")


class Client(threading.Thread):
    """Submits with a key, one request after the other; each key until it is acknowledged."""

    def __init__(self, site, numbers, over):
        super().__init__(daemon=True)
        self._site, self._numbers, self._over = site, numbers, over
        self.answers, self.acked, self.sent = [], {}, 0

    def run(self):
        api = self._site.api
        while not self._over.wait(BETWEEN_SECONDS):
            self.sent += 1
            number = next(self._numbers)
            body = json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode()
            while not self._ask(api, number, body):
                if self._over.wait(BETWEEN_SECONDS):
                    break

    def _ask(self, api, number, body):
        start = time.monotonic()
        answer = api.call("POST", "/api/v1/jobs", body, headers={"Idempotency-Key": f"key-{number}"})
        end = time.monotonic()
        status = answer[0] if answer else 0
        self.answers.append((start, end, status))
        if status == 202:
            self.acked[json.loads(answer[1])["id"]] = number
        return status == 202


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


def attack(set_up, rounds, seed, say=lambda words: None, faults=FAULTS, away=AWAY_SECONDS, postgres=None):
    """Each fault so often, in turn. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    site = Installation(SET_UPS[set_up], postgres=postgres)
    over, pause, healed = threading.Event(), threading.Event(), []
    try:
        site.add_plugin("tally", ECHO_AND_SAY)
        numbers = itertools.count(1)
        clients = [Client(site, numbers, over) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for number in range(rounds):
            fault = faults[number % len(faults)]
            until(lambda: all(client.answers and client.answers[-1][2] == 202 for client in clients), 30)
            pause.wait(chance.uniform(*WELL_SECONDS))
            back = hurt(site.postgres, fault, chance.uniform(*away))
            until(lambda: all(client.answers[-1][2] == 202 and client.answers[-1][0] > back for client in clients), 30)
            first = max(min(end for _, end, status in client.answers if end > back and status == 202) for client in clients)
            healed.append(first - back)
            say(f"{number + 1} of {rounds} outages, the last ({fault}) healed in {healed[-1]:.2f} s")
        over.set()
        for client in clients:
            client.join()
        site.api.settle()
        figures, wrong = judge(site.api, clients)
        if max(healed) > HEALED_SECONDS_MAX:
            wrong.append(f"submissions went on only {max(healed):.1f} s after the database accepted again")
        site.stop()
        return figures | {"outages": rounds, "healed_max_s": round(max(healed), 2)}, wrong
    finally:
        over.set()
        site.close()


def judge(api, clients):
    faults, answers = [], [answer for client in clients for answer in client.answers]
    statuses = collections.Counter(status for _, _, status in answers)
    if set(statuses) - {202, 503}:
        faults.append(f"answers other than 202 and 503 (0: none): {dict(statuses)}")
    slowest = max((end - start for start, end, status in answers if status != 202), default=0)
    if slowest > REFUSED_SECONDS_MAX:
        faults.append(f"a client waited {slowest:.1f} s for a refusal")
    told = Told(sent=sum(client.sent for client in clients))
    for client in clients:
        told.acked |= client.acked
    figures, wrong = account(api, told, {}, losses_max=len(answers))
    return figures | {"refused": statuses[503], "slowest_refusal_s": round(slowest, 2)}, faults + wrong
