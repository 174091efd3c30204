"""Attack rows J8, J9 and J12: passwords, what a login gives away, and fields that a registration must not apply."""
import sqlite3
import statistics
import time
import uuid

import pytest
from client import Client, log_in, make_user
from set_up import needs_sqlite

ROUNDS = 5


def fresh_email():
    return f"fresh-{uuid.uuid4().hex[:12]}@example.com"


@pytest.mark.parametrize("password", ["x" * 72, "x" * 64, "ü" * 64, "😀" * 64, "pass word with spaces ", "密" * 64], ids=["72", "64", "ü", "emoji", "spaces", "han"])
def test_j8_a_long_password_is_kept_whole(anyone, password):
    email = fresh_email()
    answer = anyone.post("/api/v1/users", {"email": email, "password": password})
    assert answer.status_code == 201, answer.text
    log_in(anyone, email, password)
    anyone.post("/api/v1/auth/token", {"username": email, "password": password[:-1] + "?"}, 401)
    anyone.post("/api/v1/auth/token", {"username": email, "password": password + "?"}, 401)


def test_j8_another_73rd_byte_does_not_log_in(anyone):
    email, password = fresh_email(), "a" * 72 + "b"
    answer = anyone.post("/api/v1/users", {"email": email, "password": password})
    assert answer.status_code in (201, 422)
    anyone.post("/api/v1/auth/token", {"username": email, "password": "a" * 72 + "c"}, 401)


def test_j8_nul_and_excess_are_refused(anyone):
    anyone.post("/api/v1/users", {"email": fresh_email(), "password": "long\0enough"}, 422)
    answer = anyone.post("/api/v1/users", {"email": fresh_email(), "password": "x" * 1_048_000})
    assert answer.status_code in (413, 422)
    start = time.monotonic()
    answer = anyone.post("/api/v1/auth/token", {"username": fresh_email(), "password": "x" * 1_048_000})
    assert answer.status_code in (401, 413, 422)
    assert time.monotonic() - start < 2


def cost_of_login(server, anyone, email):
    before = server.cpu_seconds()
    anyone.post("/api/v1/auth/token", {"username": email, "password": "a wrong password"}, 401)
    return server.cpu_seconds() - before


def test_j9_an_unknown_email_takes_the_time_of_a_known_one(start_server, contract):
    """Small here; `./dev bench --only logins` measures shares on a larger sample. A missing hash would show as a factor, not as a share."""
    server = start_server(environment={"ORC_PASSWORD_COST": "12"})  # the usual one
    anyone = Client(server.api, contract)
    make_user(anyone, "known@example.com")
    known, unknown = [], []
    for _ in range(ROUNDS):
        known.append(cost_of_login(server, anyone, "known@example.com"))
        unknown.append(cost_of_login(server, anyone, fresh_email()))
    assert min(statistics.median(known), statistics.median(unknown)) > 0.05, "one of them hashes nothing"
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2, (known, unknown)


@needs_sqlite("the hash is in its file")
@pytest.mark.parametrize(("environment", "cost"), [({"ORC_PASSWORD_COST": "12"}, "12"), ({"ORC_PASSWORD_COST": "11"}, "11")])
def test_a_hash_has_the_cost_that_was_asked_for(start_server, contract, environment, cost):
    server = start_server(environment=environment)
    make_user(Client(server.api, contract), "some@example.com")
    server.stop()
    with sqlite3.connect(server.data_dir / "orc.db") as database:
        hashes = [row[0] for row in database.execute("SELECT password_hash FROM users")]
    assert hashes and all(text.startswith(f"$2b${cost}$") for text in hashes), hashes


def test_j9_a_wrong_password_hides_that_the_user_is_inactive(anyone, admin, new_user):
    user = new_user()
    admin.client.put(f"/api/v1/users/{user.id}", {"is_active": False}, 200)
    answer = anyone.post("/api/v1/auth/token", {"username": user.email, "password": "a wrong password"}, 401)
    assert answer.json() == {"detail": "Incorrect email or password"}


def test_j12_a_registration_applies_nothing_but_its_own_fields(anyone, admin):
    email = fresh_email()
    extra = {"role": "admin", "id": 1, "hashed_password": "$2b$12$x", "is_active": False, "created_at": "2000-01-01T00:00:00Z"}
    user = anyone.post("/api/v1/users", {"email": email, "password": "long enough"} | extra, 201).json()
    assert (user["role"], user["is_active"]) == ("user", True) and user["id"] != admin.id
    assert not user["created_at"].startswith("2000")
    log_in(anyone, email, "long enough")


def test_j12_a_user_does_not_raise_oneself(anyone, new_user):
    user = new_user()
    for change in ({"role": "admin"}, {"is_active": False}):
        answer = user.client.put(f"/api/v1/users/{user.id}", {"full_name": "Me"} | change)
        assert answer.status_code in (200, 403)
    answer = user.client.put(f"/api/v1/users/{user.id}", {"id": 1, "hashed_password": "x", "full_name": "Still me"}, 200)
    now = user.client.get("/api/v1/users/me").json()
    assert (now["id"], now["role"], now["is_active"], now["full_name"]) == (user.id, "user", True, "Still me")
    log_in(anyone, user.email, user.password)


@pytest.mark.parametrize("email", [
    "", "@", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b\r\nBcc: x@y.example", "a@b.example\n", "a\0@b.example", "a" * 10_000 + "@b.example",
    "a@-b.example", "a@b..example", "<script>@b.example", 7, None, ["a@b.example"],
], ids=lambda value: repr(value)[:24])
def test_j12_what_is_no_address_is_refused(anyone, email):
    faults = anyone.post("/api/v1/users", {"email": email, "password": "long enough"}, 422).json()["detail"]
    assert ["body", "email"] in [fault["loc"] for fault in faults]


def test_j12_duplicates_are_found_after_normalisation(anyone):
    email = fresh_email()
    anyone.post("/api/v1/users", {"email": email, "password": "long enough"}, 201)
    for variant in (email.upper(), f" {email}", f"{email} ", email.replace("@example.com", "@EXAMPLE.com")):
        answer = anyone.post("/api/v1/users", {"email": variant, "password": "long enough"})
        assert answer.status_code in (400, 422), f"{variant!r} was answered {answer.status_code}"
    log_in(anyone, email.upper(), "long enough")
