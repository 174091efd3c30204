"""Plugins as the registry keeps them: both ports, schemas, immutable versions, rollback."""
import concurrent.futures
import json
import uuid

import pytest
from plugin_package import ECHO, EXIT, tar_of, upload

FIELDS = {"id", "name", "version", "description", "docker_image_url", "input_schema", "output_schema", "is_active", "created_at"}


def fresh(**fields):
    return {"name": f"image-{uuid.uuid4().hex[:12]}", "version": "1.0.0", "docker_image_url": "registry.example/a:1"} | fields


def versions_of(client, name):
    return [item["version"] for item in client.get(f"/api/v1/plugins/{name}/versions").json()["items"]]


@pytest.fixture(name="writer", params=["api", "registry"])
def _writer(request, admin, registry):
    """Whoever may write: an administrator on the API's port, anyone on the registry's while it is on loopback."""
    return admin.client if request.param == "api" else registry


def test_a_plugin_is_made_read_changed_and_deleted(writer):
    given = fresh(description="One", input_schema={"type": "object"}, output_schema={"type": "object"})
    made = writer.post("/api/v1/plugins", given, 201).json()
    assert FIELDS <= set(made) and made["is_active"] is True
    assert {name: made[name] for name in given} == given
    assert writer.get(f"/api/v1/plugins/{given['name']}").json() == writer.get(f"/api/v1/plugins/{made['id']}").json() == made
    changed = writer.put(f"/api/v1/plugins/{given['name']}", {"description": "Two", "is_active": False}, 200).json()
    assert (changed["description"], changed["is_active"], changed["docker_image_url"]) == ("Two", False, given["docker_image_url"])
    writer.delete(f"/api/v1/plugins/{made['id']}")
    assert writer.get(f"/api/v1/plugins/{given['name']}", 404).json() == {"detail": "Plugin not found"}
    writer.delete(f"/api/v1/plugins/{given['name']}", 404)
    writer.put(f"/api/v1/plugins/{given['name']}", {"description": "x"}, 404)


def test_the_older_name_of_the_image_field_is_read(writer):
    given = fresh()
    given["docker_image"] = given.pop("docker_image_url")
    assert writer.post("/api/v1/plugins", given, 201).json()["docker_image_url"] == given["docker_image"]


def test_a_fault_of_the_image_is_told_at_the_name_it_came_under(writer):
    given = fresh(docker_image="another:1")
    assert places_of(writer.post("/api/v1/plugins", given, 422), "body") == ["docker_image"]
    del given["docker_image_url"]
    assert places_of(writer.post("/api/v1/plugins", given | {"docker_image": "-v /:/h"}, 422), "body") == ["docker_image"]


@pytest.mark.parametrize("reference", ["--privileged", "-v /:/h x", "x;id", "Upper/case", "a" * 2048, "a$(id)", "../a", "a@sha256:12", "a b"])
def test_what_is_no_image_reference_is_refused_at_registration(writer, reference):
    assert places_of(writer.post("/api/v1/plugins", fresh(docker_image_url=reference), 422), "body") == ["docker_image_url"]


def test_an_image_is_not_taken_away_with_nothing_in_its_place(writer):
    made = writer.post("/api/v1/plugins", fresh(), 201).json()
    path = f"/api/v1/plugins/{made['name']}"
    refused = writer.put(path, {"docker_image_url": None}, 422)
    assert places_of(refused, "body") == ["docker_image_url"] and "needs an image or a package" in refused.text
    assert writer.get(path).json() == writer.put(path, made, 200).json() == made


def test_changes_at_once_lose_nothing_of_each_other(writer):
    path = f"/api/v1/plugins/{writer.post('/api/v1/plugins', fresh(), 201).json()['name']}"
    changes = [{"input_schema": {"title": "i"}}, {"output_schema": {"title": "o"}}, {"limits": {"pids": 7}}, {"limits": {"memory_mb": 77}}]
    for _ in range(10):
        writer.put(path, {"input_schema": None, "output_schema": None, "limits": {"pids": 9, "memory_mb": 99}}, 200)
        clients = [writer.with_token(writer.token) for _ in changes]
        with concurrent.futures.ThreadPoolExecutor(len(changes)) as threads:
            list(threads.map(lambda client, change: client.put(path, change, 200), clients, changes))
        stored = writer.get(path).json()
        assert (stored["input_schema"], stored["output_schema"]) == ({"title": "i"}, {"title": "o"}), stored
        assert (stored["limits"]["pids"], stored["limits"]["memory_mb"]) == (7, 77), stored


def test_a_taken_name_is_refused(writer):
    given = fresh()
    writer.post("/api/v1/plugins", given, 201)
    assert writer.post("/api/v1/plugins", given, 400).json() == {"detail": "Plugin with this name already exists"}


@pytest.mark.parametrize("change, place", [
    ({"name": "Upper"}, "name"), ({"name": ""}, "name"), ({"name": "a" * 101}, "name"), ({"name": "a b"}, "name"),
    ({"version": "1.0"}, "version"), ({"version": "1"}, "version"), ({"version": "v1.0.0"}, "version"), ({"version": 1}, "version"),
    ({"input_schema": {"type": "nonsense"}}, "input_schema"), ({"output_schema": {"minimum": "one"}}, "output_schema"),
    ({"input_schema": "text"}, "input_schema"), ({"input_schema": {"$ref": "http://127.0.0.1:1/schema.json"}}, "input_schema"),
    ({"input_schema": {"$ref": "file:///etc/passwd"}}, "input_schema"), ({"input_schema": {"properties": {"a": {"pattern": "(a)\\1"}}}}, "input_schema"),
    ({"input_schema": {"pattern": "("}}, "input_schema"),
    ({"input_schema": {"$schema": "https://json-schema.org/draft/2019-09/schema"}}, "input_schema"),
    ({"output_schema": {"$schema": "http://json-schema.org/draft-04/schema#"}}, "output_schema"),
])
def test_a_bad_field_is_named(writer, change, place):
    answer = writer.post("/api/v1/plugins", fresh(**change), 422).json()["detail"]
    assert place in str(answer), answer


BAD_FIELDS = {
    "version": ("1.0", "version"), "docker_image_url": ("--privileged", "docker_image_url"),
    "input_schema": ({"$ref": "http://127.0.0.1:1/schema.json"}, "input_schema"), "output_schema": ({"pattern": "(a)\\1"}, "output_schema"),
    "limits": ({"pids": 0, "memory_mb": "much"}, "limits.pids limits.memory_mb"), "retry": ({"max_attempts": 0}, "retry.max_attempts"),
    "env": ({"LD_PRELOAD": "x.so", "GOOD": 1, "1A": "x"}, "env.LD_PRELOAD env.GOOD env.1A"), "mode": ("sometimes", "mode"),
}
BAD_BODY = {field: value for field, (value, _) in BAD_FIELDS.items()}
BAD_PLACES = sorted(place for _, places in BAD_FIELDS.values() for place in places.split())


def places_of(answer, *above):
    """Where the faults are, below `above`."""
    locs = [fault["loc"] for fault in answer.json()["detail"]]
    assert all(loc[:len(above)] == list(above) for loc in locs), locs
    return sorted(".".join(map(str, loc[len(above):])) for loc in locs)


def test_all_faults_of_a_plugin_are_told_at_once(writer):
    answer = writer.post("/api/v1/plugins", BAD_BODY | {"name": "Upper"}, 422)
    assert places_of(answer, "body") == sorted(BAD_PLACES + ["name"])
    present = writer.post("/api/v1/plugins", fresh(), 201).json()
    assert places_of(writer.put(f"/api/v1/plugins/{present['name']}", BAD_BODY, 422), "body") == BAD_PLACES
    assert writer.get(f"/api/v1/plugins/{present['name']}").json() == present


def test_all_faults_of_a_folders_description_are_told_at_once(admin):
    name = f"bad-{uuid.uuid4().hex[:12]}"
    body = tar_of({"plugin.json": json.dumps(BAD_BODY | {"name": "another"}), "run.sh": "cat\n"})
    answer = admin.client.request("PUT", f"/api/v1/plugins/{name}/package", 422, data=body, headers={"Content-Type": "application/x-tar"})
    assert places_of(answer, "body", "plugin.json") == sorted(BAD_PLACES + ["name"])


def test_a_large_description_with_faults_is_told_like_a_small_one(writer):
    large = {"input_schema": {"type": 7, "description": "x" * 200_000}, "output_schema": {"type": 7}, "version": "1"}
    assert places_of(writer.post("/api/v1/plugins", fresh(**large), 422), "body") == ["input_schema", "output_schema", "version"]


def test_the_list_is_paged_and_filtered_by_substring(writer):
    mark = uuid.uuid4().hex[:10]
    for name in ("one", "two", "three"):
        writer.post("/api/v1/plugins", fresh(name=f"{mark}-{name}"), 201)
    assert writer.get(f"/api/v1/plugins?name={mark}").json()["total"] == 3
    assert len(writer.get(f"/api/v1/plugins?name={mark}&limit=2").json()["items"]) == 2
    assert len(writer.get(f"/api/v1/plugins?name={mark}&skip=2&limit=2").json()["items"]) == 1
    assert writer.get(f"/api/v1/plugins?name={mark}-t").json()["total"] == 2


def test_reading_needs_a_user_on_the_apis_port_only(anyone, registry, alice):
    anyone.get("/api/v1/plugins", 401)
    alice.client.get("/api/v1/plugins", 200)
    registry.get("/api/v1/plugins", 200)


def test_a_plain_user_may_not_write(alice):
    assert alice.client.post("/api/v1/plugins", fresh(), 403).json() == {"detail": "Insufficient permissions"}


def test_a_folder_is_new_then_a_new_version(admin):
    name = f"folder-{uuid.uuid4().hex[:12]}"
    made = upload(admin.client, name, ECHO, description="One")
    assert (made["docker_image_url"], made["version"]) == (None, "1.0.0")
    newer = upload(admin.client, name, "printf '{\"v\": 2}'\n", expect=200, compress=False, version="1.1.0")
    assert (newer["id"], newer["version"]) == (made["id"], "1.1.0")
    assert set(versions_of(admin.client, name)) == {"1.0.0", "1.1.0"}


def test_a_job_keeps_the_version_that_was_current_when_it_came(admin, alice):
    name = f"pinned-{uuid.uuid4().hex[:12]}"
    upload(admin.client, name, "printf '{\"v\": 1}'\n")
    early = alice.client.submit(name, {}, run_at="2199-01-01T00:00:00Z")
    soon = alice.client.submit(name, {})
    assert alice.client.finished(soon["id"])["result"] == {"v": 1}
    upload(admin.client, name, "printf '{\"v\": 2}'\n", expect=200, version="2.0.0")
    late = alice.client.submit(name, {})
    assert alice.client.finished(late["id"])["result"] == {"v": 2}
    admin.client.post(f"/api/v1/plugins/{name}/rollback", {"version": "1.0.0"}, 200)
    assert admin.client.get(f"/api/v1/plugins/{name}").json()["version"] == "1.0.0"
    back = alice.client.submit(name, {})
    assert alice.client.finished(back["id"])["result"] == {"v": 1}
    alice.client.post(f"/api/v1/jobs/{early['id']}/cancel", None, 202)


def test_a_rollback_to_what_never_was_is_refused(admin, new_plugin):
    assert admin.client.post(f"/api/v1/plugins/{new_plugin(ECHO)}/rollback", {"version": "9.9.9"}).status_code in (404, 422)


def test_deleting_a_plugin_fails_what_waits_and_keeps_what_was(admin, alice, new_plugin):
    name = new_plugin(ECHO)
    done = alice.client.finished(alice.client.submit(name, {"a": 1})["id"])
    waiting = alice.client.submit(name, {}, run_at="2199-01-01T00:00:00Z")
    admin.client.delete(f"/api/v1/plugins/{name}")
    failed = alice.client.finished(waiting["id"])
    assert failed["status"] == "failed" and failed["error_message"]
    assert alice.client.get(f"/api/v1/jobs/{done['id']}").json() == done
    alice.client.post("/api/v1/jobs", {"plugin_name": name}, 404)


def test_a_deleted_name_is_free_again(admin, alice, new_plugin):
    name = new_plugin(ECHO)
    admin.client.delete(f"/api/v1/plugins/{name}")
    upload(admin.client, name, "printf '{\"again\": true}'\n")
    assert alice.client.finished(alice.client.submit(name, {})["id"])["result"] == {"again": True}


def test_a_failing_plugin_leaves_its_neighbours_alone(alice, new_plugin, echo):
    bad = new_plugin(EXIT % 1, retry={"max_attempts": 1, "backoff_seconds": []})
    jobs = [alice.client.submit(name, {"n": n})["id"] for n in range(5) for name in (bad, echo)]
    states = [alice.client.finished(job_id)["status"] for job_id in jobs]
    assert states == ["failed", "completed"] * 5
