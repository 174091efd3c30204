"""An API whose plugin registry is another process: PLUGIN_REGISTRY_URL."""
import concurrent.futures
import contextlib
import http.server
import json
import secrets
import signal
import socket
import subprocess
import threading
import time
import types

import plugin_package
import pytest
import requests
from client import Client, make_user, until
from orc_server import ORC, OrcServer, clean_environment
from tls_proxy import Authority, TlsProxy

UNCHECKED = types.SimpleNamespace(check=lambda *_: None)  # what others answer is not our contract
ECHO = {"plugin_name": "echo", "input_data": {"n": 1}}


class Split:
    """A registry, and an API that asks it, on one PostgreSQL database."""

    def __init__(self, url, folder, contract):
        self._folder, self.environment = folder, {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32)}
        self._contract = contract
        self.registry = self.start_registry()
        self.server = OrcServer(folder / "api", ("--roles", "api,worker", "--workers", "2"),
                                environment=self.environment | {"PLUGIN_REGISTRY_URL": self.registry.registry})
        self.api = make_user(Client(self.server.api, contract), "admin@example.com").client

    def start_registry(self, listen="127.0.0.1:0"):
        return OrcServer(self._folder / "registry", ("--roles", "registry", "--registry-listen", listen), environment=self.environment)

    def at_registry(self):
        return Client(self.registry.registry, self._contract)

    def check(self):
        return self.api.get("/health/ready").json()["checks"]["registry"]["detail"]

    def end(self):
        for process in (self.server, self.registry):
            if process.process.poll() is None:
                process.stop()


@pytest.fixture(name="split")
def _split(postgres, contract, tmp_path):
    split = Split(postgres.new_database(), tmp_path, contract)
    yield split
    split.end()


def test_plugins_are_asked_for_at_the_registry_and_changed_through_it(split):
    assert split.server.registry is None, "it serves none of its own"
    plugin_package.upload(split.api, "echo", plugin_package.ECHO)
    assert split.at_registry().get("/api/v1/plugins/echo").json()["name"] == "echo"
    done = split.api.post("/api/v1/jobs?wait=30", ECHO, 200).json()
    assert done["status"] == "completed" and done["result"] == {"n": 1}
    assert split.api.get("/api/v1/plugins?name=ech&limit=5").json()["total"] == 1
    assert split.api.get("/api/v1/plugins/echo/versions").json()["total"] == 1
    split.api.put("/api/v1/plugins/echo", {"description": "", "version": "x"}, 422)
    split.api.get("/api/v1/plugins/unknown", 404)
    split.api.post("/api/v1/jobs", {"plugin_name": "unknown"}, 404)

    split.at_registry().put("/api/v1/plugins/echo", {"is_active": False}, 200)
    until(lambda: split.api.post("/api/v1/jobs", ECHO).status_code == 409, seconds=3)
    split.api.put("/api/v1/plugins/echo", {"is_active": True}, 200)
    split.api.post("/api/v1/jobs", ECHO, 202)  # its own changes it sees at once
    split.api.delete("/api/v1/plugins/echo")
    split.api.post("/api/v1/jobs", ECHO, 404)
    assert "answers" in split.check()


def test_only_administrators_change_plugins_through_an_api(split):
    user = make_user(Client(split.server.api, split.api.contract), "bob@example.com").client
    user.get("/api/v1/plugins")
    user.post("/api/v1/plugins", {"name": "x", "version": "1.0.0", "docker_image_url": "a/b:1"}, 403)
    Client(split.server.api, split.api.contract).get("/api/v1/plugins", 401)


def test_the_command_line_of_the_servers_owner_works_through_an_api(split, tmp_path):
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "plugin.json").write_text(json.dumps(plugin_package.manifest("tool")))
    (folder / "run.sh").write_text(plugin_package.ECHO)
    done = subprocess.run([ORC, "plugin", "add", str(folder), "--data-dir", str(split.server.data_dir)], env=clean_environment(), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert split.at_registry().get("/api/v1/plugins/tool").json()["name"] == "tool"


def test_a_registry_that_is_away_stops_what_is_new_and_nothing_else(split):
    plugin_package.upload(split.api, "echo", plugin_package.ECHO)
    split.api.post("/api/v1/jobs?wait=30", ECHO, 200)
    place = split.registry.registry.removeprefix("http://")
    split.registry.kill()
    done = split.api.post("/api/v1/jobs?wait=30", ECHO, 200).json()
    assert done["status"] == "completed"
    refused = split.api.post("/api/v1/jobs", {"plugin_name": "never-heard-of"}, 503)
    assert place in refused.json()["detail"] and refused.headers["Retry-After"]
    refused = split.api.get("/api/v1/plugins", 503)
    assert place in refused.json()["detail"]
    until(lambda: "away for" in split.check(), seconds=5)
    split.server.wait_for_line("the plugin registry is away")
    split.registry = split.start_registry(place)
    until(lambda: split.api.post("/api/v1/jobs", {"plugin_name": "never-heard-of"}).status_code == 404, seconds=5)
    until(lambda: "answers" in split.check(), seconds=5)


def test_a_registry_that_says_nothing_is_away_too(split):
    plugin_package.upload(split.api, "echo", plugin_package.ECHO)
    split.api.post("/api/v1/jobs?wait=30", ECHO, 200)
    split.registry.process.send_signal(signal.SIGSTOP)
    try:
        asked_at = time.monotonic()
        split.api.post("/api/v1/jobs", {"plugin_name": "never-heard-of"}, 503)
        assert time.monotonic() - asked_at < 5, "nobody waits for it for long"
        assert split.api.post("/api/v1/jobs?wait=30", ECHO, 200).json()["status"] == "completed", "what it named before goes on"
    finally:
        split.registry.process.send_signal(signal.SIGCONT)
    until(lambda: split.api.post("/api/v1/jobs", {"plugin_name": "never-heard-of"}).status_code == 404, seconds=10)


def side_by_side(*acts):
    """What each of them took, in seconds, the shortest first."""
    def timed(act):
        begin = time.monotonic()
        act()
        return time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(len(acts)) as threads:
        return sorted(done.result() for done in [threads.submit(timed, act) for act in acts])


def test_who_wants_the_list_of_a_registry_that_says_nothing_keeps_no_submission_waiting(split):
    plugin_package.upload(split.api, "echo", plugin_package.ECHO)
    split.api.post("/api/v1/jobs?wait=30", ECHO, 200)
    users = [Client(split.server.api, split.api.contract, split.api.token) for _ in range(12)]
    lists = [lambda user=user: user.get("/api/v1/plugins", 503) for user in users]
    split.registry.process.send_signal(signal.SIGSTOP)
    try:
        took = side_by_side(*lists, lambda: split.api.post("/api/v1/jobs", ECHO, 202))
        assert took[-1] < 5, "three seconds, whoever waits"
        took = side_by_side(*lists[:3])
        assert took[1] < 1, "one looks whether it is back, the others are told at once"
    finally:
        split.registry.process.send_signal(signal.SIGCONT)
    until(lambda: split.api.get("/api/v1/plugins", None).status_code == 200, seconds=10)


@contextlib.contextmanager
def silent_registry():
    """Takes connections and says nothing."""
    heard = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []

        def listen():
            with contextlib.suppress(OSError):
                while True:
                    kept.append(listener.accept()[0])
                    kept[-1].recv(1)
                    heard.set()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


def test_a_stop_does_not_wait_for_a_registry_that_says_nothing(start_server):
    with silent_registry() as (url, heard):
        server = start_server("--roles", "api", "--plugin-registry-url", url, "--stop-seconds", "1")
        user = make_user(Client(server.api, UNCHECKED), "admin@example.com").client

        def change():
            with contextlib.suppress(requests.ConnectionError):  # it is cut
                user.put("/api/v1/plugins/echo", {"is_active": False})

        changing = threading.Thread(target=change)
        changing.start()
        assert heard.wait(10)
        server.terminate()
        server.wait_ended()
        changing.join()
        assert server.events("stopped") and "internal error" not in server.output, server.output


def test_a_registry_behind_a_proxy_is_asked_only_if_its_certificate_is_vouched_for(split, tmp_path, contract):
    authority = Authority(tmp_path)
    proxy = TlsProxy(split.registry.registry, authority.certificate("registry"))
    with contextlib.closing(proxy):
        for name, file, status in (("trusting", authority.file, 404), ("distrustful", Authority(tmp_path, "stranger").file, 503)):
            environment = split.environment | {"PLUGIN_REGISTRY_URL": proxy.url(), "PLUGIN_REGISTRY_CA_FILE": str(file)}
            server = OrcServer(tmp_path / name, ("--roles", "api"), environment=environment)
            answer = make_user(Client(server.api, contract), f"{name}@example.com").client.get("/api/v1/plugins/unknown", status)
            assert status == 404 or "its certificate is not to be trusted" in answer.json()["detail"]
            server.stop()
    assert proxy.connections == 1, "kept, with TLS too"


class OlderRegistry(http.server.BaseHTTPRequestHandler):
    """The registry of the system replaced, as far as an API asks it."""

    PLUGIN = {"id": 7, "name": "older", "version": "1.0.0", "description": "from before", "docker_image_url": "example.org/older:1",
              "input_schema": {"type": "object", "required": ["x"]}, "output_schema": None, "is_active": True, "created_at": "2024-01-01T00:00:00"}

    def do_GET(self):
        is_known = self.path == "/api/v1/plugins/older"
        self._answer(200 if is_known else 404, self.PLUGIN if is_known else {"detail": "Plugin not found"})

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, self.PLUGIN)

    def _answer(self, status, document):
        self.server.heard.append((self.command, self.headers["Authorization"]))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing on the tests' output."""


@contextlib.contextmanager
def older_registry():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OlderRegistry) as server:
        server.heard = []  # methods, with the credentials that came
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.heard
        finally:
            server.shutdown()
            thread.join()


def test_the_registry_of_the_system_replaced_is_understood(start_server, contract):
    with older_registry() as (url, _):
        server = start_server("--roles", "api", "--plugin-registry-url", url)
        user = make_user(Client(server.api, contract), "admin@example.com").client
        job = user.post("/api/v1/jobs", {"plugin_name": "older", "input_data": {"x": 1}}, 202).json()
        assert user.get(f"/api/v1/jobs/{job['id']}").json()["plugin_name"] == "older"
        refused = user.post("/api/v1/jobs", {"plugin_name": "older", "input_data": {}}, 400)
        assert "x" in refused.json()["detail"]
        user.post("/api/v1/jobs", {"plugin_name": "unknown"}, 404)


def test_a_registry_elsewhere_never_hears_what_a_client_signs_on_with(start_server):
    with older_registry() as (url, heard):
        server = start_server("--roles", "api", "--plugin-registry-url", url)
        login = make_user(Client(server.api, UNCHECKED), "admin@example.com").client
        key = login.with_token(login.post("/api/v1/api-keys", {"name": "k", "scopes": ["read", "submit", "admin"]}, 201).json()["api_key"])
        for user in (login, key):
            user.get("/api/v1/plugins/older")
            user.post("/api/v1/jobs", {"plugin_name": "older", "input_data": {"x": 1}}, 202)
            user.put("/api/v1/plugins/older", {"description": "new"}, 200)
        assert [told for method, told in heard if method == "GET" and told] == []
        tokens = [told.removeprefix("Bearer ") for method, told in heard if method == "PUT"]
        assert len(tokens) == 2 and not {login.token, key.token} & set(tokens)
        for token in tokens:
            login.with_token(token).get("/api/v1/users/me", 401)
            login.with_token(token).put("/api/v1/plugins/older", {"description": "x"}, 401)


def test_a_registry_with_a_token_of_its_own_hears_that_one(start_server):
    with older_registry() as (url, heard):
        server = start_server("--roles", "api", "--plugin-registry-url", url, environment={"PLUGIN_REGISTRY_TOKEN": "of-theirs"})
        user = make_user(Client(server.api, UNCHECKED), "admin@example.com").client
        user.put("/api/v1/plugins/older", {"description": "new"}, 200)
        user.get("/api/v1/plugins/older")
        assert {"GET", "PUT"} == {method for method, _ in heard} and {told for _, told in heard} == {"Bearer of-theirs"}


@pytest.mark.parametrize("arguments, environment, words", [
    (("--plugin-registry-url", "registry:5901"), {}, "http://host:port"),
    (("--plugin-registry-url", "http://127.0.0.1:1", "--roles", "registry"), {}, "role api"),
    ((), {"PLUGIN_REGISTRY_TOKEN": "canary-token"}, "PLUGIN_REGISTRY_TOKEN is for the registry"),
    (("--plugin-registry-url", "http://127.0.0.1:1"), {"PLUGIN_REGISTRY_TOKEN": "canary token"}, "PLUGIN_REGISTRY_TOKEN must be"),
])
def test_a_setting_that_makes_no_sense_is_refused(start_server, arguments, environment, words):
    server = start_server(*arguments, environment=environment, wait=False)
    assert server.wait_ended() == 2
    assert words in server.output and "canary" not in server.output
