"""S4: what is there before an attack and after it: processes (with them their network namespaces), cgroups, mounts, temporary files."""
import os
import pathlib
import random
import re
import threading

import worker_cgroups
from accounting import ECHO_AND_SAY
from client import until
from installation import Installation, SetUp

GONE_SECONDS_MAX = 10
SLOW = "sleep 1\n" + ECHO_AND_SAY
STAYS_UP = """printf '{"ready": true}\\n'
while read -r line; do
  sleep 0.2
  id=${line#*:}
  printf '{"id":%s,"output":{}}\\n' "${id%%,*}"
done
"""


def processes(folder, pids):
    """Ours, and what runs in our cgroups or names our folder."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command, groups = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"), (place / "cgroup").read_text()
            state = (place / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        owners = re.findall(r"/orc-[^/\n]*-(\d+)", groups)
        if state != "Z" and (str(folder) in command or int(place.name) in pids or any(int(owner) in pids for owner in owners)):
            found.append(f"process {place.name}: {command[:200]}")
    return found


def mounts(folder):
    return [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]


def temporary_files(site):
    places = [site.temporary, *site.folder.glob("*/sandbox")]
    return {str(path.relative_to(site.folder)) for place in places for path in place.glob("**/*")}


def attack(jobs, kills, seed, say=lambda words: None):
    """Kills workers in the midst of their runs, stops the rest politely, and looks what is left. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    older = worker_cgroups.every_one()
    site = Installation(SetUp("leftovers", server_slots=0, runners=3, runner_slots=4))
    try:
        site.add_plugin("slow", SLOW)
        site.add_plugin("stays-up", STAYS_UP, mode="warm", warm={"processes_max": 2, "in_flight": 4})
        before = calm_life(site)
        killed, at_work = violent_life(site, older, chance, jobs, kills, say)
        left = {}

        def nothing_is_left():
            left.update(processes=processes(site.folder, site.pids), cgroups=sorted(worker_cgroups.all_of(site.pids) - older), mounts=mounts(site.folder),
                        files=sorted(temporary_files(site) - before))
            return not any(left.values())

        faults = []
        try:
            until(nothing_is_left, GONE_SECONDS_MAX, every=0.2)
        except AssertionError:
            faults = [f"{len(those)} {kind} left: {[str(one) for one in those[:5]]}" for kind, those in left.items() if those]
        if not at_work[0] or not at_work[1]:
            faults.append(f"nothing was seen at work ({at_work} processes and cgroups): nothing was shown")
        figures = {"jobs": jobs, "kills": killed, "processes_at_work": at_work[0], "cgroups_at_work": at_work[1]}
        return figures | {name: len(those) for name, those in left.items()}, faults
    finally:
        site.close()


def calm_life(site):
    """What lies in the folders after every runner has run something and stopped in good order."""
    for number in range(site.set_up.runners * site.set_up.runner_slots * 2):
        site.api.submit("stays-up" if number % 4 == 0 else "slow", {"n": number})
    site.api.settle()
    for number, runner in enumerate(site.runners):
        runner.stop()
        site.runners[number] = None
    before = temporary_files(site)
    for number in range(site.set_up.runners):
        site.start_runner(number)
    return before


def violent_life(site, older, chance, jobs, kills, say):
    """Kills in the midst of runs, then a polite stop. How many kills, and the most processes and cgroups that were seen at work."""
    api, pause, most = site.api, threading.Event(), (0, 0)
    for number in range(jobs):
        api.submit("stays-up" if number % 4 == 0 else "slow", {"n": number})
    for killed in range(kills):
        pause.wait(chance.uniform(0.2, 1.0))
        most = max(most, (len(processes(site.folder, site.pids)) - site.set_up.runners - 1, len(worker_cgroups.all_of(site.pids) - older)))
        number = chance.randrange(site.set_up.runners)
        site.runners[number].kill()
        site.start_runner(number)  # on the folder of the dead one, whose leavings it removes
        say(f"{killed + 1} of {kills} kills")
    api.settle()
    site.stop()
    return kills, most
