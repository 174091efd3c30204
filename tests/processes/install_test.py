"""What `cmake --install` puts into a folder runs from there, and its units are such as systemd takes."""
import os
import pathlib
import shutil
import subprocess

import pytest

from orc_server import ORC, clean_environment

BUILD = next(folder for folder in pathlib.Path(ORC).resolve().parents if (folder / "CMakeCache.txt").exists())


@pytest.fixture(scope="module", name="prefix")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed") / "usr"
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return prefix


def test_the_programs_find_each_other(prefix, tmp_path):
    orc = prefix / "bin/orc"
    for command in ((orc, "plugin", "new", "first", "--shell"), (orc, "plugin", "test", "first", "--input", "first/input.json")):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=clean_environment(), timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([prefix / "bin/orc-runner", "--help"], capture_output=True, check=False, env=clean_environment(), timeout=60).returncode == 0
    assert (prefix / "share/orc/sdk/python/orc_plugin.py").exists()


@pytest.mark.parametrize("unit", ["orc", "orc-runner"])
def test_a_unit_starts_what_is_installed_and_lets_plugins_end(prefix, unit):
    file = prefix / "lib/systemd/system" / f"{unit}.service"
    words = file.read_text().splitlines()
    start = next(line.removeprefix("ExecStart=").split() for line in words if line.startswith("ExecStart="))
    assert start[0] == str(prefix / "bin" / unit) and os.access(start[0], os.X_OK)
    assert {"KillMode=mixed", "Delegate=yes"} <= set(words)
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    # Of the unit alone: what it wants of the host's own units is not there in every container.
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", file], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
