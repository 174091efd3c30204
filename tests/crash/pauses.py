"""R7: a worker is stopped (SIGSTOP) for two leases, while its plugins go on, and then continued. What it hands in then comes too late. Where the one
process is server and worker, nobody takes its jobs meanwhile: each must still end once."""
import dataclasses
import random
import signal
import threading

from accounting import Told, Witness, account, with_what_it_was_given
from client import until
from installation import FINAL, WITH_RUNNERS, Installation, set_up_of

LEASE_SECONDS = 10
PAUSE_SECONDS = 2 * LEASE_SECONDS
RUNNER_SLOTS = 2
RUN_SECONDS = 1


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


def attack(set_up, pauses, seed, say=lambda words: None, paused=5):
    """At least `pauses` pauses, `paused` runners at a time; one more goes on. Of one process, it is the process. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    witness = Witness()
    site = Installation(dataclasses.replace(set_up_of(set_up, runners=paused + 1, runner_slots=RUNNER_SLOTS), isolation="none"))
    told, faults, figures = Told(), [], {"pauses": 0, "held": 0, "refused": 0, "accepted_late": 0}
    try:
        site.add_plugin("named", witness.program(RUN_SECONDS))
        api = site.api
        while figures["pauses"] < pauses:
            jobs = [told.submit(api, "named") for _ in range(site.set_up.slots * 2)]
            if set_up in WITH_RUNNERS:
                faults += one_round(site, api, jobs, chance.sample(range(paused + 1), paused), figures)
            else:
                faults += round_of_one_process(site, api, jobs, figures)
            say(f"{figures['pauses']} of {pauses} pauses")
        losses = figures["held"] + figures["pauses"] * RUNNER_SLOTS
        accounted, wrong = account(api, told, None, losses, answers=with_what_it_was_given, witness=witness)
        site.stop()
        return accounted | figures, faults + wrong
    finally:
        site.close()
        witness.close()


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
        # An end that was on its way when its worker stopped was in time.
        held = {job_id: number for job_id, number in held.items() if api.attempts(job_id)[number - 1]["outcome"] == "worker_lost"}
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


def round_of_one_process(site, api, jobs, figures):
    """Pauses server and worker in one. What it had when it stood still ends once, by whichever run."""
    until(lambda: running(api) >= site.set_up.server_slots)
    held, ended = running(api), ended_of(api, jobs)
    resumed = threading.Event()
    site.server.process.send_signal(signal.SIGSTOP)
    try:
        resumed.wait(PAUSE_SECONDS)
    finally:
        site.server.process.send_signal(signal.SIGCONT)
    until(lambda: not api.unfinished(), 60)
    figures["pauses"] += 1
    figures["held"] += held
    now = ended_of(api, jobs)
    return [f"duplicated: job {job_id} changed after its end" for job_id, job in ended.items() if now[job_id] != job]


def running(api):
    return api.must("GET", "/api/v1/jobs?status=processing&limit=1")["total"]


def ended_of(api, jobs):
    found = {job_id: api.must("GET", f"/api/v1/jobs/{job_id}") for job_id in jobs}
    return {job_id: job for job_id, job in found.items() if job["status"] in FINAL}
