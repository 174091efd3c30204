"""The Go and JavaScript clients of gRPC, made from the contract, make the five calls over one connection: a hundred submissions at once, a hundred one
after another. A deadline and a cancel end a call of theirs, and sentences arrive as they were written."""
import json
import os
import socket
import subprocess
import threading

import pytest

from accept_each import accept_each, pass_on
from fake_model import FakeModel
from grpc_service import CONTRACT, PROTO, REPOSITORY, GrpcService

FETCHED = REPOSITORY / "build/third_party/grpc_clients"
NAME = "fleet.ray_executor.v1.RayExecutorService"
EXPECTED = {"health": "SERVING", "submitted": 200, "reviewed": "submitted", "jobs": 201, "status": "healthy", "unknown": "not_found",
            "unknown_sentence": "Deliberation größe € not found"}
REFUSAL = "preset 'größe €' is unknown"


class Relay:
    """Passes connections on to `address`, and counts them."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._behind, self.connections, self._open = (host, int(port)), 0, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        accept_each(self._listener, self._serve)

    def _serve(self, client):
        self.connections += 1
        behind = socket.create_connection(self._behind)
        self._open += [client, behind]
        threading.Thread(target=pass_on, args=(behind, client), daemon=True).start()
        pass_on(client, behind)

    def close(self):
        self._listener.close()
        for one in self._open:
            one.close()


@pytest.fixture(scope="module", autouse=True)
def clients():
    subprocess.run(["bash", "tools/dev/fetch_grpc_clients.sh"], cwd=REPOSITORY, check=True, timeout=300)


def report_of(command, **environment):
    service, model = GrpcService(), FakeModel()
    model.close()  # so that deliberations run
    relay = Relay(service.address)
    places = {"ADDRESS": relay.address, "MODEL": model.url}
    done = subprocess.run([places.get(part, part) for part in map(str, command)], env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          text=True, timeout=60)
    assert done.returncode == 0
    assert relay.connections == 1
    model.end()
    relay.close()
    service.stop()
    return json.loads(done.stdout)


def test_the_go_client(tmp_path):
    descriptors = tmp_path / "descriptors"
    subprocess.run(["protoc", "-I", CONTRACT, "--include_imports", f"--descriptor_set_out={descriptors}", PROTO], check=True)
    report = report_of([FETCHED / "go_client", "ADDRESS", descriptors, "MODEL"])
    assert {key: report[key] for key in EXPECTED} == EXPECTED
    assert (report["cancelled"], report["late"], report["refusal"]) == ("Canceled", "DeadlineExceeded", "InvalidArgument")
    assert report["sentence"].startswith(REFUSAL)
    assert NAME in report["services"]


def test_the_javascript_client():
    report = report_of(["node", REPOSITORY / "tests/grpc_clients/javascript/client.js", "ADDRESS", CONTRACT, REPOSITORY / "proto", "MODEL"],
                       NODE_PATH=str(FETCHED / "node_modules"))
    assert {key: report[key] for key in EXPECTED} == EXPECTED
    assert report["watched"] == ["SERVING", "SERVING"]
    assert (report["cancelled"], report["late"], report["refusal"]) == ("CANCELLED", "DEADLINE_EXCEEDED", "INVALID_ARGUMENT")
    assert report["sentence"].startswith(REFUSAL)
