"""Lets every test import the harness, and what tests of running servers share."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "harness"))

from client import until  # noqa: E402
from contract import Contract  # noqa: E402
from fake_model import FakeModel  # noqa: E402
from orc_server import OrcServer  # noqa: E402
from private_database import PrivatePostgres  # noqa: E402
from private_nats import PrivateNats  # noqa: E402
from worker_cgroups import KILLED, every_one  # noqa: E402


@pytest.fixture(name="contract", scope="session")
def _contract():
    return Contract(shared=os.environ.get("ORC_CALLED_OPERATIONS"))


@pytest.fixture(autouse=True, scope="session")
def _killed_workers_leave_nothing():
    before = every_one()
    yield
    until(lambda: not KILLED.left() - before, seconds=10)


@pytest.fixture(name="start_server")
def _start_server(tmp_path):
    """Starts a server of its own for one test; it is held to a clean end, unless the test ended it."""
    started = []

    def start(*arguments, data_dir=None, **options):
        server = OrcServer(data_dir or tmp_path / f"state-{len(started)}", arguments, **options)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(name="postgres", scope="session")
def _postgres():
    """A PostgreSQL server of the tests' own, whatever the other servers use."""
    one = PrivatePostgres()
    yield one
    one.end()


@pytest.fixture(name="nats")
def _nats():
    """A NATS server with JetStream of the test's own."""
    one = PrivateNats()
    yield one
    one.end()


@pytest.fixture(name="model")
def _model():
    """A model server that answers as one test tells it."""
    one = FakeModel()
    yield one
    one.end()
