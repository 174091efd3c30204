"""The level `container` where it is meant to be used: inside a container that Docker started with its defaults, as its root and as an
ordinary user. The table of all clusters (tests/contract/cluster_promises.cc), the suite of isolation levels
(src/adapters/sandbox/isolation_contract_test.cc), and the program itself."""
import json
import os
import struct
import subprocess

import pytest
from orc_server import ORC, clean_environment
from private_docker import REPOSITORY, PrivateDocker, built_test

WITHIN = {"CapAdd": None, "Privileged": False, "SecurityOpt": None, "NetworkMode": "none"}  # nothing is granted beyond Docker's defaults
BUSY_HOST_SHARES = 16 * 1024  # all of a container weighs as much as one process of the host, where many tests run
HOST_FOLDERS = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc")  # this host's programs and libraries stand in for an image's


@pytest.fixture(name="engine", scope="module")
def _engine():
    one = PrivateDocker()
    one.make_image("within", "exit 70")
    yield one
    one.end()


def run_within(engine, command, user, folders=(), environment=()):
    """The exit code and the output of a program of this host in a container with Docker's defaults."""
    binds = [f"{folder}:{folder}:ro" for folder in (*HOST_FOLDERS, str(REPOSITORY), *map(str, folders)) if os.path.isdir(folder)]
    body = {"Image": "within:1", "Entrypoint": [str(word) for word in command], "User": user, "Env": list(environment),
            "HostConfig": WITHIN | {"Binds": binds, "Tmpfs": {"/tmp": "mode=1777,exec"}, "CpuShares": BUSY_HOST_SHARES}}
    name = engine.call("POST", "/containers/create", json.dumps(body))["Id"]
    try:
        engine.call("POST", f"/containers/{name}/start")
        code = engine.call("POST", f"/containers/{name}/wait")["StatusCode"]
        return code, without_frames(engine.call("GET", f"/containers/{name}/logs?stdout=1&stderr=1"))
    finally:
        engine.call("DELETE", f"/containers/{name}?force=1&v=1")


def without_frames(log):
    """Docker Engine API, "Attach to a container", stream format: eight bytes before each piece, the last four its length."""
    text, log = b"", log if isinstance(log, bytes) else b""
    while log:
        (length,) = struct.unpack(">I", log[4:8])
        text, log = text + log[8:8 + length], log[8 + length:]
    return text.decode(errors="replace")


@pytest.mark.parametrize("user", ["0:0", "64999:64999"])
def test_each_cell_of_the_level_container_holds_inside_docker(engine, user):
    for program in (built_test("src/adapters/sandbox/orc_isolation_test"), built_test("tests/contract/orc_cluster_contract")):
        code, told = run_within(engine, [program, "--gtest_filter=*container*", "--gtest_color=no"], user,
                                environment=["ORC_ISOLATION_LEVELS=container", "ORC_BACK_ENDS=container,warm_container"])
        assert code == 0 and "[  PASSED  ]" in told, told[-6000:]
        assert int(told.split("[==========] ")[-1].split()[0]) >= 15, "hardly a test was chosen"


def test_a_plugin_is_written_on_a_host_and_tried_inside_docker(engine, tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # root in a container has another's folders only where everybody may pass
    subprocess.run([ORC, "plugin", "new", "fresh", "--shell"], check=True, cwd=tmp_path, env=clean_environment(None), capture_output=True)
    attempt = [ORC, "plugin", "test", tmp_path / "fresh"]
    code, told = run_within(engine, attempt, "0:0", [tmp_path])
    assert code == 3 and "--isolation container" in told, "weaker is used only where somebody says so"
    code, told = run_within(engine, [*attempt, "--isolation", "container"], "0:0", [tmp_path])
    assert code == 0 and "isolation container" in told, told
