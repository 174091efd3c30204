"""One server for the whole session, its first user an administrator and two plain users; more servers on request."""
import os
import pathlib
import shutil
import tempfile
import uuid

import plugin_package
import pytest
from client import Client, make_user
from orc_server import ORC, OrcServer

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"


def pytest_collection_modifyitems(items):
    """What was called can be judged only at the very end."""
    items.sort(key=lambda item: item.path.name == "openapi_coverage_test.py")


@pytest.fixture(name="server", scope="session")
def _server():
    with tempfile.TemporaryDirectory(prefix="orc-test-") as folder:
        server = OrcServer(pathlib.Path(folder) / "state")  # the worker of some set-ups has a folder beside it
        yield server
        server.stop()


@pytest.fixture(name="anyone", scope="session")
def _anyone(server, contract, _admin):
    """Nobody in particular: no token."""
    return Client(server.api, contract)


@pytest.fixture(name="_admin", scope="session")
def _first_user(server, contract):
    return make_user(Client(server.api, contract), "admin@example.com")


@pytest.fixture(name="admin", scope="session")
def _admin_user(_admin):
    return _admin


@pytest.fixture(name="alice", scope="session")
def _alice(anyone):
    return make_user(anyone, "alice@example.com", full_name="Alice")


@pytest.fixture(name="bob", scope="session")
def _bob(anyone):
    return make_user(anyone, "bob@example.com", full_name="Bob")


@pytest.fixture(name="new_user")
def _new_user(anyone):
    """Makes a user whom no other test knows."""
    def make(**fields):
        return make_user(anyone, f"user-{uuid.uuid4().hex[:12]}@example.com", **fields)

    return make


@pytest.fixture(name="registry", scope="session")
def _registry(server, contract, _admin):
    """The registry's own port; on loopback nobody needs a token there."""
    return Client(server.registry, contract)


@pytest.fixture(name="new_plugin")
def _new_plugin(admin):
    """Uploads a shell script as a plugin of a name that no other test uses, and returns that name."""
    def make(program, **fields):
        name = f"test-{uuid.uuid4().hex[:12]}"
        plugin_package.upload(admin.client, name, program, **fields)
        return name

    return make


@pytest.fixture(name="place")
def _place():
    """A folder for data that a plugin's own uid can pass through, which those of other tests are closed to."""
    with tempfile.TemporaryDirectory(prefix="orc-isolation-") as folder:
        os.chmod(folder, 0o711)
        yield pathlib.Path(folder)


@pytest.fixture(name="start_as_nobody")
def _start_as_nobody(start_server, place):
    """Starts a server under an account without rights: it has no cgroups, and no uids to give."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a server under another account")

    def start(*arguments):
        os.chown(place, 65534, 65534)
        for program in (ORC, ORC.parents[1] / "launch/orc-launch"):  # the folder of the build may be closed to others
            shutil.copy(program, place)
        as_nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        return start_server(*arguments, data_dir=place / "state", prefix=as_nobody, program=place / "orc")

    return start


@pytest.fixture(name="examples", scope="session")
def _examples(admin):
    """The two shipped plugins, registered from their folders."""
    for name in ("example-classifier", "example-processor"):
        folder = PLUGINS / name
        files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
        admin.client.request("PUT", f"/api/v1/plugins/{name}/package", 201, data=plugin_package.tar_of(files),
                             headers={"Content-Type": "application/x-tar"})
    return ("example-classifier", "example-processor")


@pytest.fixture(name="echo", scope="session")
def _echo(admin):
    """The name of a plugin that answers with its input."""
    plugin_package.upload(admin.client, "echo", plugin_package.ECHO)
    return "echo"


@pytest.fixture(name="for_ever", scope="session")
def _for_ever(admin):
    """The name of a plugin that never ends by itself."""
    plugin_package.upload(admin.client, "for-ever", plugin_package.FOR_EVER, limits={"timeout_seconds": 600, "grace_seconds": 1})
    return "for-ever"


@pytest.fixture(name="two_lines", scope="session")
def _two_lines(admin):
    """The name of a plugin that says "one" and "two" on standard error."""
    plugin_package.upload(admin.client, "two-lines", plugin_package.TALKATIVE)
    return "two-lines"
