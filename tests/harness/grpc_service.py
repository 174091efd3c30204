"""`orc serve` with nothing but its gRPC service, and what its clients need."""
import importlib
import pathlib
import subprocess
import sys
import tempfile

from orc_server import OrcServer

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROTO = "fleet/ray_executor/v1/ray_executor.proto"


class GrpcService:
    def __init__(self, *arguments, environment=None):
        self._folder = tempfile.TemporaryDirectory(prefix="orc-grpc-")
        alone = ("--roles", "executor", "--grpc-listen", "127.0.0.1:0", "--stop-seconds", "2")
        self._server = OrcServer(pathlib.Path(self._folder.name) / "state", (*alone, *arguments), environment=environment)
        self.address = self._server.grpc
        self.port = int(self.address.rsplit(":", 1)[1])

    def resident_kib(self):
        return self._server.resident_kib()

    def stop(self):
        """It owes a clean end: every call and connection has ended."""
        self._server.stop()
        self._folder.cleanup()


def python_messages(folder):
    """The Python module of the service's messages, generated into `folder`."""
    subprocess.run(["protoc", "-I", REPOSITORY / "proto", f"--python_out={folder}", PROTO, "grpc/health/v1/health.proto"], check=True)
    sys.path.insert(0, str(folder / "fleet/ray_executor/v1"))
    sys.path.insert(0, str(folder / "grpc/health/v1"))
    try:
        return importlib.import_module("ray_executor_pb2"), importlib.import_module("health_pb2")
    finally:
        del sys.path[:2]
