"""Attacks on whole installations, as an outsider; ./dev torture calls it. Each prints its account and its seed, and ends non-zero if a promise
was broken."""
import argparse
import concurrent.futures
import datetime
import json
import pathlib
import random
import subprocess
import sys
import time
import traceback

from accounting import line
from attacks import ATTACKS
from installation import ALL
from leftovers import WITH_DOCKER


RESULTS = pathlib.Path("build/torture/results.jsonl")  # one object a line: what each attack gave, on which commit


def progress(words):
    if sys.stdout.isatty():
        print(f"\r\033[K{words}", end="", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="\n".join(f"  {name:<14}{attack.words}" for name, attack in ATTACKS.items()))
    parser.add_argument("--attack", choices=[*ATTACKS, "all"], default="kills", help="which one (default: kills)")
    parser.add_argument("--setup", choices=[*ALL, WITH_DOCKER, "all"], help="which processes and database (default: one that the attack says most on)")
    parser.add_argument("--whole", action="store_true", help="as often as the promise is made: for kills 100,000 jobs, 60 kills and 5 seeds")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="attacks side by side, as most of their time is leases that run out (default: 1)")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--kills", "--faults", "--minutes", dest="faults", type=int,
                        help="kills, pauses, jumps, outages or poisoned jobs; for outages: of each part; for busy-cores: minutes")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seeds = 5 if options.whole and options.seed is None else 1
    todo = [(name, set_up) for name in (ATTACKS if options.attack == "all" else [options.attack]) for set_up in set_ups_of(name, options.setup)
            for _ in range(seeds if name == "kills" else 1)]
    if options.at_once == 1:
        return max([one(name, options, set_up) for name, set_up in todo], default=0)
    with concurrent.futures.ThreadPoolExecutor(options.at_once) as threads:
        return max(threads.map(lambda each: by_itself(*each, options), todo), default=0)


def set_ups_of(name, chosen):
    """Those to run the attack on. Of those that were asked for and on which it would show nothing it says why, by name."""
    attack = ATTACKS[name]
    asked = attack.on if chosen == "all" else [chosen or attack.usual]
    for set_up in asked:
        if set_up not in attack.set_ups():
            print(f"{name} {set_up}: not run, as {attack.no_sense_on.get(set_up, 'this set-up is for another attack')}")
    return [set_up for set_up in asked if set_up in attack.set_ups()]


def by_itself(name, set_up, options):
    """The attack in a process of its own, whose words come when it ends."""
    given = {"--jobs": options.jobs, "--faults": options.faults, "--seed": options.seed}
    numbers = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    # A seed of its own even where many are to be made: this is one of them.
    numbers += [] if options.seed is not None else ["--seed", str(random.SystemRandom().randrange(1 << 31))]
    command = [sys.executable, __file__, "--attack", name, "--setup", set_up, *numbers, *["--whole"] * options.whole]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(ended.stdout, end="", flush=True)
    return ended.returncode


def one(name, options, set_up):
    attack = ATTACKS[name]
    title = f"{name} {set_up}"
    if reason := attack.cannot_run():
        print(f"{title}: not run, {reason}")
        return 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    jobs = options.jobs or (attack.jobs_whole if options.whole else attack.jobs)
    faults = options.faults or attack.faults_on(set_up, options.whole)
    print(f"{title}: seed {seed}", flush=True)
    start = time.monotonic()
    try:
        figures, wrong = attack.run(set_up, jobs, faults, seed, progress)
    except Exception:  # what could not even be judged is wrong too, and the attacks after it are made
        progress("")
        keep({"attack": name, "setup": set_up, "whole": options.whole, "jobs": jobs, "faults": faults, "seed": seed, "broke_off": traceback.format_exc()})
        print(f"{title}: broke off, seed {seed}:\n{traceback.format_exc()}", flush=True)
        return 1
    progress("")
    keep({"attack": name, "setup": set_up, "whole": options.whole, "jobs": jobs, "faults": faults, "seed": seed,
          "seconds": round(time.monotonic() - start), "figures": figures, "wrong": wrong})
    print(f"{title}:", line(figures, seed, time.monotonic() - start), flush=True)
    for fault in wrong:
        print(f"wrong: {fault}")
    return 1 if wrong else 0


def keep(result):
    told = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True, check=False)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as results:
        results.write(json.dumps({"at": now, "commit": told.stdout.strip() or None} | result) + "\n")


if __name__ == "__main__":
    sys.exit(main())
