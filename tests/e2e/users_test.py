"""Accounts: the first user, registration, login, reading and changing users, API keys."""
import uuid

import pytest
from client import Client, log_in, make_user

USER_FIELDS = {"id", "email", "full_name", "is_active", "created_at", "role"}


def fresh_email():
    return f"fresh-{uuid.uuid4().hex[:12]}@example.com"


def test_the_first_user_of_an_empty_database_is_an_administrator(start_server, contract):
    anyone = Client(start_server().api, contract)
    first, second = make_user(anyone, "one@example.com"), make_user(anyone, "two@example.com")
    assert first.client.get("/api/v1/users/me").json()["role"] == "admin"
    assert second.client.get("/api/v1/users/me").json()["role"] == "user"


def test_a_user_is_told_without_password_or_hash(anyone, alice):
    for answer in (alice.client.get("/api/v1/users/me"), alice.client.get("/api/v1/auth/me"), alice.client.get(f"/api/v1/users/{alice.id}")):
        user = answer.json()
        assert set(user) == USER_FIELDS
        assert (user["id"], user["email"], user["full_name"], user["is_active"]) == (alice.id, alice.email, "Alice", True)
        assert alice.password not in answer.text and "$2b$" not in answer.text


@pytest.mark.parametrize("form", [True, False], ids=["form", "json"])
def test_login_by_form_and_by_json(anyone, alice, form):
    fields = {"username": alice.email, "password": alice.password}
    answer = anyone.request("POST", "/api/v1/auth/token", 200, **({"data": fields | {"grant_type": "password"}} if form else {"json": fields}))
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert anyone.with_token(body["access_token"]).get("/api/v1/users/me").json()["id"] == alice.id


def test_the_wrong_password_and_the_unknown_email_are_told_alike(anyone, alice):
    wrong = anyone.post("/api/v1/auth/token", {"username": alice.email, "password": "not her password"}, 401)
    unknown = anyone.post("/api/v1/auth/token", {"username": fresh_email(), "password": "not her password"}, 401)
    assert wrong.json() == unknown.json() == {"detail": "Incorrect email or password"}


def test_an_inactive_user_is_told_only_with_the_right_password(anyone, admin, new_user):
    user = new_user()
    admin.client.put(f"/api/v1/users/{user.id}", {"is_active": False}, 200)
    answer = anyone.post("/api/v1/auth/token", {"username": user.email, "password": user.password}, 400)
    assert answer.json() == {"detail": "Inactive user"}
    anyone.post("/api/v1/auth/token", {"username": user.email, "password": "wrong password"}, 401)
    assert user.client.get("/api/v1/users/me", 401).json() == {"detail": "Could not validate credentials"}


def test_a_token_from_before_a_deactivation_stays_ended(anyone, admin, new_user):
    user = new_user()
    for is_active in (False, True):
        admin.client.put(f"/api/v1/users/{user.id}", {"is_active": is_active}, 200)
        user.client.get("/api/v1/users/me", 401)
    anyone.with_token(log_in(anyone, user.email, user.password)).get("/api/v1/users/me", 200)


def test_no_token_and_a_bad_token_are_told_apart(anyone):
    assert anyone.get("/api/v1/users/me", 401).json() == {"detail": "Not authenticated"}
    assert anyone.with_token("nonsense").get("/api/v1/users/me", 401).json() == {"detail": "Could not validate credentials"}


def test_a_taken_email_is_refused_whatever_its_case(anyone, alice):
    for email in (alice.email, alice.email.upper()):
        answer = anyone.post("/api/v1/users", {"email": email, "password": "long enough"}, 400)
        assert answer.json() == {"detail": "Email already registered"}


def test_every_fault_of_a_registration_is_named_at_once(anyone):
    faults = anyone.post("/api/v1/users", {"email": "no address", "password": "short"}, 422).json()["detail"]
    assert {tuple(fault["loc"]) for fault in faults} == {("body", "email"), ("body", "password")}
    faults = anyone.post("/api/v1/users", {}, 422).json()["detail"]
    assert {tuple(fault["loc"]) for fault in faults} == {("body", "email"), ("body", "password")}


def test_closed_registration_admits_only_an_administrators_hand(start_server, contract, tmp_path):
    data_dir = tmp_path / "state"
    server = start_server(data_dir=data_dir)
    admin = make_user(Client(server.api, contract), "one@example.com")
    server.stop()
    server = start_server("--registration", "closed", data_dir=data_dir)
    anyone = Client(server.api, contract)
    answer = anyone.post("/api/v1/users", {"email": "two@example.com", "password": "long enough"}, 403)
    assert answer.json() == {"detail": "Registration is closed"}
    again = anyone.with_token(log_in(anyone, admin.email, admin.password))
    again.post("/api/v1/users", {"email": "two@example.com", "password": "long enough"}, 201)


def test_users_are_listed_in_pages(alice, bob):
    total = alice.client.get("/api/v1/users?limit=1").json()["total"]
    assert total >= 3
    seen = []
    for skip in range(total):
        page = alice.client.get(f"/api/v1/users?skip={skip}&limit=1").json()
        assert page["total"] == total and len(page["items"]) == 1
        seen.append(page["items"][0]["id"])
    assert len(set(seen)) == total and {alice.id, bob.id} <= set(seen)


def test_an_unknown_user_is_404(alice):
    assert alice.client.get("/api/v1/users/999999999", 404).json() == {"detail": "User not found"}


def test_one_changes_oneself_and_an_administrator_anyone(admin, new_user):
    user, email = new_user(), fresh_email()
    changed = user.client.put(f"/api/v1/users/{user.id}", {"full_name": "Other", "email": email}, 200).json()
    assert (changed["full_name"], changed["email"]) == ("Other", email)
    assert admin.client.put(f"/api/v1/users/{user.id}", {"full_name": "Third"}, 200).json()["full_name"] == "Third"
    assert new_user().client.put(f"/api/v1/users/{user.id}", {"full_name": "Mine"}, 403).json() == {"detail": "Insufficient permissions"}


def test_null_takes_the_name_away_and_absence_leaves_it(new_user):
    user = new_user()
    for change, name in (({"full_name": "Name"}, "Name"), ({}, "Name"), ({"full_name": None}, None), ({}, None)):
        assert user.client.put(f"/api/v1/users/{user.id}", change, 200).json()["full_name"] == name
        assert user.client.get(f"/api/v1/users/{user.id}").json()["full_name"] == name


def test_changing_the_email_to_a_taken_one_is_refused(alice, new_user):
    user = new_user()
    assert user.client.put(f"/api/v1/users/{user.id}", {"email": alice.email}, 400).json() == {"detail": "Email already registered"}


def test_changing_the_password_ends_every_earlier_token(anyone, new_user):
    user = new_user()
    second = anyone.with_token(log_in(anyone, user.email, user.password))
    user.client.put(f"/api/v1/users/{user.id}", {"password": "another long password"}, 200)
    user.client.get("/api/v1/users/me", 401)
    second.get("/api/v1/users/me", 401)
    anyone.post("/api/v1/auth/token", {"username": user.email, "password": user.password}, 401)
    anyone.with_token(log_in(anyone, user.email, "another long password")).get("/api/v1/users/me", 200)


def test_a_deleted_users_jobs_stay_without_owner(admin, new_user, echo, for_ever):
    user = new_user()
    done = user.client.finished(user.client.submit(echo, {})["id"])
    running = user.client.submit(for_ever, {})
    user.client.in_status(running["id"], "processing")
    admin.client.delete(f"/api/v1/users/{user.id}")
    user.client.get("/api/v1/users/me", 401)
    assert admin.client.get(f"/api/v1/jobs/{done['id']}").json()["owner_id"] is None
    left = admin.client.finished(running["id"])
    assert (left["status"], left["owner_id"]) == ("cancelled", None)
    admin.client.get(f"/api/v1/users/{user.id}", 404)


def test_neither_oneself_nor_the_last_administrator_can_be_deleted(admin):
    admin.client.delete(f"/api/v1/users/{admin.id}", 409)


def test_the_last_administrator_keeps_role_and_account(start_server, contract):
    admin = make_user(Client(start_server().api, contract), "one@example.com")
    for change in ({"role": "user"}, {"is_active": False}):
        admin.client.put(f"/api/v1/users/{admin.id}", change, 409)
    assert admin.client.get("/api/v1/users/me").json()["role"] == "admin"


def test_a_new_role_counts_at_the_next_request(admin, new_user):
    user = new_user()
    user.client.get("/api/v1/jobs?scope=all", 403)
    admin.client.put(f"/api/v1/users/{user.id}", {"role": "admin"}, 200)
    user.client.get("/api/v1/jobs?scope=all", 200)
    admin.client.put(f"/api/v1/users/{user.id}", {"role": "user"}, 200)
    user.client.get("/api/v1/jobs?scope=all", 403)
