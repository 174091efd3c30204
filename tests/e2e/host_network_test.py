"""The host's network for a run: who may permit it, where it goes, what it reaches, and what else stays closed."""
import contextlib
import json
import socket
import subprocess
import threading

import plugin_package
from client import Client, make_user
from orc_runner import OrcRunner, worker_key
from orc_server import ORC, clean_environment
from set_up import needs_one_process

HOST = {"network": "host"}
IMAGE = "registry.example/a@sha256:" + 64 * "a"
PYTHON = ["/usr/bin/python3", "-I", "run.sh"]
# Connects to the port that it is given, and says what came of it.
CONNECT = """import json, socket, sys
port = json.load(sys.stdin)["port"]
try:
    with socket.create_connection(("localhost", port), timeout=10) as line:
        print(json.dumps({"heard": line.recv(100).decode()}))
except OSError as error:
    print(json.dumps({"error": type(error).__name__}))
"""


@contextlib.contextmanager
def greeter():
    """Says hello to whoever connects to a port of loopback; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def greet():
            with contextlib.suppress(OSError):  # the test is over
                while True:
                    with listener.accept()[0] as line:
                        line.sendall(b"hello")

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def image(name, **fields):
    return {"name": name, "version": "1.0.0", "docker_image_url": IMAGE} | fields


def test_on_the_registrys_port_only_an_administrator_permits_it(start_server, contract):
    server = start_server("--roles", "api,registry")
    anyone = Client(server.registry, contract)
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    user = make_user(Client(server.api, contract), "user@example.com").client
    administrator = Client(server.registry, contract, admin.token)
    assert "an administrator" in anyone.post("/api/v1/plugins", image("net", **HOST), 403).json()["detail"]
    anyone.post("/api/v1/plugins", image("plain"), 201)
    assert "an administrator" in anyone.put("/api/v1/plugins/plain", HOST, 403).json()["detail"]
    assert "an administrator" in plugin_package.upload(anyone, "up", plugin_package.ECHO, expect=403, **HOST)["detail"]
    user.post("/api/v1/plugins", image("net", **HOST), 403)
    # Whoever may push a tag would say what has the network.
    (fault,) = administrator.post("/api/v1/plugins", image("net", **HOST, docker_image_url="registry.example/a:1"), 422).json()["detail"]
    assert fault["loc"] == ["body", "docker_image_url"] and "has no digest" in fault["msg"]
    made = administrator.post("/api/v1/plugins", image("net", **HOST), 201).json()
    assert made["network"] == "host" and anyone.get("/api/v1/plugins/plain").json()["network"] == "none"
    # Another program under what was permitted is another question; taking it away is none.
    anyone.put("/api/v1/plugins/net", {"docker_image_url": "registry.example/b:1"}, 403)
    assert anyone.put("/api/v1/plugins/net", {"network": None}).json()["network"] == "none"
    anyone.post("/api/v1/plugins/net/rollback", {"version_id": made["version_id"]}, 403)
    assert admin.post("/api/v1/plugins/net/rollback", {"version_id": made["version_id"]}).json()["network"] == "host"


def test_it_goes_to_the_worker_that_gives_it_and_reaches_the_host(start_server, contract, tmp_path):
    server = start_server("--workers", "1")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    plugin_package.upload(admin, "net", CONNECT, command=PYTHON, **HOST)
    plugin_package.upload(admin, "plain", CONNECT, command=PYTHON)
    with greeter() as port:
        waits = admin.submit("net", {"port": port})
        why = admin.get(f"/api/v1/jobs/{waits['id']}/why").json()
        assert why["reason"] == "unplaceable" and why["requirements"]["network"] == "host"
        assert why["nobody_meets"] == [{"requirement": "network", "name": None, "wanted": "host", "offered": "none", "free": None}]
        assert "--host-network" in why["message"]
        runner = OrcRunner(server.api, worker_key(admin), tmp_path / "runner", ("--host-network", "--workers", "1"))
        try:
            assert admin.finished(waits["id"])["result"] == {"heard": "hello"}
            (given,) = [one for one in admin.get("/api/v1/workers").json()["items"] if one["equipment"].get("network")]
            (attempt,) = admin.get(f"/api/v1/jobs/{waits['id']}/attempts").json()["items"]
            assert given["equipment"]["network"] == "host" and attempt["worker"] == given["name"]
            assert admin.finished(admin.submit("plain", {"port": port})["id"])["result"]["error"] in ("ConnectionRefusedError", "PermissionError")
            runner.stop()
        finally:
            runner.kill()


def test_while_a_worker_elsewhere_gives_it_the_registry_wants_a_login_of_everybody(start_server, contract, tmp_path):
    server = start_server("--roles", "api,registry")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    anyone = Client(server.registry, contract)
    anyone.post("/api/v1/plugins", image("plain"), 201)
    runner = OrcRunner(server.api, worker_key(admin), tmp_path / "runner", ("--host-network", "--name", "giving", "--workers", "1"))
    try:
        other = {"docker_image_url": "registry.example/other:1"}
        assert "worker giving gives its runs the network of its host" in anyone.put("/api/v1/plugins/plain", other, 401).json()["detail"]
        Client(server.registry, contract, admin.token).put("/api/v1/plugins/plain", {"description": "said by an administrator"})
        runner.stop()
    finally:
        runner.kill()
    anyone.put("/api/v1/plugins/plain", other)


@needs_one_process("it is the server that gives its network")
def test_beside_a_worker_that_gives_it_the_registry_wants_a_login_of_everybody(start_server, contract):
    server = start_server("--workers", "2", "--worker-host-network", "--grpc-listen", "off", "--registration", "open")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    anyone = Client(server.registry, contract)
    assert "gives its runs the network" in anyone.post("/api/v1/plugins", image("plain"), 401).json()["detail"]
    Client(server.registry, contract, admin.token).post("/api/v1/plugins", image("plain"), 201)
    plugin_package.upload(admin, "net", CONNECT, command=PYTHON, **HOST)
    with greeter() as port:
        assert admin.finished(admin.submit("net", {"port": port})["id"])["result"] == {"heard": "hello"}


def test_a_folder_is_tried_with_the_network_of_the_host(tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "run.sh").write_text(CONNECT)
    (folder / "plugin.json").write_text(json.dumps({"name": "net", "version": "1.0.0", "command": PYTHON, **HOST}))
    with greeter() as port:
        tried = subprocess.run([str(ORC), "plugin", "test", str(folder), "--input", "-"], input=json.dumps({"port": port}),
                               capture_output=True, text=True, env=clean_environment(), check=False)
    assert tried.returncode == 0, tried.stderr
    assert json.loads(tried.stdout) == {"heard": "hello"}
    assert "this host's, as plugin.json says" in tried.stderr


@needs_one_process("it is the server's worker")
def test_beside_runs_at_isolation_none_registration_is_closed_and_the_registry_wants_a_login(start_server, contract):
    server = start_server("--workers", "1", "--isolation", "none", "--isolation-most", "none")
    anyone = {"email": "somebody@example.com", "password": "long enough"}
    assert Client(server.api, contract).post("/api/v1/users", anyone, 403).json()["detail"] == "Registration is closed"
    assert "gives its runs the network" in Client(server.registry, contract).post("/api/v1/plugins", image("plain"), 401).json()["detail"]
