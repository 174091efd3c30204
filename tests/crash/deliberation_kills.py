"""R18: a server that is killed again and again in the middle of deliberations goes on with what is missing, pays for no recorded call twice, and keeps
what has ended."""
import json
import random
import threading

from client import until
from fake_model import FakeModel
from installation import SET_UPS, Installation

PATH = "/api/v1/deliberations"
AGENTS, SAMPLES = "abc", 8
CALLS = len(AGENTS) * SAMPLES
KILLS_OF_EACH = 8  # the last of them near the end, which may have been reached
FIRST_SEED = 1000  # of an agent's first sample; the next one has the next, by which the model knows them
CALLS_SECONDS_MAX = 30


class Rations:
    """Lets so many requests be answered as it was given; those of an earlier life of the server get a refusal that nobody reads."""

    def __init__(self):
        self._changed, self._left, self._life, self._asked = threading.Condition(), 0, 0, 0

    def give(self, answers):
        with self._changed:
            self._left += answers
            self._changed.notify_all()

    def begin_life(self):
        with self._changed:
            self._life, self._left, self._asked = self._life + 1, 0, 0
            self._changed.notify_all()

    def wait_for_calls(self, count):
        """Until so many have been asked for in this life. Only then may it end: who comes later would eat of the next one's."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._asked >= count, CALLS_SECONDS_MAX), f"{self._asked} of {count} calls"

    def answer(self, _request):
        with self._changed:
            life = self._life
            self._asked += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._life != life or self._left > 0)
            if self._life != life:
                return 500
            self._left -= 1
            return "eleven"


def attack(set_up, kills, seed, say=lambda words: None):
    """So many kills, KILLS_OF_EACH of them in each deliberation. Returns the figures and what is wrong."""
    siege = Siege(set_up, seed)
    try:
        while siege.figures["kills"] < kills:
            siege.one_deliberation(min(KILLS_OF_EACH, kills - siege.figures["kills"]), lambda done: say(f"{done} of {kills} kills"))
        siege.judge_all()
        siege.site.stop()
        return siege.figures, siege.faults
    finally:
        siege.close()


class Siege:
    def __init__(self, set_up, seed):
        self._chance, self._rations = random.Random(seed), Rations()
        self._model = FakeModel(says=self._rations.answer)
        self.site, self._ends, self.faults = Installation(SET_UPS[set_up]), {}, []
        self.figures = {"deliberations": 0, "kills": 0, "recorded": 0, "asked": 0, "asked_again": 0, "ended_before_a_kill": 0}

    def close(self):
        self.site.close()
        self._model.end()

    def one_deliberation(self, kills, say):
        self._rations.begin_life()
        name = self._submit()
        self._rations.wait_for_calls(CALLS)
        for kill in range(1, kills + 1):
            self._kill_amid(name, is_last=kill == KILLS_OF_EACH)
            say(self.figures["kills"])
        self._rations.give(CALLS)
        end = until(lambda: (found := self._read(name))["status"] != "running" and found)
        self.figures["deliberations"] += 1
        self.figures["recorded"] += len(end["calls"])
        self._ends[name] = end

    def judge_all(self):
        """Each has all of its calls, ended well, and shows what it showed at its end, however often the server was killed since."""
        self.figures["asked"] = len(self._model.calls)
        for name, end in self._ends.items():
            if end["status"] != "completed" or len({_name_of(call) for call in end["calls"]}) != CALLS or len(end["calls"]) != CALLS:
                self.faults.append(f"deliberation {name} is {end['status']} with {len(end['calls'])} calls: {end['error_message']}")
            if self._read(name) != end:
                self.faults.append(f"deliberation {name} changed after its end")
            if not self.site.api.must("GET", f"{PATH}/{name}/replay")["same"]:
                self.faults.append(f"deliberation {name} ends otherwise when it is decided again")

    def _submit(self):
        body = {"task_id": "t", "task_description": "Name a prime above 10.", "role": "DEV", "constraints": {"story_id": "s"},
                "agents": [{"id": agent, "role": "DEV", "model": agent} for agent in AGENTS], "vllm_url": self._model.url, "vllm_model": "m",
                "per_agent_models": True, "options": {"seed": FIRST_SEED, "stages": [{"kind": "propose", "samples": SAMPLES}, {"kind": "score"}]}}
        return json.loads(self.site.api.call("POST", PATH, json.dumps(body).encode())[1])["deliberation_id"]

    def _read(self, name):
        return self.site.api.must("GET", f"{PATH}/{name}")

    def _recorded(self, name):
        return {_name_of(call) for call in self._read(name)["calls"]}

    def _kill_amid(self, name, is_last):
        """At a moment at which some of the answers that were let through may be recorded, and some under way."""
        known = len(self._recorded(name))
        answers = CALLS - known if is_last else self._chance.randint(1, 2)
        self._rations.give(answers)
        seen = known + self._chance.randint(0, answers)
        until(lambda: len(self._recorded(name)) >= seen)
        self.site.kill_server()
        self._rations.begin_life()
        asked = len(self._model.calls)
        self.site.restart_server()
        self.figures["kills"] += 1
        found = self._read(name)
        done = {_name_of(call) for call in found["calls"]}
        if len(done) < seen:
            self.faults.append(f"deliberation {name} had {seen} recorded calls before the kill and has {len(done)}")
        if found["status"] != "running":
            self.figures["ended_before_a_kill"] += 1
            return
        self._rations.wait_for_calls(CALLS - len(done))
        again = done & {(call["model"], call["seed"]) for call in self._model.calls[asked:]}
        self.figures["asked_again"] += len(again)
        if again:
            self.faults.append(f"deliberation {name} has asked again for {sorted(again)}, which were recorded")


def _name_of(call):
    """As the model knows it: of which agent, and its seed."""
    return call["agent_id"], call["sample"] + FIRST_SEED
