"""API keys: shown once, bounded by their scopes, gone when they or their owner are."""
import json

import pytest

READS = ("/api/v1/jobs", "/api/v1/users", "/api/v1/plugins", "/api/v1/dashboard/stats")


def key_of(client, *scopes):
    made = client.post("/api/v1/api-keys", {"name": "for a test", "scopes": list(scopes)}, 201).json()
    return made, client.with_token(made["api_key"])


def test_a_key_is_shown_once_and_then_only_listed(alice, bob):
    made, _ = key_of(alice.client, "read")
    listed = alice.client.get("/api/v1/api-keys")
    assert made["id"] in [item["id"] for item in listed.json()["items"]]
    assert made["api_key"] not in listed.text
    assert made["id"] not in [item["id"] for item in bob.client.get("/api/v1/api-keys").json()["items"]]


@pytest.mark.parametrize("path", READS)
def test_read_reads_and_nothing_more(alice, echo, path):
    _, key = key_of(alice.client, "read")
    key.get(path)
    key.post("/api/v1/jobs", {"plugin_name": echo}, 403)


def test_submit_submits(alice, echo):
    _, key = key_of(alice.client, "submit")
    job = key.submit(echo, {})
    assert job["owner_id"] == alice.id
    alice.client.finished(job["id"])


def test_a_plain_users_key_is_no_administrators(alice, admin):
    answer = alice.client.post("/api/v1/api-keys", {"name": "too much", "scopes": ["admin"]})
    assert answer.status_code in (201, 403, 422)
    if answer.status_code == 201:
        alice.client.with_token(answer.json()["api_key"]).delete(f"/api/v1/users/{admin.id}", 403)


def test_an_administrators_key_needs_the_scope(admin, new_user):
    user = new_user()
    _, reader = key_of(admin.client, "read", "submit")
    reader.delete(f"/api/v1/users/{user.id}", 403)
    _, full = key_of(admin.client, "admin")
    full.delete(f"/api/v1/users/{user.id}", 204)


def test_a_deleted_key_is_worth_nothing(alice):
    made, key = key_of(alice.client, "read")
    key.get("/api/v1/jobs")
    alice.client.delete(f"/api/v1/api-keys/{made['id']}")
    assert key.get("/api/v1/jobs", 401).json() == {"detail": "Could not validate credentials"}
    alice.client.delete(f"/api/v1/api-keys/{made['id']}", 404)


def test_a_key_ends_with_its_owner(admin, new_user):
    user = new_user()
    _, key = key_of(user.client, "read")
    admin.client.put(f"/api/v1/users/{user.id}", {"is_active": False}, 200)
    key.get("/api/v1/jobs", 401)


@pytest.mark.parametrize("body, place", [
    ({"scopes": ["read"]}, "name"), ({"name": "", "scopes": ["read"]}, "name"), ({"name": "x"}, "scopes"), ({"name": "x", "scopes": ["fly"]}, "scopes"),
    ({"name": "x", "scopes": "read"}, "scopes"),
])
def test_a_bad_field_is_named(alice, body, place):
    faults = alice.client.post("/api/v1/api-keys", body, 422).json()["detail"]
    assert ["body", place] in [fault["loc"][:2] for fault in faults]


def test_the_data_directorys_key_is_an_administrators(server, anyone, new_user):
    key = json.loads((server.data_dir / "cli.json").read_text())["api_key"]
    user = new_user()
    anyone.with_token(key).delete(f"/api/v1/users/{user.id}", 204)
