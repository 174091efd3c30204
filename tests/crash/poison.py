"""R14 and S1: jobs that fail, eat their memory, hang or bring a warm process down, among many good ones; and what those beside bombs notice of them."""
import datetime
import random
import threading
import time

import neighbours
from accounting import Told, account, with_anything
from installation import SET_UPS, Installation

ATTEMPTS = 4  # the first and three more
BACKOFF_SECONDS = (1, 2, 4)
JITTER = 0.2
LATE_SECONDS_MAX = 3  # from due to started, on a busy machine
OTHERS_SHARE_MIN = 0.8
SUBMITTERS = 4
NEIGHBOURS_MIN = 20  # beside each bomb
GOOD = 'printf "{}"\n'
POISONS = {
    "fails": ("exit 1\n", {}, 7),
    "eats": ("exec /usr/bin/python3 -I -S -c \"x = bytearray(1 << 30)\"\n", {"memory_mb": 32}, 2),
    "hangs": ("exec sleep 600\n", {"timeout_seconds": 1, "grace_seconds": 0}, 1),
    "brings-down": ("printf '{\"ready\": true}\\n'\nread -r line\nexit 1\n", {}, 2),  # the process that stays up and serves it
}  # program, limits, weight
WARM = {"brings-down"}


def attack(set_up, jobs, poisons, seed, say=lambda words: None, slack=1):
    """The good jobs alone, then as many with the poison among them. Returns the figures and what is wrong. `slack`: so many times as slow as promised
    others may become."""
    chance, told = random.Random(seed), Told()
    site = Installation(SET_UPS[set_up])
    try:
        site.add_plugin("good", GOOD)
        for name, (program, limits, _) in POISONS.items():
            site.add_plugin(name, program, limits=limits, mode="warm" if name in WARM else "once")
        alone = throughput(site, told, ["good"] * jobs)[0]
        say(f"{alone:.0f} good jobs a second alone")
        names = list(POISONS)
        bad = chance.choices(names, [POISONS[name][2] for name in names], k=poisons)
        mixed = ["good"] * jobs
        for name in bad:
            mixed.insert(chance.randrange(len(mixed) + 1), name)
        among, plugins = throughput(site, told, mixed)
        say(f"{among:.0f} good jobs a second among the poison")
        site.api.settle()
        poisoned = {job_id for job_id, name in plugins.items() if name != "good"}
        faults = judge(site.api, poisoned, jobs * 2)
        if among * slack < OTHERS_SHARE_MIN * alone:
            faults.append(f"others ran at {among:.0f} jobs/s, less than {OTHERS_SHARE_MIN / slack:.0%} of {alone:.0f}")
        figures, wrong = account(site.api, told, None, poisons * (ATTEMPTS - 1), say, ends=dict.fromkeys(poisoned, "failed"), answers=with_anything)
        site.stop()
    finally:
        site.close()
    beside, noticed = neighbours.measure(set_up, max(NEIGHBOURS_MIN, jobs // 25), say, slack)
    return figures | {"poison": poisons, "alone_per_s": round(alone), "others_per_s": round(among)} | beside, faults + wrong + noticed


def throughput(site, told, plugins):
    """Submits these in order; how many good ones ended in a second, and the plugin of each job."""
    lock, plugin_of, left = threading.Lock(), {}, list(reversed(plugins))
    done_before = ended(site.api, "good")

    def submit():
        api = site.api
        while True:
            with lock:
                if not left:
                    return
                plugin = left.pop()
                told.sent += 1
                number = told.sent
            job_id = api.submit(plugin, {"n": number})
            with lock:
                plugin_of[job_id], told.acked[job_id] = plugin, number

    start = time.monotonic()
    threads = [threading.Thread(target=submit, daemon=True) for _ in range(SUBMITTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good, pause = plugins.count("good"), threading.Event()
    while ended(site.api, "good") - done_before < good:
        assert time.monotonic() - start < 600, "the good jobs do not end"
        pause.wait(0.02)
    return good / (time.monotonic() - start), plugin_of


def ended(api, plugin):
    return api.must("GET", f"/api/v1/jobs?status=completed&plugin_name={plugin}&limit=1")["total"]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def judge(api, poisoned, good):
    """Each poisoned job stopped after its attempts, at the right distance, and is a dead letter once; nobody else is."""
    faults, letters, page = [], [], 100
    while True:
        items = api.must("GET", f"/api/v1/dead-letters?skip={len(letters)}&limit={page}")["items"]
        letters += [letter["id"] for letter in items]
        if len(items) < page:
            break
    if sorted(letters) != sorted(poisoned):
        faults.append(f"{len(letters)} dead letters of {len(poisoned)} poisoned jobs; differing: {sorted(set(letters) ^ poisoned)[:10]}")
    for job_id in poisoned:
        job, attempts = api.must("GET", f"/api/v1/jobs/{job_id}"), api.attempts(job_id)
        if job["status"] != "failed" or len(attempts) != ATTEMPTS:
            faults.append(f"job {job_id} is {job['status']} after {len(attempts)} attempts, not failed after {ATTEMPTS}")
            continue
        for wait, earlier, later in zip(BACKOFF_SECONDS, attempts, attempts[1:]):
            apart = moment(later["started_at"]) - moment(earlier["ended_at"])
            if not wait * (1 - JITTER) - 0.01 <= apart <= wait * (1 + JITTER) + LATE_SECONDS_MAX:
                faults.append(f"job {job_id}: attempt {later['number']} came {apart:.2f} s after the one before, not about {wait}")
    if ended(api, "good") != good:
        faults.append(f"{ended(api, 'good')} of {good} good jobs completed")
    return faults
