"""R9: how long a job of a worker that was killed waits until it runs elsewhere; and of a server with its own worker, until it runs again."""
import datetime
import random
import statistics
import threading
import time

from accounting import Told, account
from client import until
from installation import WITH_RUNNERS, Installation, set_up_of
from pauses import held_by, running

ELSEWHERE_SECONDS_MAX = 12  # p99; lease 10 s, and the rescuer looks once a second
ELSEWHERE_SECONDS_USUAL = 10  # p50: the last beat was up to 3 s before the kill
PREDECESSOR_SECONDS_MAX = 3
FOR_LONG = 'printf "ran %s %s\\n" "$ORC_JOB_ID" "$ORC_ATTEMPT" >&2\nexec sleep 600\n'
KILL_APART_SECONDS = 3  # so that kills fall into every moment between two beats
VICTIM_SLOTS = 2
EARLY_SECONDS = 6.5  # a lease after the last beat, which was up to 3 s before


def start_of(attempt):
    return datetime.datetime.fromisoformat(attempt["started_at"].replace("Z", "+00:00")).timestamp()


def attack(set_up, kills, seed, say=lambda words: None, victims=6):
    """At least `kills` kills, of `victims` runners at a time; of one process, of the process. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    # One more runner, the heir, has room for everybody's jobs.
    site = Installation(set_up_of(set_up, runners=victims, runner_slots=VICTIM_SLOTS))
    told, waits, killed = Told(), [], 0
    try:
        site.add_plugin("for-long", FOR_LONG, limits={"timeout_seconds": 900, "grace_seconds": 1})
        while killed < kills:
            if set_up in WITH_RUNNERS:
                waits += one_round(site, site.api, told, chance, victims)
                killed += victims
            else:
                waits += round_of_one_process(site, told)
                killed += 1
            say(f"{killed} of {kills} kills")
        waits.sort()
        figures, wrong = account(site.api, told, None, losses_max=len(waits), ends=dict.fromkeys(told.acked, "cancelled"))
        p50, p99 = statistics.median(waits), waits[min(len(waits) - 1, int(len(waits) * 0.99))]
        faults = judge(waits, p50, p99) if set_up in WITH_RUNNERS else judge_of_one_process(waits)
        site.stop()
        return figures | {"kills": killed, "p50_s": round(p50, 2), "p99_s": round(p99, 2), "max_s": round(waits[-1], 2)}, faults + wrong
    finally:
        site.close()


def judge(waits, p50, p99):
    faults = []
    if p50 > ELSEWHERE_SECONDS_USUAL:
        faults.append(f"after a kill jobs ran elsewhere within {p50:.1f} s (p50), more than {ELSEWHERE_SECONDS_USUAL} s")
    if p99 > ELSEWHERE_SECONDS_MAX:
        faults.append(f"after a kill jobs ran elsewhere within {p99:.1f} s (p99), more than {ELSEWHERE_SECONDS_MAX} s")
    if waits[0] < EARLY_SECONDS:
        faults.append(f"jobs were taken from a worker {waits[0]:.1f} s after its death: earlier than its lease allows")
    return faults


def judge_of_one_process(waits):
    late = [f"{wait:.1f}" for wait in waits if wait > PREDECESSOR_SECONDS_MAX]
    return [f"restarted servers took {', '.join(late[:10])} s to run their predecessors' jobs"] if late else []


def one_round(site, api, told, chance, victims):
    """Fills the victims with work, kills them at random moments and gives how long each of their jobs waited."""
    jobs = [told.submit(api, "for-long") for _ in range(victims * VICTIM_SLOTS)]
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


def round_of_one_process(site, told):
    """A server that takes over its own data folder need not wait for a lease. How long each of its jobs waited since the kill."""
    jobs = [told.submit(site.api, "for-long") for _ in range(site.set_up.slots)]
    until(lambda: running(site.api) == len(jobs))
    site.kill_server()
    killed_at = time.time()
    site.restart_server()
    api = site.api
    until(lambda: all(len(api.attempts(job_id)) == 2 for job_id in jobs))
    waits = [start_of(api.attempts(job_id)[-1]) - killed_at for job_id in jobs]
    for job_id in jobs:
        api.must("POST", f"/api/v1/jobs/{job_id}/cancel")
    until(lambda: not api.unfinished())
    return waits
