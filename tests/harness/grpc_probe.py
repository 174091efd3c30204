"""The gRPC service on a port of its own, with a store in memory (tests/grpc_clients/probe.cc), and what its clients need."""
import importlib
import os
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROBE = pathlib.Path(os.environ.get("ORC_GRPC_PROBE", REPOSITORY / "build/release/tests/grpc_clients/orc_grpc_probe"))
PROTO = "fleet/ray_executor/v1/ray_executor.proto"


class GrpcProbe:
    def __init__(self, *arguments):
        self._process = subprocess.Popen([PROBE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())
        self.address = f"127.0.0.1:{self.port}"

    def resident_kib(self):
        for line in pathlib.Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("the probe has ended")

    def stop(self):
        """Returns the exit status; 0 says that every call and connection had ended."""
        self._process.stdin.close()
        return self._process.wait(20)


def python_messages(folder):
    """The Python module of the service's messages, generated into `folder`."""
    subprocess.run(["protoc", "-I", REPOSITORY / "proto", f"--python_out={folder}", PROTO, "grpc/health/v1/health.proto"], check=True)
    sys.path.insert(0, str(folder / "fleet/ray_executor/v1"))
    sys.path.insert(0, str(folder / "grpc/health/v1"))
    try:
        return importlib.import_module("ray_executor_pb2"), importlib.import_module("health_pb2")
    finally:
        del sys.path[:2]
