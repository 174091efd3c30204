"""Plugins that are images, run by a real Docker Engine: --runtime docker."""
import hashlib
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import uuid

import container_image
import plugin_package
import pytest
from client import Client, log_in, make_user, until
from orc_runner import OrcRunner, worker_key
from orc_server import ORC, WITHOUT_NAMESPACES, OrcServer, clean_environment
from private_docker import REPOSITORY, PrivateDocker

# What it does is said by its input.
PROGRAM = r"""
status() { grep "^$1:" /proc/self/status | cut -f 2; }
case "$1" in
  *echo*) cat; echo "to the log" >&2;;
  *probe*)
    written=""
    for folder in / /bin /input /proc /sys; do touch "$folder/x" 2>/dev/null && written="$written $folder"; done
    head -c 3000000 /dev/zero >/tmp/x 2>/dev/null && written="$written too-much"
    printf '{"uid": %s, "capabilities": "%s", "no_new_privileges": %s, "seccomp": %s, "interfaces": "%s", "written": "%s", "mode": "%s", "path": "%s"}' \
      "$(id -u)" "$(status CapEff)" "$(status NoNewPrivs)" "$(status Seccomp)" "$(ls /sys/class/net | tr '\n' ' ')" "$written" "$MODE" "$PATH";;
  *leave*) echo one >"$ORC_OUTPUT_DIR/made.txt"; ln -s /etc/passwd "$ORC_OUTPUT_DIR/link"; printf '{}';;
  *file*) printf '{"content": "%s"}' "$(cat /input/*)";;
  *memory*) head -c 300000000 /dev/zero | tail;;
  *bad*) echo "no good" >&2; exit 65;;
  *stubborn*) trap "" TERM; echo "begun" >&2; while :; do sleep 1; done;;
esac
"""
LIMITS = {"memory_mb": 32, "pids": 16, "scratch_mb": 1, "output_kb": 64, "grace_seconds": 0}


@pytest.fixture(name="engine", scope="module")
def _engine():
    one = PrivateDocker()
    one.make_image("orc-test", PROGRAM, "ENV MODE=of-the-image", 'VOLUME ["/kept"]')
    yield one
    one.end()


@pytest.fixture(name="place")
def _place():
    """A folder for data that the uids of runs can pass through."""
    with tempfile.TemporaryDirectory(prefix="orc-docker-place-") as folder:
        os.chmod(folder, 0o711)
        yield pathlib.Path(folder)


def start(engine, folder):
    return OrcServer(folder, ("--runtime", "docker", "--docker-socket", engine.socket, "--workers", "8"))


def register(client, reference, **fields):
    name = f"image-{uuid.uuid4().hex[:12]}"
    client.post("/api/v1/plugins", {"name": name, "version": "1.0.0", "docker_image_url": reference, "retry": {"max_attempts": 1}} | fields, 201)
    return name


def logged(client, job_id):
    return [line["text"] for line in client.get(f"/api/v1/jobs/{job_id}/logs").json()["items"]]


def test_runs_are_held_and_nothing_of_them_stays(engine, tmp_path, contract):
    server = start(engine, tmp_path / "state")
    try:
        user = make_user(Client(server.api, contract), "admin@example.com").client
        plugin = register(user, "orc-test:1", limits=LIMITS)
        impatient = register(user, "orc-test:1", limits=LIMITS | {"timeout_seconds": 1})
        content = b"of the file"
        digest = hashlib.sha256(content).hexdigest()
        user.request("PUT", f"/api/v1/blobs/{digest}", None, data=content, headers={"Content-Type": "application/octet-stream"})
        acts = {act: user.submit(plugin, {"do": act})["id"] for act in ("echo", "probe", "memory", "bad", "leave")}
        acts["file"] = user.submit(plugin, {"do": "file", "of": {"$blob": f"sha256:{digest}"}})["id"]
        acts["stubborn"] = user.submit(impatient, {"do": "stubborn"})["id"]
        done = {act: user.finished(job, seconds=60) for act, job in acts.items()}

        assert done["echo"]["result"] == {"do": "echo"} and logged(user, acts["echo"]) == ["to the log"]
        assert done["probe"]["result"] == {"uid": 65534, "capabilities": "0000000000000000", "no_new_privileges": 1, "seccomp": 2, "interfaces": "lo ",
                                           "written": "", "mode": "of-the-image", "path": done["probe"]["result"]["path"]}
        assert done["file"]["result"] == {"content": "of the file"}
        assert "limits.memory_mb 32" in done["memory"]["error_message"]
        assert done["bad"]["error_message"] == "no good"
        assert "timed out after 1 s" in done["stubborn"]["error_message"]
        (kept,) = user.get(f"/api/v1/jobs/{acts['leave']}/artifacts").json()["items"]
        assert kept["name"] == "made.txt" and user.get(f"/api/v1/jobs/{acts['leave']}/artifacts/made.txt").content == b"one\n"
        attempts = user.get(f"/api/v1/jobs/{acts['echo']}/attempts").json()
        assert attempts["items"][0]["usage"]["peak_bytes"] > 0, "of a short run too"
        assert "strict" in json.dumps(attempts) and attempts["items"][0]["image"].startswith("sha256:")

        long = user.submit(plugin, {"do": "stubborn"})["id"]
        until(lambda: "begun" in json.dumps(logged(user, long)), seconds=30)
        user.post(f"/api/v1/jobs/{long}/cancel", None, 202)
        assert user.finished(long)["status"] == "cancelled"
        until(lambda: engine.containers() == [] and engine.volumes() == [], seconds=10)
        ready = user.get("/health/ready").json()
        assert "Docker" in json.dumps(ready)
    finally:
        if server.process.poll() is None:
            server.stop()


def guards_of(engine):
    """The processes that remove the containers of dead workers at this engine, by the words of their command lines."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--guard-containers" in words and engine.socket.encode() in words:
            found.append(int(place.name))
    return found


def logged_in(server, contract):
    return Client(server.api, contract).with_token(log_in(Client(server.api, contract), "admin@example.com", "a good long password"))


def test_containers_of_a_killed_worker_are_gone_within_five_seconds(engine, tmp_path, contract):
    server = start(engine, tmp_path / "state")
    user = make_user(Client(server.api, contract), "admin@example.com").client
    plugin = register(user, "orc-test:1", limits=LIMITS, retry={"max_attempts": 4})
    for there in (8, 1):  # all of them run; some are being made
        jobs = [user.submit(plugin, {"do": "stubborn"})["id"] for _ in range(8)]
        until(lambda at_least=there: len(engine.containers()) >= at_least, seconds=60)
        server.kill()
        killed = time.monotonic()
        until(lambda: engine.containers() == [], seconds=20)
        assert time.monotonic() - killed < 5
        until(lambda: guards_of(engine) == [], seconds=20)
        assert engine.containers() == [] and engine.volumes() == []
        server = start(engine, tmp_path / "state")
        user = logged_in(server, contract)
        for job in jobs:
            user.post(f"/api/v1/jobs/{job}/cancel", None, 202)
    server.stop()
    assert engine.containers() == [] and guards_of(engine) == []


def test_what_nobody_removed_of_a_killed_worker_is_removed_when_it_is_back_and_the_job_runs_again(engine, tmp_path, contract):
    server = start(engine, tmp_path / "state")
    user = make_user(Client(server.api, contract), "admin@example.com").client
    plugin = register(user, "orc-test:1", limits=LIMITS)
    job = user.submit(plugin, {"do": "stubborn"})["id"]
    until(lambda: len(engine.containers()) == 1)
    before = engine.containers()
    (guard,) = guards_of(engine)
    os.kill(guard, signal.SIGKILL)
    server.kill()
    assert engine.containers() == before
    server = start(engine, tmp_path / "state")
    try:
        server.wait_for_line("containers of an earlier run of this worker removed")
        until(lambda: engine.containers() not in ([], before))  # that of the second attempt
        user = logged_in(server, contract)
        user.post(f"/api/v1/jobs/{job}/cancel", None, 202)
        user.finished(job)
        until(lambda: engine.containers() == [], seconds=10)
    finally:
        server.stop()


def test_a_runner_elsewhere_runs_images_in_docker_and_ends_them_in_time(engine, tmp_path, contract):
    server = OrcServer(tmp_path / "state", ("--roles", "api,registry"))
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        plugin = register(admin, "orc-test:1", limits=LIMITS | {"grace_seconds": 1})
        runner = OrcRunner(server.api, worker_key(admin), tmp_path / "runner", ("--workers", "4", "--runtime", "docker", "--docker-socket", engine.socket))
        try:
            done = admin.finished(admin.submit(plugin, {"do": "echo"})["id"], seconds=60)
            assert done["result"] == {"do": "echo"}
            (attempt,) = admin.get(f"/api/v1/jobs/{done['id']}/attempts").json()["items"]
            assert attempt["image"].startswith("sha256:") and attempt["isolation"] == "strict"
            assert logged(admin, done["id"]) == ["to the log"]
            long = admin.submit(plugin, {"do": "stubborn"})["id"]
            until(lambda: "begun" in json.dumps(logged(admin, long)), seconds=30)
            started = time.monotonic()
            admin.post(f"/api/v1/jobs/{long}/cancel", None, 202)
            until(lambda: engine.containers() == [], seconds=10)
            assert time.monotonic() - started < 2, "the grace and a second"
            admin.submit(plugin, {"do": "stubborn"})
            until(lambda: len(engine.containers()) == 1, seconds=30)
        finally:
            runner.kill()
        killed = time.monotonic()
        until(lambda: engine.containers() == [], seconds=20)
        assert time.monotonic() - killed < 5, "a runner's containers go with it as a server's do"
    finally:
        server.stop()


def test_a_job_that_is_cancelled_while_its_image_is_pulled_gives_its_place_free(engine, tmp_path, contract):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a registry that never answers
        silent.settimeout(30)
        server = OrcServer(tmp_path / "state", ("--runtime", "docker", "--docker-socket", engine.socket, "--workers", "1"))
        try:
            admin = make_user(Client(server.api, contract), "admin@example.com").client
            stuck = admin.submit(register(admin, f"127.0.0.1:{silent.getsockname()[1]}/never:1"), {})["id"]
            next_one = admin.submit(register(admin, "orc-test:1", limits=LIMITS), {"do": "echo"})["id"]
            with silent.accept()[0]:
                assert admin.get(f"/api/v1/jobs/{next_one}").json()["status"] == "queued"
                started = time.monotonic()
                assert admin.post(f"/api/v1/jobs/{stuck}/cancel", None, 202).json()["status"] == "cancelled"
                admin.in_status(next_one, "completed")
                assert time.monotonic() - started < 5, "a container starts in half a second"
        finally:
            server.stop()


@pytest.fixture(name="registry")
def _registry(tmp_path):
    """Starts and stops a registry at one address, with one image in it: reg/app:1."""
    service = ["/usr/bin/python3", REPOSITORY / "tools/dev/services/run.py"]
    address = None

    def act(verb):
        nonlocal address
        settings = ["--set", f"address={address}"] if address else []
        done = subprocess.run([*service, verb, "registry", "--folder", tmp_path / "services", *settings], capture_output=True, text=True, check=True, timeout=60)
        address = address or json.loads(done.stdout)["registry"]["url"]
        return address

    act("up")
    image = tmp_path / "image.tar"
    container_image.archive(image, [container_image.layer(files={"app/run": "#!/bin/sh\nprintf '{\"n\": 1}'\n"}, programs=["/bin/sh"])], Entrypoint=["/app/run"])
    subprocess.run(["skopeo", "copy", "--dest-tls-verify=false", f"oci-archive:{image}", f"docker://{address}/reg/app:1"], check=True, timeout=60, capture_output=True)
    yield act
    act("down")


def test_a_registry_that_is_away_costs_no_attempt_and_an_image_that_is_not_there_fails_at_once(engine, tmp_path, contract, registry):
    server = start(engine, tmp_path / "state")
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        address = registry("down")
        patient = admin.submit(register(admin, f"{address}/reg/app:1"), {})["id"]  # one attempt is all that its plugin has

        def attempts():
            return admin.get(f"/api/v1/jobs/{patient}/attempts").json()["items"]

        until(lambda: len([one for one in attempts() if one["outcome"] == "not_started"]) >= 2, seconds=30)
        assert "could not be pulled now" in attempts()[0]["message"] and "connection refused" in attempts()[0]["message"]
        registry("up")
        done = admin.finished(patient, seconds=60)
        assert (done["status"], done["result"]) == ("completed", {"n": 1})
        logged = [line["text"] for line in admin.get(f"/api/v1/jobs/{patient}/logs").json()["items"]]
        assert any(f"pulling {address}/reg/app:1" in text for text in logged), logged

        absent = admin.finished(admin.submit(register(admin, f"{address}/reg/absent:1", retry={"max_attempts": 4}), {})["id"], seconds=20)
        assert absent["status"] == "failed" and f"there is no image {address}/reg/absent:1" in absent["error_message"]
        assert [one["outcome"] for one in admin.get(f"/api/v1/jobs/{absent['id']}/attempts").json()["items"]] == ["refused"]
    finally:
        server.stop()


@pytest.mark.parametrize("who", ["server", "runner"])
def test_a_worker_without_a_sandbox_runs_images_and_says_why_folders_wait(engine, tmp_path, contract, who):
    docker = ("--runtime", "docker", "--docker-socket", engine.socket)
    server = OrcServer(tmp_path / "state", *((docker, None, True, WITHOUT_NAMESPACES) if who == "server" else (("--roles", "api,registry"),)))
    runner = None
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        if who == "runner":
            runner = OrcRunner(server.api, worker_key(admin), tmp_path / "runner", docker, prefix=WITHOUT_NAMESPACES)
        else:
            assert "images only" in admin.get("/health/ready").json()["checks"]["worker"]["detail"]
        said = "only plugins that are images can run here, in Docker"
        (runner or server).wait_for_line(said)
        assert "apt-get install bubblewrap" in (runner or server).output
        plugin_package.upload(admin, "folder", plugin_package.ECHO)
        waiting = admin.submit("folder", {})["id"]
        done = admin.finished(admin.submit(register(admin, "orc-test:1", limits=LIMITS), {"do": "echo"})["id"], seconds=60)
        assert done["result"] == {"do": "echo"}
        (worker,) = admin.get("/api/v1/workers").json()["items"]
        assert (worker["isolation"], worker["equipment"]["runtimes"], "warm_requests" in worker["equipment"]) == ("strict", ["image"], False)
        (seen,) = admin.get(f"/api/v1/jobs/{waiting}/why").json()["workers"]
        assert [(one["requirement"], one["wanted"], one["offered"]) for one in seen["unmet"]] == [("runtime", "folder", "image")]
    finally:
        if runner:
            runner.kill()
        server.stop()


def test_processes_that_stay_up_give_way_to_a_container(engine, tmp_path, contract):
    server = OrcServer(tmp_path / "state", ("--runtime", "docker", "--docker-socket", engine.socket, "--worker-memory-mb", "1000"))
    try:
        user = make_user(Client(server.api, contract), "admin@example.com").client
        plugin_package.upload(user, "idle", plugin_package.STAYS_UP, mode="warm", resources={"memory_mb": 600})
        before = user.finished(user.submit("idle", {})["id"])["result"]
        for memory_mb, ended in ((400, 0), (401, 1)):
            plugin = register(user, "orc-test:1", limits=LIMITS, resources={"memory_mb": memory_mb})
            assert user.finished(user.submit(plugin, {"do": "echo"})["id"], seconds=60)["status"] == "completed"
            assert f'orc_warm_processes_ended_total{{reason="make_room"}} {ended}' in user.get("/metrics").text
        assert user.finished(user.submit("idle", {})["id"])["result"] != before
    finally:
        server.stop()


def worker_of(client):
    (worker,) = client.get("/api/v1/workers").json()["items"]
    return worker


def unmet(client, plugin):
    """What a job of it waits for."""
    job = client.submit(plugin, {})["id"]
    why = client.get(f"/api/v1/jobs/{job}/why").json()
    client.post(f"/api/v1/jobs/{job}/cancel", None, 202)
    return [(one["requirement"], one["wanted"], one["offered"]) for one in why["workers"][0]["unmet"]]


def test_an_image_that_stays_up_does_so_in_the_sandbox_of_a_worker_with_docker(engine, tmp_path, contract):
    server = start(engine, tmp_path / "state")
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        image = tmp_path / "image.tar"
        layer = container_image.layer(files={"app/run": plugin_package.STAYS_UP}, programs=["/bin/sh"])
        container_image.archive(image, [layer], name="warm:1", Entrypoint=["/app/run"])
        subprocess.run([ORC, "image", "import", image, "--data-dir", server.data_dir], check=True, timeout=60, capture_output=True, env=clean_environment())
        plugin = register(admin, "warm:1", mode="warm")
        first, second = [admin.finished(admin.submit(plugin, {})["id"]) for _ in range(2)]
        assert first["status"] == "completed", first
        assert first["result"] == second["result"] and engine.containers() == []
        assert "images" not in worker_of(admin)["equipment"], "they get what folders get"
        assert admin.finished(admin.submit(register(admin, "orc-test:1", limits=LIMITS), {"do": "echo"})["id"], seconds=60)["result"] == {"do": "echo"}
    finally:
        server.stop()


@pytest.mark.parametrize("sandbox", ["container", "none of its own"])
def test_an_image_that_stays_up_waits_where_no_sandbox_is_strict(engine, place, contract, sandbox):
    docker = ("--runtime", "docker", "--docker-socket", engine.socket)
    weak = ((*docker, "--isolation", "container", "--isolation-most", "container"),)
    server = OrcServer(place / "state", *(weak if sandbox == "container" else (docker, None, True, WITHOUT_NAMESPACES)))
    try:
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        assert unmet(admin, register(admin, "warm:1", mode="warm")) == [("warm_requests", "1", "0")]
        strict = register(admin, "orc-test:1", limits=LIMITS, isolation="strict")
        assert admin.finished(admin.submit(strict, {"do": "echo"})["id"], seconds=60)["result"] == {"do": "echo"}, "Docker gives that"
        if sandbox == "container":
            assert worker_of(admin)["isolation"] == "container"
            assert worker_of(admin)["equipment"]["images"] == {"isolation": "strict", "warm": False}
            plugin_package.upload(admin, "folder", plugin_package.ECHO, isolation="strict")
            assert unmet(admin, "folder") == [("isolation", "strict", "container")]
    finally:
        server.stop()


class EngineWithoutSeccomp(http.server.BaseHTTPRequestHandler):
    """What a worker asks a Docker Engine at its start."""

    def answer(self):
        limits = {"MemoryLimit": True, "PidsLimit": True, "CpuCfsQuota": True, "SwapLimit": True, "SecurityOptions": ["name=apparmor"]}
        told = limits if self.path.endswith("/info") else [] if "/containers/json" in self.path else {}
        body = json.dumps(told).encode()
        self.send_response(404 if self.path.endswith("/containers/create") else 200)
        for name, value in (("Api-Version", "1.41"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # pylint: disable=invalid-name

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@pytest.mark.parametrize("sandbox", ["strict", "none of its own"])
def test_of_an_engine_without_seccomp_no_more_is_offered_than_it_gives(tmp_path, contract, sandbox):
    socket_of_engine = str(tmp_path / "docker.sock")
    arguments = ("--runtime", "docker", "--docker-socket", socket_of_engine, "--isolation", "container", "--worker-host-network", "--registration", "open")
    with socketserver.ThreadingUnixStreamServer(socket_of_engine, EngineWithoutSeccomp) as stub:
        threading.Thread(target=stub.serve_forever, daemon=True).start()
        # Nor can it be made at isolation container: the uids of runs cannot pass through the folders of pytest.
        server = OrcServer(tmp_path / "state", arguments, prefix=() if sandbox == "strict" else WITHOUT_NAMESPACES)
        try:
            admin = make_user(Client(server.api, contract), "admin@example.com").client
            worker = worker_of(admin)
            admin.post(f"/api/v1/workers/{worker['id']}/drain", None, 200)  # it shall be seen what it would take
            digest = "app@sha256:" + 64 * "a"
            assert unmet(admin, register(admin, "app:1", isolation="strict")) == [("isolation", "strict", "container")]
            assert unmet(admin, register(admin, digest, network="host")) == [("network", "host", "none")]
            assert unmet(admin, register(admin, "app:1", isolation="container")) == []
            if sandbox == "strict":
                assert (worker["isolation"], worker["equipment"]["network"]) == ("strict", "host"), "folders get more"
                assert worker["equipment"]["images"] == {"isolation": "container", "warm": True}
                assert unmet(admin, register(admin, digest, mode="warm", isolation="strict", network="host")) == []
            else:
                assert (worker["isolation"], worker["equipment"].get("network")) == ("container", None)
        finally:
            server.stop()
            stub.shutdown()


def test_a_missing_engine_is_a_clear_refusal(tmp_path):
    server = OrcServer(tmp_path / "state", ("--runtime", "docker", "--docker-socket", "/nonexistent/docker.sock"), wait=False)
    assert server.wait_ended() != 0
    assert "--runtime docker: Docker at /nonexistent/docker.sock cannot be reached" in server.output
    assert '"ready"' not in server.output and not (tmp_path / "state" / "endpoints.json").exists(), "nobody was told that it serves"


def test_doctor_tells_of_the_engine(engine, tmp_path):
    done = subprocess.run([ORC, "doctor", "--json", "--docker-socket", engine.socket, "--data-dir", tmp_path], capture_output=True, text=True, check=False,
                          env=clean_environment(), timeout=60)
    found = next(check for check in json.loads(done.stdout)["checks"] if check["subject"] == "docker")
    assert found["verdict"] in ("ok", "warn") and "version" in found["found"], found
