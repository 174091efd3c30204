"""`orc serve` with nothing but its gRPC service, and what its clients need."""
import importlib
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

from orc_server import OrcServer

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = REPOSITORY / "tests/golden/grpc"
PROTO = "fleet/ray_executor/v1/ray_executor.proto"


class GrpcService:
    def __init__(self, *arguments, environment=None):
        self._folder = tempfile.TemporaryDirectory(prefix="orc-grpc-")
        self._arguments, self._environment = arguments, environment
        self._start()

    def _start(self):
        alone = ("--roles", "executor", "--grpc-listen", "127.0.0.1:0", "--stop-seconds", "2")
        self._server = OrcServer(pathlib.Path(self._folder.name) / "state", (*alone, *self._arguments), environment=self._environment)
        self.address = self._server.grpc
        self.port = int(self.address.rsplit(":", 1)[1])

    def resident_kib(self):
        return self._server.resident_kib()

    def cpu_seconds(self):
        return self._server.cpu_seconds()

    def restart(self):
        """On the same data, at another address."""
        self._server.stop()
        self._start()

    def stop(self):
        """It owes a clean end: every call and connection has ended."""
        self._server.stop()
        self._folder.cleanup()


def python_messages(folder):
    """The Python modules of the messages that clients know, generated into `folder`: the service's by its contract, whatever proto/ says."""
    for protos, file in ((CONTRACT, PROTO), (REPOSITORY / "proto", "grpc/health/v1/health.proto")):
        subprocess.run(["protoc", "-I", protos, f"--python_out={folder}", file], check=True)
    sys.path.insert(0, str(folder / "fleet/ray_executor/v1"))
    sys.path.insert(0, str(folder / "grpc/health/v1"))
    try:
        return importlib.import_module("ray_executor_pb2"), importlib.import_module("health_pb2")
    finally:
        del sys.path[:2]


def file_of(protos, folder):
    """The FileDescriptorProto of the service as it stands below `protos`."""
    path = pathlib.Path(folder) / "descriptors"
    subprocess.run(["protoc", "-I", protos, f"--descriptor_set_out={path}", PROTO], check=True)
    return descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file[0]


def own_message(name, folder):
    """A message as proto/ has it, with what the contract does not know. Beside those of python_messages(), in a pool of its own."""
    pool = descriptor_pool.DescriptorPool()
    for file in (descriptor_pb2.FileDescriptorProto.FromString(timestamp_pb2.DESCRIPTOR.serialized_pb), file_of(REPOSITORY / "proto", folder)):
        pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("fleet.ray_executor.v1." + name))
