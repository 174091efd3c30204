"""R14: jobs that bring their worker down each time they run, on a fleet that runs other jobs too."""
import random

from accounting import Told, account, with_anything
from client import until
from installation import Installation, set_up_of
from pauses import held_by
from poison import LATE_SECONDS_MAX, moment

RUNS = 4  # the first and three more
WAITS_SECONDS = (0, 1, 2)  # after the silence of a lease
LOST_TOGETHER_MAX = 5
RUNNERS = 3
REASON = "taken for the cause"
SECONDS_MAX = 120  # of four runs; each worker is silent for seven to ten seconds


def attack(set_up, poisons, seed, say=lambda words: None, bystanders=100):
    """Whoever runs a poisoned job is killed and started again. Returns the figures and what is wrong."""
    chance = random.Random(seed)
    site, told = Installation(set_up_of(set_up, runners=RUNNERS)), Told()
    try:
        site.add_plugin("good", 'sleep 0.1\nprintf "{}"\n')
        site.add_plugin("kills", "exec sleep 600\n", limits={"timeout_seconds": 900, "grace_seconds": 0})
        plugins = ["good"] * bystanders + ["kills"] * poisons
        chance.shuffle(plugins)
        api = site.api
        jobs = {told.submit(api, plugin): plugin for plugin in plugins}
        poisoned = {job_id for job_id, plugin in jobs.items() if plugin == "kills"}
        killed = set()

        def all_have_ended():
            kill_workers_of(site, poisoned, killed)
            say(f"{len(killed)} of {poisons * RUNS} kills")
            return not site.api.unfinished()

        until(all_have_ended, SECONDS_MAX + 10 * poisons, every=0.2)
        faults = judge(api, poisoned, bystanders)
        kills = len(killed)
        figures, wrong = account(api, told, None, kills * site.set_up.runner_slots, ends=dict.fromkeys(poisoned, "failed"), answers=with_anything)
        site.stop()
        return figures | {"poison": poisons, "kills": kills, "bystanders": bystanders}, faults + wrong
    finally:
        site.close()


def kill_workers_of(site, poisoned, killed):
    """Each run of a poisoned job costs its worker the life, once."""
    names = {f"runner-{number}": number for number in range(RUNNERS)}
    for job_id, attempt in held_by(site.api, names).items():
        if job_id not in poisoned or (job_id, attempt) in killed:
            continue
        number = names[site.api.attempts(job_id)[-1]["worker"]]
        site.runners[number].kill()
        # Whatever else it held is lost with it.
        killed |= {(other, run) for other, run in held_by(site.api, {f"runner-{number}"}).items() if other in poisoned}
        site.start_runner(number)


def judge(api, poisoned, bystanders):
    faults = []
    for job_id in poisoned:
        job, attempts = api.must("GET", f"/api/v1/jobs/{job_id}"), api.attempts(job_id)
        if job["status"] != "failed" or len(attempts) != RUNS or REASON not in (job["error_message"] or ""):
            faults.append(f"job {job_id} is {job['status']} after {len(attempts)} runs: {job['error_message']}")
        for wait, earlier, later in zip(WAITS_SECONDS, attempts, attempts[1:]):
            apart = moment(later["started_at"]) - moment(earlier["ended_at"])
            # Whatever was lost with it may come before it, three waits apart.
            if not wait - 0.01 <= apart <= wait * (1 + 3 * LOST_TOGETHER_MAX) + LATE_SECONDS_MAX:
                faults.append(f"job {job_id}: run {later['number']} came {apart:.2f} s after its worker was taken for dead, not about {wait}")
    letters = [letter["id"] for letter in api.must("GET", "/api/v1/dead-letters?limit=100")["items"]]
    if sorted(letters) != sorted(poisoned):
        faults.append(f"dead letters {sorted(letters)}, not {sorted(poisoned)}")
    completed = api.must("GET", "/api/v1/jobs?status=completed&limit=1")["total"]
    if completed != bystanders:
        faults.append(f"{completed} of {bystanders} other jobs completed")
    return faults
