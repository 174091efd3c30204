"""Deliberations under attack: they are asked for while parts are away, and each that was taken must end with an answer."""
import json
import threading

from client import until
from model_stub import ModelStub

PATH = "/api/v1/deliberations"
EVERY_SECONDS = 0.5
ENDED_SECONDS_MAX = 60
FIRST_TOKEN_MS = 300  # so that some are under way whenever a part goes down


class Deliberator(threading.Thread):
    """Asks for one deliberation after the other, of two agents each, until `over`. Its model is ended by close()."""

    def __init__(self, site, over):
        super().__init__(daemon=True)
        self._site, self._over, self.taken = site, over, []
        self._model = ModelStub("--first-token", FIRST_TOKEN_MS)

    def run(self):
        api = self._site.api
        agents = [{"id": name, "role": "DEV", "model": "m"} for name in ("a", "b")]
        body = json.dumps({"task_id": "t", "task_description": "Name a prime above 10.", "role": "DEV", "constraints": {"story_id": "s"}, "agents": agents,
                           "vllm_url": self._model.url, "vllm_model": "m"}).encode()
        while not self._over.wait(EVERY_SECONDS):
            answer = api.call("POST", PATH, body)
            if answer and answer[0] == 202:
                self.taken.append(json.loads(answer[1])["deliberation_id"])

    def finish(self):
        """How many were taken, and what is wrong with those that did not end as they should."""
        self.join()
        api, states = self._site.api, {}

        def all_have_ended():
            for name in self.taken:
                if states.get(name, "running") == "running":
                    states[name] = api.must("GET", f"{PATH}/{name}")["status"]
            return "running" not in states.values()

        try:
            until(all_have_ended, ENDED_SECONDS_MAX)
        except AssertionError:
            pass  # told below, by name
        return len(self.taken), [f"deliberation {name} is {state}" for name, state in states.items() if state != "completed"]

    def close(self):
        self._model.stop()
