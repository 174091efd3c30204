"""Callbacks where processes die, and where several deliver from one database."""
import json
import secrets

from callback_receiver import Receiver
from client import Client, make_user, until
from orc_server import OrcServer
from plugin_package import ECHO, upload

JOBS, KILLS, IN_FLIGHT_MAX = 60, 3, 8
LEASE_SECONDS = 30


def submit(client, receiver, count):
    jobs = [{"plugin_name": "echo", "callback_url": receiver.origin + "/x"} for _ in range(count)]
    return {job["id"] for job in client.post("/api/v1/jobs:batch", {"jobs": jobs}, 202).json()["items"]}


def take_in(receiver, heard):
    """Notes what came since: job → the names under which its end was told, one for each time."""
    while not receiver.got.empty():
        _, headers, body = receiver.got.get()
        heard.setdefault(json.loads(body)["data"]["id"], []).append(headers["webhook-id"])
    return heard


def test_every_end_is_told_though_the_server_is_killed_again_and_again(tmp_path, contract):
    receiver, heard = Receiver(), {}
    arguments = ("--callback-origins", receiver.origin)
    server = OrcServer(tmp_path / "data", arguments)
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        upload(admin, "echo", ECHO)
        jobs = submit(admin, receiver, JOBS)
        for kill in range(KILLS):
            until(lambda: len(take_in(receiver, heard)) >= (kill + 1) * JOBS // (KILLS + 2))
            server.kill()
            server = OrcServer(tmp_path / "data", arguments)
        # What was taken and not told when its process died comes after its lease.
        until(lambda: set(take_in(receiver, heard)) == jobs, seconds=LEASE_SECONDS + 30)
        again = sum(len(names) - 1 for names in heard.values())
        print(f"{len(jobs)} ends, {KILLS} kills, {again} told again")
        assert all(len(set(names)) == 1 for names in heard.values()), "under one name each"
        assert again <= KILLS * IN_FLIGHT_MAX
        server.stop()
    finally:
        if server.process.poll() is None:
            server.kill()
        receiver.close()


def test_of_several_processes_on_one_database_one_tells_each_end(postgres, tmp_path, contract):
    receiver, heard = Receiver(), {}
    environment = {"DATABASE_URL": postgres.new_database(), "SECRET_KEY": secrets.token_hex(32)}
    arguments = ("--callback-origins", receiver.origin)
    servers = [OrcServer(tmp_path / f"data-{n}", (*arguments, "--workers", "2"), environment) for n in range(3)]
    try:
        admin = make_user(Client(servers[0].api, contract), "admin@example.com").client
        upload(admin, "echo", ECHO)
        jobs = submit(admin, receiver, JOBS)
        until(lambda: set(take_in(receiver, heard)) == jobs, seconds=60)
        one = next(iter(jobs))
        for server in servers:  # whichever told it, all show it
            until(lambda: Client(server.api, contract, admin.token).get(f"/api/v1/jobs/{one}/deliveries").json()["items"][0]["state"] == "delivered")
    finally:
        for server in servers:
            server.stop()
        receiver.close()
    assert all(len(names) == 1 for names in take_in(receiver, heard).values()), heard
