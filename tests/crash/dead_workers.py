"""R9: how long a job of a worker that was killed waits until it runs elsewhere."""
import datetime
import random
import statistics
import threading
import time

from client import until
from installation import Installation, SetUp
from pauses import held_by

ELSEWHERE_SECONDS_MAX = 12  # p99; lease 10 s, and the rescuer looks once a second
PREDECESSOR_SECONDS_MAX = 3
FOR_LONG = "exec sleep 600\n"
KILL_APART_SECONDS = 3  # so that kills fall into every moment between two beats
VICTIM_SLOTS = 2


def start_of(attempt):
    return datetime.datetime.fromisoformat(attempt["started_at"].replace("Z", "+00:00")).timestamp()


def attack(kills, seed, say=lambda words: None, victims=6):
    """At least `kills` kills, `victims` at a time. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    # One more runner has room for everybody's jobs.
    site = Installation(SetUp("dead-workers", server_slots=0, runners=victims, runner_slots=VICTIM_SLOTS))
    waits, killed, faults = [], 0, []
    try:
        site.add_plugin("for-long", FOR_LONG, limits={"timeout_seconds": 900, "grace_seconds": 1})
        api = site.api
        while killed < kills:
            waits += one_round(site, api, chance, victims)
            killed += victims
            say(f"{killed} of {kills} kills")
        waits.sort()
        p50, p99 = statistics.median(waits), waits[min(len(waits) - 1, int(len(waits) * 0.99))]
        if p99 > ELSEWHERE_SECONDS_MAX:
            faults.append(f"after a kill jobs ran elsewhere within {p99:.1f} s (p99), more than {ELSEWHERE_SECONDS_MAX} s")
        early = [wait for wait in waits if wait < 6.5]  # a lease after the last beat, which was up to 3 s before
        if early:
            faults.append(f"jobs were taken from a worker {early[0]:.1f} s after its death: earlier than its lease allows")
        return {"kills": killed, "jobs": len(waits), "p50_s": round(p50, 2), "p99_s": round(p99, 2), "max_s": round(waits[-1], 2)}, faults
    finally:
        site.close()


def one_round(site, api, chance, victims):
    """Fills the victims with work, kills them at random moments and gives how long each of their jobs waited."""
    jobs = [api.submit("for-long", {}) for _ in range(victims * VICTIM_SLOTS)]
    names = {f"runner-{number}" for number in range(victims)}
    until(lambda: len(held_by(api, names)) == len(jobs))
    owners = {job_id: api.attempts(job_id)[-1]["worker"] for job_id in jobs}
    heir = site.start_heir(len(jobs))
    deaths, pause = {}, threading.Event()
    for number in range(victims):
        pause.wait(chance.uniform(0, 2 * KILL_APART_SECONDS / victims))
        deaths[f"runner-{number}"] = time.time()
        site.runners[number].kill()

    def all_run_elsewhere():
        return all(attempt["worker"] == "heir" for attempt in (api.attempts(job_id)[-1] for job_id in jobs))

    until(all_run_elsewhere, 60, every=0.2)
    waits = [start_of(api.attempts(job_id)[-1]) - deaths[owners[job_id]] for job_id in jobs]
    for job_id in jobs:
        api.must("POST", f"/api/v1/jobs/{job_id}/cancel")
    until(lambda: not api.unfinished())
    heir.stop()
    for number in range(victims):
        site.start_runner(number)
    return waits


def own_predecessor(seed):
    """A server that takes over its own data folder need not wait for a lease. Returns the figures and what is wrong."""
    site = Installation(SetUp("own-predecessor", server_slots=2))
    try:
        site.add_plugin("for-long", FOR_LONG, limits={"timeout_seconds": 900, "grace_seconds": 1})
        api = site.api
        job_id = api.submit("for-long", {})
        until(lambda: len(api.attempts(job_id)) == 1)
        site.kill_server()
        killed_at = time.time()
        site.restart_server()
        api = site.api
        until(lambda: len(api.attempts(job_id)) == 2)
        wait = start_of(api.attempts(job_id)[-1]) - killed_at
        faults = [] if wait <= PREDECESSOR_SECONDS_MAX else [f"a restarted server took {wait:.1f} s to run its predecessor's job"]
        return {"kills": 1, "jobs": 1, "again_after_s": round(wait, 2)}, faults
    finally:
        site.close()
