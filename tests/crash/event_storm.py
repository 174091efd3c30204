"""R17: a NATS server that is killed and wiped again and again while events are published, in a program that has everything between a store and that server."""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/asan/src/adapters/nats/orc_nats_test"
DELIBERATIONS, EVENTS_OF_EACH, KILLS, WIPES = 40, 500, 20, 3  # as event_storm_test.cc has them; its usual run has fewer events
SECONDS_MAX = 1800


def cannot_run():
    return None if shutil.which("nats-server") else "nats-server is not installed"


def attack():
    """Returns the figures and what is wrong."""
    subprocess.run(["bash", "tools/dev/build.sh", "asan", "orc_nats_test"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run([PROGRAM, "--gtest_filter=EventStorm.*"], env={**os.environ, "ORC_STORM_EVENTS": str(EVENTS_OF_EACH)}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX, check=False)
    wrong = [] if done.returncode == 0 and "[  PASSED  ] 1 test." in done.stdout else [f"the storm's program says:\n{done.stdout}"]
    return {"events": DELIBERATIONS * EVENTS_OF_EACH, "kills": KILLS, "wipes": WIPES}, wrong
