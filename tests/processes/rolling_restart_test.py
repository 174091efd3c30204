"""Two APIs on one port are restarted twenty times under 300 requests a second, most of them new jobs, and neither clients nor the runner behind that
port notice (attacks.md O11)."""
import json
import pathlib
import subprocess

import rolling_restart
from orc_server import ORC, clean_environment

PROGRAM = pathlib.Path(rolling_restart.__file__)
RESTARTS, RATE_MIN = 20, 300
RATE = 320  # on the timetable, so that what the last restart held up does not count for much in a test of seconds
# The kernel hands connections on where tcp_migrate_req says so, which is a setting of the network namespace.
NAMESPACE = ("unshare", "--net", "sh", "-ec", 'ip link set lo up; echo "$0" > /proc/sys/net/ipv4/tcp_migrate_req; exec "$@"')


def judge(outcome):
    print(f"{outcome['restarts']} restarts, {outcome['answered']} requests answered, {outcome['offered_per_second']}/s offered, "
          f"{outcome['answered_per_second']}/s answered, {len(outcome['troubles'])} errors, {outcome['accepted']} jobs accepted, {len(outcome['lost'])} lost, "
          f"taken in by each process in turn: {outcome['submissions']}")
    assert not outcome["troubles"], outcome["troubles"][:5]
    assert outcome["accepted"] > outcome["answered"] / 2 and not outcome["lost"] and not outcome["unexpected"], outcome["lost"][:5]
    assert not outcome["runner_warnings"], outcome["runner_warnings"][:5]
    assert outcome["offered_per_second"] >= RATE_MIN and outcome["answered_per_second"] >= RATE_MIN
    # While one of the two restarts, the other answers alone. The first is restarted as the load begins, and the last is there as it ends.
    assert len(outcome["submissions"]) == 2 + RESTARTS and all(outcome["submissions"][1:-1])
    assert sum(outcome["submissions"]) == outcome["accepted"]


def test_with_a_socket_that_a_supervisor_hands_over(postgres, tmp_path):
    outcome = rolling_restart.roll(rolling_restart.HandedOver(), postgres.new_database(), tmp_path, RESTARTS, RATE)
    judge(outcome)
    assert not outcome["warned"]


def in_a_namespace(postgres, tmp_path, migrate, *arguments):
    done = subprocess.run([*NAMESPACE, migrate, "/usr/bin/python3", str(PROGRAM), "shared-port", "--url", postgres.new_database(), "--folder", tmp_path,
                           *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_with_a_port_that_each_process_opens(postgres, tmp_path):
    outcome = in_a_namespace(postgres, tmp_path, "1", "--restarts", str(RESTARTS), "--rate", str(RATE))
    judge(outcome)
    assert not outcome["warned"]


def test_a_kernel_that_would_reset_connections_is_warned_of(postgres, tmp_path):
    assert in_a_namespace(postgres, tmp_path, "0", "--restarts", "0", "--rate", "10")["warned"]


def test_a_socket_that_no_listener_names_is_refused(tmp_path):
    way = rolling_restart.HandedOver()
    done = subprocess.run([*way.options["prefix"], str(ORC), "serve", "--data-dir", tmp_path / "state", "--listen", "127.0.0.1:0", "--registry-listen", "off",
                           "--grpc-listen", "off"], pass_fds=way.options["descriptors"], env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"127.0.0.1:{way.port}" in done.stderr and "--listen" in done.stderr
