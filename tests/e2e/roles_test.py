"""Attack row Z1: every route of the document × {nobody, another user, the owner, an administrator}."""
import hashlib
import itertools
import uuid

import pytest
from contract import Contract
from deliberation_bodies import deliberation, submit
from fake_model import FakeModel
from plugin_package import ECHO, package, upload

PUBLIC, USER, OWNER, SELF, ADMIN, REGISTERED = "public", "user", "owner", "self", "admin", "as registration is set"
WORKER = "no login, only a key with scope worker"  # worker_protocol_test.py

# Who may call what, by contracts.md sections 1, 2 and 11. A route that is not here fails the test: say who may, then add it.
ROLES = {
    "GET /": PUBLIC, "GET /health": PUBLIC, "GET /health/ready": PUBLIC, "GET /docs": PUBLIC, "GET /docs/": PUBLIC, "GET /openapi.json": PUBLIC, "GET /metrics": PUBLIC,
    "GET /docs/start.js": PUBLIC, "GET /docs/swagger-ui-bundle.js": PUBLIC, "GET /docs/swagger-ui.css": PUBLIC,
    "GET /api/v1/session": USER, "GET /api/v1/workers": ADMIN, "POST /api/v1/workers/{id}/drain": ADMIN, "POST /api/v1/workers/{id}/resume": ADMIN,
    "POST /api/v1/auth/token": PUBLIC, "GET /api/v1/auth/me": USER, "GET /api/v1/users/me": USER,
    "POST /api/v1/users": REGISTERED, "GET /api/v1/users": USER, "GET /api/v1/users/{id}": USER, "PUT /api/v1/users/{id}": SELF,
    "DELETE /api/v1/users/{id}": ADMIN,
    "POST /api/v1/jobs": USER, "GET /api/v1/jobs": USER, "POST /api/v1/jobs:batch": USER, "GET /api/v1/jobs/{id}": OWNER, "DELETE /api/v1/jobs/{id}": OWNER,
    "POST /api/v1/jobs/{id}/cancel": OWNER, "POST /api/v1/jobs/{id}/retry": OWNER, "GET /api/v1/jobs/{id}/attempts": OWNER,
    "GET /api/v1/jobs/{id}/deliveries": OWNER, "GET /api/v1/callback-secret": USER,
    "GET /api/v1/jobs/{id}/why": OWNER,
    "POST /api/v1/deliberations": USER, "GET /api/v1/deliberations": USER, "GET /api/v1/deliberations/{id}": OWNER,
    "GET /api/v1/deliberations/{id}/stream": OWNER,
    "POST /api/v1/deliberations/{id}/cancel": OWNER, "GET /api/v1/deliberations/{id}/replay": OWNER, "GET /api/v1/deliberations/usage": USER,
    "GET /api/v1/jobs/{id}/artifacts": OWNER, "GET /api/v1/jobs/{id}/artifacts/{name}": OWNER,
    "GET /api/v1/jobs/{id}/logs/stream": OWNER,
    "GET /api/v1/jobs/{id}/logs": OWNER, "GET /api/v1/dashboard/stats": USER, "PUT /api/v1/blobs/{sha256}": USER,
    "GET /api/v1/plugins": USER, "POST /api/v1/plugins": ADMIN, "GET /api/v1/plugins/{name}": USER, "PUT /api/v1/plugins/{name}": ADMIN,
    "DELETE /api/v1/plugins/{name}": ADMIN, "GET /api/v1/plugins/{name}/versions": USER, "POST /api/v1/plugins/{name}/rollback": ADMIN,
    "PUT /api/v1/plugins/{name}/package": ADMIN,
    "GET /api/v1/api-keys": USER, "POST /api/v1/api-keys": USER, "DELETE /api/v1/api-keys/{id}": USER,
    "GET /api/v1/dead-letters": ADMIN, "POST /api/v1/dead-letters/{id}/redrive": ADMIN,
    "POST /api/v1/events/replay": ADMIN,
}
CALLERS = ("nobody", "stranger", "owner", "admin")
OPERATIONS = [(method, path) for method, path, _ in Contract().operations()]


def role_of(method, path):
    if path.startswith("/api/v1/worker/"):
        return WORKER
    parameter = path[path.index("{") + 1:path.index("}")] if "{" in path else ""
    spelled = path.replace("{" + parameter + "}", {"users": "{id}", "jobs": "{id}", "plugins": "{name}", "blobs": "{sha256}"}
                           .get(path.split("/")[3] if path.count("/") > 2 else "", "{id}")) if parameter else path
    return ROLES.get(f"{method} {spelled}")


@pytest.fixture(name="silent_model")
def _silent_model(request):
    """One for each test: a server leaves a model alone that was silent for too long too often."""
    if "deliberations" not in request.node.callspec.params["operation"][1]:
        yield None
        return
    model = FakeModel()
    model.close()
    yield model
    model.end()


@pytest.fixture(name="callers")
def _callers(anyone, admin, alice, bob):
    return {"nobody": anyone, "stranger": bob.client, "owner": alice.client, "admin": admin.client}


class Place:
    """Something that exists for a route to be called on, and belongs to `owner`."""

    def __init__(self, callers, new_user, new_plugin, echo, model):
        self.model, self.owner, self.admin, self.new_user, self.new_plugin, self.echo = model, callers["owner"], callers["admin"], new_user, new_plugin, echo

    def path(self, method, template):
        kind = template.split("/")[3] if template.count("/") > 2 else ""
        name = template[template.index("{"):template.index("}") + 1] if "{" in template else ""
        return template.replace(name, str(self.value(kind, method, template))).replace("{name}", "left.txt") if name else template

    def value(self, kind, method, template):
        if kind == "jobs":
            if template.endswith("/artifacts/{name}"):
                leaving = self.new_plugin('echo x >"$ORC_OUTPUT_DIR/left.txt"; echo {}\n')
                return self.owner.finished(self.owner.submit(leaving, {})["id"])["id"]
            if template.endswith(("/retry", "/logs/stream")):  # a stream ends when its job has ended
                return self.owner.finished(self.owner.submit(self.echo, {})["id"])["id"]
            return self.owner.submit(self.echo, {}, run_at="2199-01-01T00:00:00Z")["id"]
        if kind == "deliberations":
            if template.endswith(("/replay", "/stream")):  # a stream ends with what it tells of
                name = submit(self.owner, deliberation(self.model))
                self.owner.post(f"/api/v1/deliberations/{name}/cancel", {}, 202)
                return name
            return self.owner.post("/api/v1/deliberations", deliberation(self.model), 202).json()["deliberation_id"]
        if kind == "users":
            return self.owner.get("/api/v1/users/me").json()["id"] if method != "DELETE" else self.new_user().id
        if kind == "plugins":
            name = self.new_plugin(ECHO)
            if template.endswith("/rollback"):
                upload(self.admin, name, ECHO, expect=200, version="1.0.1")
            return name
        if kind == "api-keys":
            return self.owner.post("/api/v1/api-keys", {"name": "for a test", "scopes": ["read"]}, 201).json()["id"]
        if kind == "dead-letters":
            return self.owner.finished(self.owner.submit(self.new_plugin("exit 1\n", retry={"max_attempts": 1, "backoff_seconds": []}), {})["id"])["id"]
        if kind == "workers":  # one that no other test needs
            key = self.admin.post("/api/v1/api-keys", {"name": "for a test", "scopes": ["worker"]}, 201).json()["api_key"]
            worker = {"name": "for a test", "isolation": "strict", "slots": 1}
            return self.admin.with_token(key).post("/api/v1/worker/v1/workers", worker, 201).json()["worker_id"]
        if kind == "worker":
            return 1 if "{id}" in template else hashlib.sha256(b"blob").hexdigest()
        if kind == "blobs":
            return hashlib.sha256(b"blob").hexdigest()
        raise AssertionError(f"no example for {method} {template}")

    def arguments(self, method, template, path):
        if template.endswith("/package"):
            return {"data": package(path.split("/")[4], ECHO, version="1.0.2"), "headers": {"Content-Type": "application/x-tar"}}
        if "/blobs/" in template:
            return {"data": b"blob", "headers": {"Content-Type": "application/octet-stream"}}
        bodies = {
            "POST /api/v1/auth/token": {"username": "nobody@example.com", "password": "wrong password"},
            "POST /api/v1/users": {"email": f"z1-{uuid.uuid4().hex}@example.com", "password": "long enough"},
            "POST /api/v1/jobs": {"plugin_name": self.echo},
            "POST /api/v1/jobs:batch": {"jobs": [{"plugin_name": self.echo}]},
            "POST /api/v1/deliberations": self.model and deliberation(self.model),
            "POST /api/v1/plugins": {"name": f"z1-{uuid.uuid4().hex}", "version": "1.0.0", "docker_image_url": "a:1"},
            "POST /api/v1/api-keys": {"name": "for a test", "scopes": ["read"]},
            "POST /api/v1/events/replay": {"from_seq": 0},
        }
        if template.endswith("/rollback"):
            return {"json": {"version": "1.0.0"}}
        return {"json": bodies.get(f"{method} {template}", {"description": "x", "full_name": "Alice"})} if method in ("POST", "PUT") else {}


def expected(role, caller, template):
    if role in (PUBLIC, REGISTERED):
        return "allowed"
    if caller == "nobody":
        return 401
    if "api-keys/{" in template and caller != "owner":
        return "hidden"
    if role == WORKER:
        return 403
    refused = {USER: (), OWNER: ("stranger",), SELF: ("stranger",), ADMIN: ("stranger", "owner")}[role]
    return 403 if caller in refused else "allowed"


def test_every_route_says_who_may():
    missing = [f"{method} {path}" for method, path in OPERATIONS if role_of(method, path) is None]
    assert not missing, missing


@pytest.mark.parametrize("operation, caller", list(itertools.product(OPERATIONS, CALLERS)), ids=lambda value: " ".join(value) if isinstance(value, tuple) else value)
def test_z1_who_may_call_what(callers, new_user, new_plugin, echo, silent_model, operation, caller):
    method, template = operation
    role = role_of(method, template)
    if role is None:
        pytest.fail(f"{method} {template}: nobody said who may")
    place = Place(callers, new_user, new_plugin, echo, silent_model)
    path = place.path(method, template)
    answer = callers[caller].request(method, path, None, **place.arguments(method, template, path))
    wanted = expected(role, caller, template)
    if template == "/api/v1/auth/token":
        assert answer.status_code == 401 and answer.json()["detail"] == "Incorrect email or password"
    elif wanted == "allowed" and template == "/api/v1/events/replay":
        assert answer.status_code == 409 and "publishes events to none" in answer.json()["detail"], "there is no NATS here"
    elif wanted == "allowed":
        assert 200 <= answer.status_code < 300, f"{caller}: {answer.status_code} {answer.text[:300]}"
    elif wanted == "hidden":
        assert answer.status_code in (403, 404)
    else:
        assert answer.status_code == wanted, f"{caller}: {answer.status_code} {answer.text[:300]}"
