"""Attack rows J10 and L10, and the rate of submissions: who does something too often waits, and nobody else does."""
import concurrent.futures
import http.client
import json
import socket
import struct
import threading
import urllib.parse

from client import Client, make_user
from contract import HeldAnswer, the_contract
from deliberation_bodies import deliberation, ended, submit
from fake_model import FakeModel

FAILURES = 10  # a minute, unless told otherwise


def log_in_from(server, address, email, password, judge=True):
    """The status of a login whose connection comes from another loopback address. `judge`: hold the answer to the contract."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.api).netloc, timeout=30, source_address=(address, 0))
    body = json.dumps({"username": email, "password": password})
    connection.request("POST", "/api/v1/auth/token", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    held = HeldAnswer(answer.status, dict(answer.getheaders()), answer.read())
    if judge:
        the_contract().check("POST", "/api/v1/auth/token", held)
    # Ends it by a reset: thousands of ports in TIME_WAIT would be missing elsewhere.
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return answer.status


def test_j10_failed_logins_are_bounded_by_account_and_address(start_server, contract):
    server = start_server()
    anyone = Client(server.api, contract)
    ada = make_user(anyone, "ada@example.com")
    make_user(anyone, "bob@example.com")
    wrong = {"username": ada.email, "password": "a wrong password"}
    statuses = [anyone.post("/api/v1/auth/token", wrong).status_code for _ in range(FAILURES + 4)]
    assert statuses[:FAILURES] == [401] * FAILURES and 429 in statuses[FAILURES:], statuses
    refused = anyone.post("/api/v1/auth/token", {"username": ada.email.upper(), "password": ada.password}, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60 and "failed logins" in refused.json()["detail"]
    assert log_in_from(server, "127.0.0.9", ada.email, ada.password) == 200
    anyone.post("/api/v1/auth/token", {"username": "bob@example.com", "password": "a good long password"}, 200)
    ada.client.get("/api/v1/users/me", 200)


def test_guesses_at_once_are_no_more_than_those_in_a_row(start_server, contract):
    server = start_server()
    ada = make_user(Client(server.api, contract), "ada@example.com")
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        statuses = list(pool.map(lambda _: log_in_from(server, "127.0.0.9", ada.email, "a wrong password"), range(60)))
    # As many more as were paid off meanwhile, one in six seconds.
    assert FAILURES <= statuses.count(401) <= FAILURES + 2 and set(statuses) == {401, 429}, statuses


def test_guesses_from_one_address_do_not_keep_others_from_logging_in(start_server, contract):
    server = start_server()
    ada = make_user(Client(server.api, contract), "ada@example.com")
    stop = threading.Event()

    def guess(number):
        judge = True  # the first only: the others are there to be many
        while not stop.is_set():
            log_in_from(server, "127.0.0.9", f"nobody{number}@example.com", "a wrong password", judge)
            judge = False

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        guesses = [pool.submit(guess, number) for number in range(50)]
        try:
            statuses = [log_in_from(server, "127.0.0.5", ada.email, ada.password) for _ in range(4)]
        finally:
            stop.set()
    assert statuses == [200] * 4
    for one in guesses:
        one.result()


def test_successful_logins_are_free(start_server, contract):
    anyone = Client(start_server("--login-rate", "1").api, contract)
    ada = make_user(anyone, "ada@example.com")
    for _ in range(4):
        anyone.post("/api/v1/auth/token", {"username": ada.email, "password": ada.password}, 200)


def test_submissions_of_a_user_are_bounded_where_the_operator_says_so(start_server, contract):
    anyone = Client(start_server("--submit-rate", "1").api, contract)
    admin = make_user(anyone, "admin@example.com")
    bob = make_user(anyone, "bob@example.com")
    admin.client.post("/api/v1/plugins", {"name": "later", "version": "1.0.0", "docker_image_url": "x:1"}, 201)
    later = {"plugin_name": "later", "run_at": "2199-01-01T00:00:00Z"}
    admin.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": "none"}] * 30}, 404)  # a refusal is free
    bob.client.post("/api/v1/jobs:batch", {"jobs": [later] * 30}, 202)
    refused = bob.client.post("/api/v1/jobs", later, 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    admin.client.post("/api/v1/jobs", later, 202)
    assert bob.client.get("/api/v1/jobs").json()["total"] == 30


def test_what_a_user_may_use_in_a_day_is_bounded_where_the_operator_says_so(start_server, contract):  # L10
    anyone = Client(start_server("--user-tokens-per-day", "1000000").api, contract)
    ada, bob = (make_user(anyone, f"{name}@example.com").client for name in ("ada", "bob"))
    model = FakeModel()
    model.close()
    large = deliberation(model, options={"budget": {"tokens": 850_000}})
    first, without_budget = submit(ada, large), submit(ada, deliberation(model))
    sentence = ada.post("/api/v1/deliberations", large, 429).json()["detail"]
    assert sentence.startswith("user budget: of 1000000 tokens a day 950000 are used or promised")
    beyond = deliberation(model, options={"budget": {"tokens": 1_000_001}})
    assert [fault["loc"] for fault in bob.post("/api/v1/deliberations", beyond, 422).json()["detail"]] == [["body", "options", "budget", "tokens"]]
    submit(bob, large)
    model.open()
    assert ended(ada, first)["status"] == ended(ada, without_budget)["status"] == "completed"
    assert ended(ada, submit(ada, large))["status"] == "completed"
    model.end()
