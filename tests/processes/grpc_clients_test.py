"""The Go and JavaScript clients of gRPC call the service: a hundred submissions at once, a hundred one after another, over one connection."""
import json
import os
import subprocess

import pytest

from grpc_service import PROTO, REPOSITORY, GrpcService

FETCHED = REPOSITORY / "build/third_party/grpc_clients"
NAME = "fleet.ray_executor.v1.RayExecutorService"
EXPECTED = {"health": "SERVING", "submitted": 200, "status": "healthy", "unknown": "not_found"}


@pytest.fixture(scope="module", autouse=True)
def clients():
    subprocess.run(["bash", "tools/dev/fetch_grpc_clients.sh"], cwd=REPOSITORY, check=True, timeout=300)


def report_of(command, **environment):
    service = GrpcService()
    done = subprocess.run([part.replace("ADDRESS", service.address) for part in map(str, command)], env={**os.environ, **environment},
                          stdout=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0
    service.stop()
    return json.loads(done.stdout)


def test_the_go_client(tmp_path):
    descriptors = tmp_path / "descriptors"
    subprocess.run(["protoc", "-I", REPOSITORY / "proto", "--include_imports", f"--descriptor_set_out={descriptors}", PROTO], check=True)
    report = report_of([FETCHED / "go_client", "ADDRESS", descriptors])
    assert {key: report[key] for key in EXPECTED} == EXPECTED
    assert report["refusal"] == "InvalidArgument" and "task_id" in report["sentence"]
    assert NAME in report["services"]


def test_the_javascript_client():
    report = report_of(["node", REPOSITORY / "tests/grpc_clients/javascript/client.js", "ADDRESS", REPOSITORY / "proto"],
                       NODE_PATH=str(FETCHED / "node_modules"))
    assert {key: report[key] for key in EXPECTED} == EXPECTED
    assert report["watched"] == "SERVING"
    assert report["refusal"] == "INVALID_ARGUMENT" and "task_id" in report["sentence"]
