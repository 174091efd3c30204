"""`./dev services` as a developer uses it: servers in a folder of the test's own, of which nothing is left running."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ANSWER_SECONDS_MAX = 10


class Services:
    def __init__(self, folder):
        self.folder = folder

    def act(self, *words, environment=None):
        """How it ended, with what it said."""
        return subprocess.run([REPOSITORY / "dev", "services", *words, "--folder", self.folder], capture_output=True, text=True, check=False,
                              env=os.environ | (environment or {}))

    def answer(self, *words):
        done = self.act(*words)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        return json.loads(line), done.stderr.splitlines()


@pytest.fixture(name="services")
def _services():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-dev-"))  # a short path: it holds a socket
    services = Services(folder)
    yield services
    services.act("down", "nats", "postgres")
    shutil.rmtree(folder)


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def family(pid):
    """The process and its children."""
    return {pid, *map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split())}


def processes_that_name(folder):
    """Whose command line or working folder says that they belong there."""
    found = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            if str(folder) in command or str(folder) in str((process / "cwd").readlink()):
                found.add(int(process.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def sockets_in(folder):
    return [path for path in folder.rglob("*") if path.is_socket()]


def session_of_postgres(url):
    """An open one, that answered."""
    session = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    session.stdin.write("SELECT 6 * 7;\n")
    session.stdin.flush()
    assert session.stdout.readline() == "42\n"
    return session


def greeting_of_nats(url):
    host, port = url.removeprefix("nats://").split(":")
    with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX) as connection:
        return connection.recv(4)


def test_they_come_up_are_seen_and_leave_nothing(services):
    names = ("postgres", "nats")
    nothing = dict.fromkeys(names)
    assert services.answer("status", *names) == (nothing, [])

    started, said = services.answer("up", *names)
    assert not said and services.answer("status", *names) == (started, [])
    again, said = services.answer("up", *names)
    assert again == started
    assert said == [f"services: {name} runs already, as process {started[name]['pid']}" for name in names]
    session = session_of_postgres(started["postgres"]["url"])
    assert greeting_of_nats(started["nats"]["url"]) == b"INFO"
    processes = {pid for name in names for pid in family(started[name]["pid"])}
    assert len(processes) > len(names) and sockets_in(services.folder)

    assert services.answer("down", *names) == (nothing, [])
    # An open session keeps a slow shutdown waiting; a fast one tells it, and the data is as after a checkpoint.
    assert "terminating connection due to administrator command" in session.communicate("SELECT 1;\n", timeout=ANSWER_SECONDS_MAX)[1]
    assert not [pid for pid in processes if is_alive(pid)] and not processes_that_name(services.folder)
    assert not sockets_in(services.folder)
    with pytest.raises(ConnectionRefusedError):
        greeting_of_nats(started["nats"]["url"])
    log = (services.folder / "postgres/log").read_text(encoding="utf-8")
    assert "received fast shutdown request" in log and "database system is shut down" in log

    assert services.answer("down", *names) == (nothing, [f"services: {name} does not run" for name in names])


def test_one_of_them_alone(services):
    started, _ = services.answer("up", "nats")
    assert list(started) == ["nats"]
    assert services.answer("status", "postgres", "nats")[0] == {"postgres": None, **started}
    assert services.answer("down", "postgres") == ({"postgres": None}, ["services: postgres does not run"])
    assert greeting_of_nats(started["nats"]["url"]) == b"INFO"


def test_a_name_that_nobody_knows_is_refused_with_those_that_are_known(services):
    done = services.act("up", "nats", "oracle")
    assert done.returncode == 2 and not done.stdout
    assert "there is no service 'oracle'; there are: docker, nats, postgres, registry" in done.stderr
    assert services.answer("status", "nats") == ({"nats": None}, [])


@pytest.mark.parametrize("words", [("postgres", "--set", "foo"), ("postgres", "--set", "=foo"), ("--set", "max_connections=20")])
def test_a_setting_without_a_value_or_a_service_is_refused_in_words(services, words):
    done = services.act("up", *words)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.splitlines()[-1].startswith("./dev services: error: ") and "--set" in done.stderr


def test_the_others_come_up_beside_those_that_cannot(services, tmp_path):
    for name, word in (("dockerd", "only for some"), ("docker-registry", "no storage")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{word}'\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    done = services.act("up", environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    started = json.loads(line)
    assert list(started) == ["nats", "postgres"] and services.answer("status", "nats", "postgres") == (started, [])
    said = done.stderr.splitlines()
    assert said[-1] == "services: docker, registry failed"
    assert any("only for some" in words for words in said) and any("no storage" in words for words in said)
