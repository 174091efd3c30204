"""Commands that wait for something outlive their server: killed and started anew, it has another key, and it may have another address."""
import json
import signal
import subprocess

import plugin_package
import pytest
from client import Client, make_user, until
from orc_command import dev_of, orc
from orc_server import ORC, OrcServer, clean_environment

SLOW = "echo one >&2; sleep 3; printf '{}'\n"


@pytest.fixture(name="killed")
def _killed(tmp_path, contract):
    """A server with the plugin `slow`, its administrator, and what kills it and starts it anew."""
    servers = [OrcServer(tmp_path / "state")]
    admin = make_user(Client(servers[0].api, contract), "admin@example.com")
    plugin_package.upload(admin.client, "slow", SLOW, limits={"grace_seconds": 0})

    def start_anew(listen):
        servers[-1].kill()
        servers.append(OrcServer(tmp_path / "state", ["--listen", listen or servers[0].api.removeprefix("http://")]))
        return servers[-1]

    yield servers[0], admin, start_anew
    servers[-1].stop()


def started(server, *arguments, given=None):
    program = subprocess.Popen([ORC, *map(str, arguments), "--data-dir", server.data_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=clean_environment(None))
    if given is not None:
        program.stdin.write(given)
    program.stdin.close()
    program.stdin = None  # communicate() would flush it
    return program


def test_a_log_is_followed_with_the_key_of_a_data_directory(killed):
    server, admin, start_anew = killed
    job = admin.client.submit("slow", {})
    follower = started(server, "job", "logs", "-f", job["id"])
    assert follower.stdout.readline() == "one\n"
    start_anew(None)
    assert follower.stdout.readline() == "one\n", "of the second attempt"
    assert follower.wait(timeout=60) == 0, follower.stderr.read()


def test_whoever_waits_for_jobs_gets_their_ends_and_makes_none_twice(killed):
    server, admin, start_anew = killed
    waiting = [started(server, "run", "slow", "{}"), started(server, "job", "submit", "slow", "{}", "--wait"),
               started(server, "job", "batch", "-", "--plugin", "slow", "--wait", given="{}\n{}\n")]
    jobs = lambda: admin.client.get("/api/v1/jobs?scope=all").json()
    until(lambda: jobs()["total"] == 4)
    start_anew(None)
    ended = [program.communicate(timeout=60) for program in waiting]
    assert [program.returncode for program in waiting] == [0, 0, 0], ended
    assert [out for out, _ in ended] == ["{}\n", "{}\n", "2 jobs: 2 completed, 0 failed, 0 cancelled\n"]
    assert jobs()["total"] == 4


def test_dev_goes_on_with_a_server_at_another_address(killed, tmp_path):
    server, _, start_anew = killed
    orc("plugin", "new", "dev-plugin", "--shell", cwd=tmp_path)
    folder = tmp_path / "dev-plugin"
    with dev_of(folder, server) as (dev, said, errors):
        assert '"bytes"' in said.next_with("completed")
        errors.next_with("watching")
        other = start_anew("127.0.0.1:0")
        assert other.api != server.api
        (folder / "run.sh").write_text('#!/bin/sh\nprintf \'{"bytes": 99, "lines": 1}\'\n')
        assert "99" in said.next_with("completed")
        dev.send_signal(signal.SIGINT)
        dev.wait(timeout=20)
    listed = orc("job", "list", "--json", "--data-dir", server.data_dir, cwd=tmp_path)
    assert json.loads(listed.stdout)["total"] == 2
