"""R8: somebody sets the wall clock of the server while jobs run. libfaketime (Debian's libfaketime) shows it another time than the rest of the
world has; its steady clock stays right."""
import glob
import pathlib
import random
import tempfile
import threading

from accounting import Told, account
from installation import SET_UPS, Installation

JUMPS = ("+1s", "-1s", "+1h", "-1h", "+1d", "-1d")
RIGHT = "+0"
JOBS_BETWEEN = 8
BETWEEN_SECONDS = (1.0, 3.0)
RUN = 'printf "ran %s %s\\n" "$ORC_JOB_ID" "$ORC_ATTEMPT" >&2\nsleep 0.5\nprintf "%s" "$1"\n'


def library():
    """Where libfaketime is; nothing, if it is not installed."""
    return next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


def attack(set_up, jumps, seed, say=lambda words: None):
    """The clock that jumps is the server's: runners and the database keep the right time. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    with ClockFile() as clock:
        environment = {"LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        site = Installation(SET_UPS[set_up], server_environment=environment)
        try:
            site.add_plugin("slow", RUN)
            api, told, pause, ids = site.api, Told(), threading.Event(), []
            for number in range(jumps + 1):
                ids += [told.submit(api, "slow") for _ in range(JOBS_BETWEEN)]
                pause.wait(chance.uniform(*BETWEEN_SECONDS))
                if number % len(JUMPS) == 0:
                    order = chance.sample(JUMPS, len(JUMPS))
                if number < jumps:
                    clock.set(order[number % len(JUMPS)])
                say(f"{number} of {jumps} jumps")
            api.settle()
            made = [job["created_at"] for job in sorted(api.all_jobs(), key=lambda job: job["id"])]
            seen = len({text[:10] for text in made})
            figures, faults = account(api, told, None, losses_max=0)
            if ids != sorted(ids) or made != sorted(made):
                faults.append("job ids and the times at which jobs were made do not rise in the order of submission")
            if jumps >= len(JUMPS) and seen < 2:
                faults.append("every job was made on one day: the clock did not jump, and nothing was shown")
            lost = sum(attempt["outcome"] == "worker_lost" for job_id in ids for attempt in api.attempts(job_id))
            if lost:
                faults.append(f"{lost} leases ended by a clock that jumped")
            site.stop()
            return figures | {"jumps": jumps, "days_seen": seen, "leases_ended": lost}, faults
        finally:
            site.close()


class ClockFile:
    """What libfaketime reads at every look at the clock."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="orc-clock-")
        self._file = pathlib.Path(self._folder.name) / "clock"
        self.path = str(self._file)
        self.set(RIGHT)
        return self

    def set(self, offset):
        beside = self._file.with_suffix(".new")
        beside.write_text(offset + "\n")
        beside.rename(self._file)  # nobody reads half of it

    def __exit__(self, *_):
        self._folder.cleanup()
