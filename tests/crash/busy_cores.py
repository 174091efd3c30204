"""R9: while every core is kept busy by others, no run may be taken from a worker that lives: its beats must get through, whatever waits for a turn."""
import contextlib
import datetime
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

from accounting import Told, account, with_anything
from client import until
from dead_workers import start_of
from installation import Installation, set_up_of
from pauses import late_ends

LEASE_SECONDS = 10
RUN_SECONDS = 13  # longer than a lease
LOOPS_FOR_EACH_CORE = 2  # so that one who has work gets a third of a core
BUSY_SHARE_MIN = 0.95
QUEUED_FOR_EACH_SLOT = 2
LOOK_SECONDS = 0.5
# Ends also when whoever started it was killed.
LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(1_000_000): pass\n"
SAY = 'printf "ran %s %s\\n" "$ORC_JOB_ID" "$ORC_ATTEMPT" >&2\n'
PROGRAMS = {
    "rests": f'{SAY}sleep {RUN_SECONDS}\nprintf "{{}}"\n',
    "toils": f'{SAY}end=$(($(date +%s) + {RUN_SECONDS}))\nwhile [ "$(date +%s)" -lt "$end" ]; do :; done\nprintf "{{}}"\n',
}


@contextlib.contextmanager
def busy_cores():
    """Loops of the same priority as the workers."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(LOOPS_FOR_EACH_CORE * os.cpu_count())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def spent():
    """What all cores did since the machine was started, in ticks: something, and anything."""
    user, nice, system, idle, iowait, *others = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    worked = user + nice + system + sum(others)
    return worked, worked + idle + iowait


def seconds_of(attempt):
    return datetime.datetime.fromisoformat(attempt["ended_at"].replace("Z", "+00:00")).timestamp() - start_of(attempt)


def attack(set_up, minutes, seed, say=lambda words: None):
    """Keeps every place of the workers filled for so long. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    site = Installation(set_up_of(set_up, runners=3, runner_slots=2))
    told = Told()
    try:
        for name, program in PROGRAMS.items():
            site.add_plugin(name, program, limits={"timeout_seconds": 900, "grace_seconds": 1})
        with busy_cores():
            busy_share = keep_filled(site, told, chance, minutes, say)
        figures, wrong = account(site.api, told, None, losses_max=0, answers=with_anything)
        attempts = [attempt for job_id in told.acked for attempt in site.api.attempts(job_id)]
        late = sum(map(late_ends, [*site.runners, site.server]))
        site.stop()
        figures |= {"minutes": minutes, "busy_percent": round(100 * busy_share), "steals": sum(attempt["outcome"] == "worker_lost" for attempt in attempts),
                    "late_ends": late, "shortest_run_s": round(min(map(seconds_of, attempts)), 1)}
        return figures, judge(figures) + wrong
    finally:
        site.close()


def keep_filled(site, told, chance, minutes, say):
    """Until the time is over and all has ended. How much of the cores was in use."""
    start, pause = time.monotonic(), threading.Event()
    before = spent()
    while (passed := time.monotonic() - start) < minutes * 60:
        while site.api.unfinished() < site.set_up.slots * QUEUED_FOR_EACH_SLOT:
            told.submit(site.api, chance.choice(list(PROGRAMS)))
        say(f"{passed / 60:.1f} of {minutes} minutes, {told.sent} jobs")
        pause.wait(LOOK_SECONDS)
    until(lambda: not site.api.unfinished(), 60 * QUEUED_FOR_EACH_SLOT)
    worked, anything = (after - earlier for after, earlier in zip(spent(), before))
    return worked / anything


def judge(figures):
    faults = []
    if figures["steals"] or figures["late_ends"]:
        faults.append(f"{figures['steals']} runs were taken from workers that lived, which handed in {figures['late_ends']} of them too late")
    if figures["shortest_run_s"] <= LEASE_SECONDS:
        faults.append(f"a run took {figures['shortest_run_s']} s, no longer than a lease: nothing was shown")
    if figures["busy_percent"] < 100 * BUSY_SHARE_MIN:
        faults.append(f"the cores were busy for {figures['busy_percent']} % of the time only: nothing was shown")
    return faults
