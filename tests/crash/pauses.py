"""R7: a worker is stopped (SIGSTOP) for two leases, while its plugins go on, and then continued. What it hands in then comes too late."""
import random
import threading

from accounting import account, Told
from client import until
from installation import Installation, SetUp

LEASE_SECONDS = 10
PAUSE_SECONDS = 2 * LEASE_SECONDS
RUNNER_SLOTS = 2
RUN_SECONDS = 1
# Each run has an answer of its own, so that a result shows which run it is of.
NAMED_RUN = f'run=$(date +%s%N)$$\nprintf "ran %s\\n" "$run" >&2\nsleep {RUN_SECONDS}\nprintf \'{{"run": "%s"}}\' "$run"\n'


def late_ends(runner):
    return sum('"dropped"' in line for line in runner.lines)


def held_by(api, names):
    """The jobs that these workers run now, each with the number of its attempt."""
    held = {}
    for job in api.must("GET", "/api/v1/jobs?status=processing&limit=500")["items"]:
        attempt = api.attempts(job["id"])[-1]
        if attempt["outcome"] is None and attempt["worker"] in names:
            held[job["id"]] = attempt["number"]
    return held


def attack(pauses, seed, say=lambda words: None, paused=5):
    """At least `pauses` pauses, `paused` workers at a time; one more goes on. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    site = Installation(SetUp("pauses", server_slots=0, runners=paused + 1, runner_slots=RUNNER_SLOTS))
    told, faults, figures = Told(), [], {"pauses": 0, "held": 0, "refused": 0, "accepted_late": 0}
    try:
        site.add_plugin("named", NAMED_RUN)
        api = site.api
        while figures["pauses"] < pauses:
            jobs = [api.submit("named", {"n": told.sent + n + 1}) for n in range(site.set_up.slots * 2)]
            told.sent += len(jobs)
            told.acked |= {job_id: told.sent - len(jobs) + n + 1 for n, job_id in enumerate(jobs)}
            faults += one_round(site, api, jobs, chance.sample(range(paused + 1), paused), figures)
            say(f"{figures['pauses']} of {pauses} pauses")
        accounted, wrong = account(api, told, {}, losses_max=figures["held"] + figures["pauses"] * RUNNER_SLOTS)
        # The answers are the runs' own here.
        faults += [fault for fault in wrong if not fault.startswith("answered wrongly")]
        site.stop()
        return accounted | figures, faults
    finally:
        site.close()


def one_round(site, api, jobs, which, figures):
    """Pauses these runners while they are busy. What is wrong afterwards."""
    runners = [site.runners[number] for number in which]
    names = {f"runner-{number}" for number in which}
    until(lambda: len(held_by(api, names)) >= len(which))
    for runner in runners:
        runner.pause()
    resumed = threading.Event()
    try:
        held, before = held_by(api, names), sum(map(late_ends, runners))
        resumed.wait(PAUSE_SECONDS)
        until(lambda: not api.unfinished(), 60)
        ended = {job_id: api.must("GET", f"/api/v1/jobs/{job_id}") for job_id in jobs}
    finally:
        for runner in runners:
            runner.go_on()
    until(lambda: sum(map(late_ends, runners)) - before >= len(held), 30)
    refused = sum(map(late_ends, runners)) - before
    faults = []
    for job_id in jobs:
        job = api.must("GET", f"/api/v1/jobs/{job_id}")
        attempts = api.attempts(job_id)
        if job != ended[job_id]:
            faults.append(f"duplicated: job {job_id} changed after its end")
        if job_id in held and attempts[held[job_id] - 1]["outcome"] != "worker_lost":
            figures["accepted_late"] += 1
            faults.append(f"job {job_id}: the end of a paused worker was accepted: {attempts}")
    figures["pauses"] += len(which)
    figures["held"] += len(held)
    figures["refused"] += refused
    if not held:
        faults.append("no paused worker held a run: nothing was shown")
    return faults
