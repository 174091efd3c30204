"""R18: a server that is killed again and again in the middle of a deliberation goes on with what is missing, and pays for no recorded call twice."""
import random
import threading

from client import Client, make_user, until
from deliberation_bodies import deliberation, submit
from fake_model import FakeModel

PATH = "/api/v1/deliberations"
KILLS = 8
SAMPLES = 8
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


def name_of(request):
    return request["model"], request["seed"]


def recorded(client, name):
    found = client.get(f"{PATH}/{name}").json()
    return found, {(call["agent_id"], call["sample"] + 1000) for call in found["calls"]}


def test_r18_no_recorded_call_is_asked_again_however_often_it_is_killed(start_server, contract, tmp_path):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance, rations = random.Random(seed), Rations()
    model = FakeModel(says=rations.answer)
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    options = {"seed": 1000, "stages": [{"kind": "propose", "samples": SAMPLES}, {"kind": "score"}]}
    name = submit(user.client, deliberation(model, agents=3, options=options))
    client = user.client
    rations.wait_for_calls(3 * SAMPLES)
    for _ in range(KILLS):
        known = len(recorded(client, name)[1])
        answers = chance.randint(1, 2)
        rations.give(answers)
        seen = known + chance.randint(0, answers)
        until(lambda: len(recorded(client, name)[1]) >= seen)
        server.kill()
        rations.begin_life()
        asked = len(model.calls)
        server = start_server(data_dir=tmp_path / "state")
        client = Client(server.api, contract, user.client.token)
        found, done = recorded(client, name)
        assert found["status"] == "running" and len(done) >= known
        rations.wait_for_calls(3 * SAMPLES - len(done))
        assert not done & {name_of(call) for call in model.calls[asked:]}
    rations.give(3 * SAMPLES)
    end = until(lambda: (found := recorded(client, name)[0])["status"] != "running" and found)
    assert end["status"] == "completed" and len(end["calls"]) == 3 * SAMPLES
    assert client.get(f"{PATH}/{name}/replay").json()["same"]
    model.end()
