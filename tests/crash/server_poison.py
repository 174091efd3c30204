"""R14: a job that brings down the server itself each time it runs, on the worker inside it, beside other jobs. It is borne for longer than one that kills
a runner (docs/decisions/lost_workers.md), at growing distances, and not for ever."""
import random

from accounting import Told, account, with_anything
from client import until
from installation import SET_UPS, Installation
from poison import LATE_SECONDS_MAX, moment
from worker_poison import REASON

RUNS = 17  # the first and sixteen more
WAIT_SECONDS_MAX = 60
BYSTANDERS = 50


def wait_before(run):
    """Seconds between the end of the run before it and this one; the second comes at once."""
    return 0 if run < 3 else min(2 ** (run - 3), WAIT_SECONDS_MAX)


def attack(set_up, kills, seed, say=lambda words: None):
    """So many kills, at most RUNS of them. Returns the figures and what is wrong."""
    chance, kills = random.Random(seed), min(kills, RUNS)
    site, told = Installation(SET_UPS[set_up]), Told()
    try:
        site.add_plugin("good", 'sleep 0.1\nprintf "{}"\n')
        site.add_plugin("kills", "exec sleep 600\n", limits={"timeout_seconds": 900, "grace_seconds": 0})
        plugins = ["good"] * BYSTANDERS
        plugins.insert(chance.randrange(site.set_up.slots), "kills")  # so that others run beside it
        api = site.api
        ids = [(told.submit(api, plugin), plugin) for plugin in plugins]
        (poison,) = (job_id for job_id, plugin in ids if plugin == "kills")
        for run in range(1, kills + 1):
            until(lambda number=run: is_running(site.api, poison, number), wait_before(run) + LATE_SECONDS_MAX + 10)
            site.kill_server()
            site.restart_server()
            say(f"{run} of {kills} kills")
        until(lambda: completed(site.api) == BYSTANDERS)
        faults = judge(site.api, poison, kills)
        if kills < RUNS:
            site.api.must("POST", f"/api/v1/jobs/{poison}/cancel")
        until(lambda: not site.api.unfinished())
        ends = {poison: "failed" if kills == RUNS else "cancelled"}
        figures, wrong = account(site.api, told, None, kills * site.set_up.slots, ends=ends, answers=with_anything)
        site.stop()
        return figures | {"poison": 1, "kills": kills, "bystanders": BYSTANDERS}, faults + wrong
    finally:
        site.close()


def is_running(api, job_id, run):
    attempts = api.attempts(job_id)
    return len(attempts) == run and attempts[-1]["outcome"] is None


def completed(api):
    return api.must("GET", "/api/v1/jobs?status=completed&limit=1")["total"]


def judge(api, poison, kills):
    until(lambda: api.attempts(poison)[kills - 1]["outcome"])
    job, attempts, faults = api.must("GET", f"/api/v1/jobs/{poison}"), api.attempts(poison), []
    for earlier, later in zip(attempts, attempts[1:]):
        wait, apart = wait_before(later["number"]), moment(later["started_at"]) - moment(earlier["ended_at"])
        if not wait - 0.01 <= apart <= wait + LATE_SECONDS_MAX:
            faults.append(f"run {later['number']} came {apart:.2f} s after the server came back, not about {wait}")
    letters = [letter["id"] for letter in api.must("GET", "/api/v1/dead-letters?limit=100")["items"]]
    if kills < RUNS:
        if job["status"] not in ("queued", "processing") or letters:
            faults.append(f"after {kills} kills the job is {job['status']}, dead letters are {letters}: {job['error_message']}")
    elif job["status"] != "failed" or len(attempts) != RUNS or REASON not in (job["error_message"] or "") or letters != [poison]:
        faults.append(f"the job is {job['status']} after {len(attempts)} runs, dead letters are {letters}: {job['error_message']}")
    return faults
