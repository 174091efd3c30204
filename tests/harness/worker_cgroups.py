"""The cgroups of workers: each makes one folder orc-TAG-PID in every hierarchy (src/adapters/sandbox/cgroup_tree.h). Process ids come again, so a
folder with a worker's id may be an older one's."""
import os
import pathlib
import re

_NAME = re.compile(r"orc-.*-(\d+)")


def all_of(pids):
    """The folders of workers that have or had these ids."""
    found = set()
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        place, kind = line.split()[4], line.partition(" - ")[2].split()[0]
        if kind not in ("cgroup", "cgroup2"):
            continue
        for parent, folders, _ in os.walk(place):  # which passes over what vanishes meanwhile
            found |= {pathlib.Path(parent) / name for name in folders if (match := _NAME.fullmatch(name)) and int(match.group(1)) in pids}
    return found


def every_one():
    return all_of(range(1, 1 << 22))


class KilledWorkers:
    """Those that tests killed: of each its guard cleans up (src/launch/guard.h), whether or not a later worker comes."""

    def __init__(self):
        self._pids = set()

    def add(self, pid):
        self._pids.add(pid)

    def left(self):
        """Their folders that are still there. An id that somebody has again is nobody's who was killed."""
        return all_of({pid for pid in self._pids if not pathlib.Path(f"/proc/{pid}").exists()})


KILLED = KilledWorkers()
