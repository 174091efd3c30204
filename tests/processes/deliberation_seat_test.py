"""Several processes with the role executor on one database: one runs the deliberations, and another goes on when it dies or stops."""
import secrets

import pytest
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit
from fake_model import FakeModel

PATH = "/api/v1/deliberations"


@pytest.fixture(name="model")
def _model():
    model = FakeModel()
    yield model
    model.end()


@pytest.fixture(name="two")
def _two(postgres, start_server, contract):
    """The first has the seat, as it was alone when it asked."""
    environment = {"DATABASE_URL": postgres.new_database(), "SECRET_KEY": secrets.token_hex(32)}
    servers = [start_server("--roles", "api,executor", environment=environment) for _ in range(2)]
    token = make_user(Client(servers[0].api, contract), "admin@example.com").client.token
    return servers, [Client(server.api, contract, token) for server in servers]


def open_calls(client):
    return next(line.split()[1] for line in client.get("/metrics").text.splitlines() if line.startswith("orc_model_calls_open "))


def test_one_process_runs_them_and_the_next_goes_on_when_it_is_killed(two, model):
    (first, _), (_, other) = two
    model.close(only=lambda request: request["model"] != "a")
    name = submit(other, deliberation(model, agents=3))  # who would run it at once, if it could
    model.wait_for_calls(3)
    until(lambda: len(other.get(f"{PATH}/{name}").json()["calls"]) == 1)
    assert open_calls(other) == "0" and len(model.calls) == 3
    first.kill()
    model.wait_for_calls(5)
    model.open()
    done = ended(other, name)
    assert done["status"] == "completed" and len(done["results"]) == 3
    assert sorted(call["model"] for call in model.calls) == ["a", "b", "b", "c", "c"]


def test_a_cancel_at_one_process_hangs_up_at_the_other(two, model):
    _, (runs, other) = two
    model.close()
    name = submit(other, deliberation(model))
    model.wait_for_calls(2)
    assert open_calls(runs) == "2"
    other.post(f"{PATH}/{name}/cancel", {}, 202)
    until(lambda: open_calls(runs) == "0")
    assert ended(runs, name)["status"] == "cancelled"


def test_a_process_that_stops_hands_over_what_has_not_ended(two, model):
    (first, _), (_, other) = two
    model.close()
    name = submit(other, deliberation(model, options={"stages": [{"kind": "propose"}, {"kind": "exchange"}]}))
    model.wait_for_calls(2)
    first.terminate()
    first.wait_for_line("stopping")
    model.open()
    assert first.wait_ended() == 0
    assert ended(other, name)["usage"]["calls"] == 4 and len(model.calls) == 4
