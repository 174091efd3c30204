"""S4: what is there before an attack and after it: processes (with them their network namespaces), cgroups, mounts, temporary files, and at a
Docker Engine containers and volumes."""
import dataclasses
import os
import pathlib
import random
import re
import threading

import worker_cgroups
from accounting import ECHO_AND_SAY, Told, account, with_anything
from client import until
from installation import Installation, SetUp, set_up_of
from private_docker import PrivateDocker

WITH_DOCKER = "docker-runners"  # the set-up of attack_containers()
GONE_SECONDS_MAX = 10
WARM_REQUESTS_MAX = 8  # that a worker holds beside its slots: two processes with four in flight
# Whoever is left is still there when it is looked for.
STAYS = "sleep 600 </dev/null >/dev/null 2>&1 3>&- &\n"
SLOW = STAYS + "sleep 1\n" + ECHO_AND_SAY
STAYS_UP = STAYS + """printf '{"ready": true}\\n'
while read -r line; do
  sleep 0.2
  id=${line#*:}
  printf '{"id":%s,"output":{}}\\n' "${id%%,*}"
done
"""


class WithoutDocker:
    """Where no run is a container."""
    words, plugins = (), ()

    def containers(self):
        return []

    def volumes(self):
        return []


def processes(words, pids):
    """Ours, and what runs in our cgroups, names our folder or our engine, or was given our folder in its environment."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command, groups = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"), (place / "cgroup").read_text()
            state, given = (place / "stat").read_text().rpartition(")")[2].split()[0], (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        owners = re.findall(r"/orc-[^/\n]*-(\d+)", groups)
        if state != "Z" and (any(word in command or word in given for word in words) or int(place.name) in pids or any(int(owner) in pids for owner in owners)):
            found.append(f"process {place.name}: {command[:200]}")
    return found


def mounts(folder):
    return [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]


def temporary_files(site):
    """But for the folder of a worker's slots, which comes with the first run that needs one and stays."""
    places = [site.temporary, *site.folder.glob("*/sandbox")]
    return {str(path.relative_to(site.folder)) for place in places for path in place.glob("**/*") if path.relative_to(site.folder).parts[1:] != ("sandbox", "slots")}


class WithDocker:
    """A Docker Engine of its own, at which every second run is a container."""
    plugins = ("in-a-container",)

    def __init__(self):
        self._engine = PrivateDocker()
        self._engine.make_image("slow", SLOW)
        self.words = (f"--guard-containers {self._engine.socket}",)
        self.containers, self.volumes, self.end = self._engine.containers, self._engine.volumes, self._engine.end

    def set_up(self):
        return SetUp(WITH_DOCKER, server_slots=0, runners=2, runner_slots=4, runner_arguments=("--runtime", "docker", "--docker-socket", self._engine.socket))


def attack_containers(jobs, kills, seed, say=lambda words: None):
    """The same, where every second run is a container at a Docker Engine."""
    engine = WithDocker()
    try:
        return attack_on(engine.set_up(), engine, jobs, kills, seed, say)
    finally:
        engine.end()


def attack(set_up, jobs, kills, seed, say=lambda words: None, isolation="strict"):
    """Kills workers - of one process, the process - in the midst of their runs, stops the rest politely, and looks what is left. Returns the figures and
    what is wrong."""
    return attack_on(dataclasses.replace(set_up_of(set_up, runner_slots=4), isolation=isolation), WithoutDocker(), jobs, kills, seed, say)


def attack_on(set_up, docker, jobs, kills, seed, say):
    chance = random.Random(seed)
    older = worker_cgroups.every_one()
    site, told = Installation(set_up), Told()
    words = (str(site.folder), *docker.words)
    try:
        for name in docker.plugins:
            site.add_image(name, "slow:1", limits={"memory_mb": 32, "pids": 16, "scratch_mb": 1})
        site.add_plugin("slow", SLOW)
        site.add_plugin("stays-up", STAYS_UP, mode="warm", warm={"processes_max": 2, "in_flight": 4})
        before = calm_life(site, told, docker)
        figures, faults, at_work = violent_life(site, told, docker, older, chance, jobs, kills, say)
        left = {}

        def nothing_is_left():
            left.update(processes=processes(words, site.pids), containers=docker.containers(), volumes=docker.volumes(),
                        cgroups=sorted(worker_cgroups.all_of(site.pids) - older), mounts=mounts(site.folder),
                        files=sorted(temporary_files(site) - before))
            return not any(left.values())

        try:
            until(nothing_is_left, GONE_SECONDS_MAX, every=0.2)
        except AssertionError:
            faults += [f"{len(those)} {kind} left: {[str(one) for one in those[:5]]}" for kind, those in left.items() if those]
        if not at_work[0] or not at_work[1] or docker.plugins and not at_work[2]:
            faults.append(f"nothing was seen at work ({at_work} processes, cgroups, containers): nothing was shown")
        figures |= {"kills": kills, "processes_at_work": at_work[0], "cgroups_at_work": at_work[1], "containers_at_work": at_work[2]}
        return figures | {name: len(those) for name, those in left.items()}, faults
    finally:
        site.close()


def submit(site, told, docker, jobs):
    api, plugins = site.api, ("stays-up", *(docker.plugins or ("slow",)), "slow", *(docker.plugins or ("slow",)))
    for number in range(jobs):
        told.submit(api, plugins[number % len(plugins)])


def calm_life(site, told, docker):
    """What lies in the folders after every worker has run something and stopped in good order."""
    submit(site, told, docker, site.set_up.slots * 2)
    site.api.settle()
    workers = site.runners or [site.server]
    for worker in workers:
        worker.stop()
    before = temporary_files(site)
    if not site.runners:
        site.restart_server()
    for number in range(site.set_up.runners):
        site.start_runner(number)
    return before


def kill_a_worker(site, chance):
    """And starts another on the folder of the dead one, whose leavings it removes."""
    if not site.runners:
        site.kill_server()
        site.restart_server()
        return
    number = chance.randrange(site.set_up.runners)
    site.runners[number].kill()
    site.start_runner(number)


def violent_life(site, told, docker, older, chance, jobs, kills, say):
    """Kills in the midst of runs, then a polite stop. The account, and the most processes, cgroups and containers that were seen at work."""
    pause, most = threading.Event(), (0, 0, 0)
    submit(site, told, docker, jobs)
    for killed in range(kills):
        pause.wait(chance.uniform(0.2, 1.0))
        at_work = (len(processes((str(site.folder),), site.pids)) - site.set_up.runners - 1, len(worker_cgroups.all_of(site.pids) - older),
                   len(docker.containers()))
        most = tuple(map(max, most, at_work))
        kill_a_worker(site, chance)
        say(f"{killed + 1} of {kills} kills")
    site.api.settle()
    slots = site.set_up.server_slots or site.set_up.runner_slots
    figures, faults = account(site.api, told, None, losses_max=kills * (slots + WARM_REQUESTS_MAX), answers=with_anything,
                              may_give_up=True)
    site.stop()
    return figures, faults, most
