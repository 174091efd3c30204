"""S1: a plugin that goes off beside others: how long their jobs take beside it and alone, and how soon its place is another's."""
import dataclasses
import time

from client import until
from installation import SET_UPS, Installation

TIMES_MAX = 2  # as long beside it as alone, of nineteen jobs in twenty
NEXT_SECONDS_MAX = 1
HELD = {"timeout_seconds": 600, "grace_seconds": 0}
NEIGHBOUR = 'printf "{}"\n'
HOLDS = "exec sleep 600\n"
PYTHON = "exec /usr/bin/python3 -I -S -c '%s'\n"
# They go on until they are stopped; each takes all that its limits allow.
BOMBS = {
    "forks": PYTHON % "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
    "floods-log": "exec yes '' >&2\n",
    "floods-log-of-long-lines": f"exec yes {'x' * 1000} >&2\n",
    "floods-progress": "exec yes '{\"progress\": 0.5}' >&3\n",
    "floods-threads": PYTHON % """import threading
while True:
  try: threading.Thread(target=threading.Event().wait).start()
  except RuntimeError: pass""",
    "makes-files": PYTHON % """import os
while True:
  for number in range(4000): open(os.environ["ORC_OUTPUT_DIR"] + "/" + str(number), "w").close()
  for number in range(4000): os.remove(os.environ["ORC_OUTPUT_DIR"] + "/" + str(number))""",
    "fills-memory": PYTHON % """held = bytearray(200 << 20)
while True: held[::4096] = bytes(len(held[::4096]))""",
    "writes": "while :; do head -c 50000000 /dev/zero > \"$ORC_OUTPUT_DIR/filler\"; done\n",
    "spins": "while :; do :; done\n",
}
# The same of a process that stays up, while it owes an answer.
WARM_BOMBS = {
    "floods-lines": """echo '{"ready": true}'
read -r line
id=${line#*:}
exec yes '{"id":'${id%%,*}',"progress":0.5}'
""",
}
ALONE = "alone"


def measure(set_up, jobs, say=lambda words: None, slack=1):
    """Figures, and what is wrong. `jobs`: of the neighbours, beside each. `slack`: so many times what is promised is let pass."""
    one = SET_UPS[set_up]
    site = Installation(dataclasses.replace(one, server_slots=min(one.server_slots, 2), runners=min(one.runners, 1)))
    try:
        for name, program in BOMBS.items():
            site.add_plugin(name, program, limits=HELD)
        for name, program in WARM_BOMBS.items():
            site.add_plugin(name, program, limits=HELD, mode="warm")
        site.add_plugin("neighbour", NEIGHBOUR)
        site.add_plugin("holds", HOLDS, limits=HELD)
        api, beside, after = site.api, {ALONE: []}, {}
        for _ in range(jobs):
            seconds_of_one(api)
        for name in [*BOMBS, *WARM_BOMBS]:
            say(f"neighbours of what {name}")
            beside[ALONE] += [seconds_of_one(api) for _ in range(jobs)]
            bomb = started(api, name)
            beside[name] = [seconds_of_one(api) for _ in range(jobs)]
            assert api.must("GET", f"/api/v1/jobs/{bomb}")["status"] == "processing", f"{name} has ended by itself"
            after[name] = next_after(api, bomb)
        site.stop()
        return judge({name: p95(times) for name, times in beside.items()}, after, slack)
    finally:
        site.close()


def judge(beside, after, slack):
    alone = beside.pop(ALONE)
    faults = [f"neighbours of what {name} took {seconds * 1000:.0f} ms, more than {TIMES_MAX * slack} times the {alone * 1000:.0f} ms alone"
              for name, seconds in beside.items() if seconds > TIMES_MAX * slack * alone]
    faults += [f"neighbours waited {seconds:.2f} s for the place of what {name}" for name, seconds in after.items() if seconds > NEXT_SECONDS_MAX * slack]
    figures = {f"beside_{name}": f"x{seconds / alone:.1f}" for name, seconds in beside.items()}
    return {"alone_p95_ms": round(alone * 1000)} | figures | {"next_ms": round(max(after.values()) * 1000)}, faults


def p95(times):
    return sorted(times)[len(times) * 95 // 100]


def started(api, plugin):
    job = api.submit(plugin, {})
    until(lambda: api.must("GET", f"/api/v1/jobs/{job}")["status"] == "processing")
    return job


def seconds_of_one(api):
    start = time.monotonic()
    job = api.must("POST", "/api/v1/jobs?wait=30", {"plugin_name": "neighbour", "input_data": {}})
    assert job["status"] == "completed", job
    return time.monotonic() - start


def next_after(api, bomb):
    """With all other places taken, so that it must be the bomb's."""
    holder = started(api, "holds")
    start = time.monotonic()
    api.must("POST", f"/api/v1/jobs/{bomb}/cancel")
    seconds_of_one(api)
    waited = time.monotonic() - start
    api.must("POST", f"/api/v1/jobs/{holder}/cancel")
    return waited
