"""Plugins that are images at a real Docker Engine: what a run costs beside the same calls made by hand."""
import http.client
import json
import pathlib
import socket
import statistics
import sys
import time
import urllib.parse

from served import Served

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/harness"))
from private_docker import PrivateDocker  # noqa: E402

MIB = 1 << 20
LIMITS = {"memory_mb": 64, "pids": 32, "scratch_mb": 16, "timeout_seconds": 30}


def container(document):
    """What src/adapters/docker/container_order.cc asks for, without its labels."""
    memory = "rw,nosuid,nodev,exec,mode=1777,nr_inodes=65536,size=%d" % (LIMITS["scratch_mb"] * MIB)
    attached = {name: True for name in ("OpenStdin", "StdinOnce", "AttachStdin", "AttachStdout", "AttachStderr", "NetworkDisabled")}
    limits = {"Memory": LIMITS["memory_mb"] * MIB, "MemorySwap": LIMITS["memory_mb"] * MIB, "PidsLimit": LIMITS["pids"], "NanoCpus": 1_000_000_000,
              "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 1024}, {"Name": "core", "Soft": 0, "Hard": 0}]}
    host = limits | {"ReadonlyRootfs": True, "ShmSize": LIMITS["scratch_mb"] * MIB, "Tmpfs": {"/tmp": memory, "/output": memory}, "NetworkMode": "none",
                     "IpcMode": "private", "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"], "LogConfig": {"Type": "none"}}
    return attached | {"Image": "bench:1", "Cmd": [document], "User": "65534:65534", "Hostname": "plugin", "HostConfig": host}


def bare_run_ms(engine, document):
    """Inspect, create, attach, start, give the input, take the output, wait, remove."""
    started = time.monotonic()
    engine.call("GET", "/images/bench:1/json")
    name = engine.call("POST", "/containers/create", json.dumps(container(document)))["Id"]
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(engine.socket)
        stream.sendall(f"POST /containers/{name}/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\n"
                       "Upgrade: tcp\r\n\r\n".encode())
        taken = b""
        while b"\r\n\r\n" not in taken:  # an engine that has not taken the connection over yet loses input that comes
            if not (part := stream.recv(65536)):
                raise SystemExit(f"attaching to a container was answered {taken}")
            taken += part
        engine.call("POST", f"/containers/{name}/start")
        stream.sendall(document.encode())
        stream.shutdown(socket.SHUT_WR)
        while part := stream.recv(65536):
            taken += part
    if document.encode() not in taken:
        raise SystemExit(f"a container of the reference said {taken[-200:]}")
    engine.call("POST", f"/containers/{name}/wait")
    engine.call("DELETE", f"/containers/{name}?force=1&v=1")
    return (time.monotonic() - started) * 1000


def docker_runs(settings, folder):
    """One run at a time, by hand and as a job in turn, so that both meet the same engine."""
    document, bare, jobs = '{"n": 1}', [], []
    engine = PrivateDocker()
    try:
        engine.make_image("bench", "cat")
        with Served(settings.orc, folder / "state", "--runtime", "docker", "--docker-socket", engine.socket, "--workers", "1") as served:
            served.post("/api/v1/plugins", {"name": "bench", "version": "1.0.0", "docker_image_url": "bench:1", "limits": LIMITS})
            address = urllib.parse.urlsplit(served.api)
            connection = http.client.HTTPConnection(address.hostname, address.port)
            body = json.dumps({"plugin_name": "bench", "input_data": json.loads(document)})
            for _ in range(settings.runs_docker):
                bare.append(bare_run_ms(engine, document))
                started = time.monotonic()
                connection.request("POST", "/api/v1/jobs?wait=60", body, {"Content-Type": "application/json", "Authorization": "Bearer " + served.token})
                answer = json.load(connection.getresponse())
                jobs.append((time.monotonic() - started) * 1000)
                if answer.get("status") != "completed":
                    raise SystemExit(f"a job in Docker did not complete: {answer}")
    finally:
        engine.end()
    bare_ms, job_ms = statistics.median(bare), statistics.median(jobs)
    return {"bare_docker_p50_ms": bare_ms, "docker_p50_ms": job_ms, "docker_ratio": job_ms / bare_ms}
