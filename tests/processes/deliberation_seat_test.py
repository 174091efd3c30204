"""Several processes with the role executor on one database: one runs the deliberations, and another goes on when it dies or stops."""
import os
import secrets
import signal
import time

import pytest
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit
from plugin_package import upload

PATH = "/api/v1/deliberations"


@pytest.fixture(name="environment")
def _environment(postgres):
    return {"DATABASE_URL": postgres.new_database(), "SECRET_KEY": secrets.token_hex(32)}


@pytest.fixture(name="two")
def _two(environment, start_server, contract):
    """The first has the seat, as it was alone when it asked."""
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


def database_of(environment):
    return environment["DATABASE_URL"].split("/")[3].split("?")[0]


def seat_holder(postgres, environment):
    """The session of the process that has the seat; empty: nobody has it."""
    return postgres.sql(f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = x'6f726364'::bigint "
                        f"AND database = (SELECT oid FROM pg_database WHERE datname = '{database_of(environment)}')").strip()


def test_a_database_that_stands_still_for_longer_than_a_request_waits_costs_no_call(two, environment, model, postgres):
    """As a disk does that is slow to write: the sessions of writers are given up for it."""
    _, (client, _) = two
    model.close()
    name = submit(client, deliberation(model))
    model.wait_for_calls(2)
    had_it, user = seat_holder(postgres, environment), {"email": "new@example.com", "password": "a good long password"}
    sessions = [int(pid) for pid in postgres.sql(f"SELECT pid FROM pg_stat_activity WHERE datname = '{database_of(environment)}'").split()]
    for session in sessions:
        os.kill(session, signal.SIGSTOP)
    since = time.monotonic()
    try:
        client.post("/api/v1/users", user, 503)
        until(lambda: time.monotonic() - since > 3)  # so long that who has the seat has asked for it meanwhile
    finally:
        for session in sessions:
            os.kill(session, signal.SIGCONT)
    until(lambda: client.post("/api/v1/users", user).status_code in (201, 409))
    assert had_it and seat_holder(postgres, environment) == had_it
    model.open()
    assert ended(client, name)["status"] == "completed" and len(model.calls) == 2


def test_who_was_away_and_lost_its_seat_leaves_the_plugin_that_the_next_one_waits_for(two, environment, model, postgres, start_server, contract):
    (first, _), (_, other) = two
    upload(Client(start_server("--roles", "api,registry", environment=environment).api, contract, other.token), "judge", "sleep 3\necho '{\"score\": 1}'\n")
    name = submit(other, deliberation(model, agents=1, preset="best_of_n", options={"samples": 1, "verifier": "judge"}))
    judging = "/api/v1/jobs?plugin_name=judge"
    until(lambda: other.get(judging).json()["total"])
    had_it = seat_holder(postgres, environment)
    first.process.send_signal(signal.SIGSTOP)
    try:
        postgres.sql(f"SELECT pg_terminate_backend({had_it})")
        until(lambda: seat_holder(postgres, environment) not in ("", had_it))
    finally:
        first.process.send_signal(signal.SIGCONT)
    first.wait_for_line("left to another process")
    start_server("--roles", "worker", environment=environment)
    done = ended(other, name)
    assert (done["status"], done["result"]["score"]) == ("completed", 1), done
    assert [job["status"] for job in other.get(judging).json()["items"]] == ["completed"]
    assert len(model.calls) == 1
