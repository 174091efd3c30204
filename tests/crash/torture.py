"""Attacks on whole installations, as an outsider; ./dev torture calls it. Each prints its account and its seed, and ends non-zero if a promise
was broken."""
import argparse
import random
import sys
import time

from accounting import line
from attacks import ATTACKS
from installation import SET_UPS


def progress(words):
    if sys.stdout.isatty():
        print(f"\r\033[K{words}", end="", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="\n".join(f"  {name:<14}{attack.words}" for name, attack in ATTACKS.items()))
    parser.add_argument("--attack", choices=[*ATTACKS, "all"], default="kills", help="which one (default: kills)")
    parser.add_argument("--setup", choices=[*SET_UPS, "all"], help="which processes and database (default: one that the attack says most on)")
    parser.add_argument("--whole", action="store_true", help="as often as the promise is made: for kills 100,000 jobs, 60 kills and 5 seeds")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--kills", "--faults", dest="faults", type=int, help="kills, pauses, jumps, outages or poisoned jobs; for outages: of each part")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    worst = 0
    seeds = 5 if options.whole and options.seed is None else 1
    for name in ATTACKS if options.attack == "all" else [options.attack]:
        for set_up in set_ups_of(name, options.setup):
            for _ in range(seeds if name == "kills" else 1):
                worst = max(worst, one(name, options, set_up))
    return worst


def set_ups_of(name, chosen):
    """Those to run the attack on. Of those that were asked for and on which it would show nothing it says why, by name."""
    attack = ATTACKS[name]
    asked = list(SET_UPS) if chosen == "all" else [chosen or attack.usual]
    for set_up in asked:
        if set_up in attack.no_sense_on:
            print(f"{name} {set_up}: not run, as {attack.no_sense_on[set_up]}")
    return [set_up for set_up in asked if set_up not in attack.no_sense_on] or ([attack.usual] if attack.usual not in SET_UPS else [])


def one(name, options, set_up):
    attack = ATTACKS[name]
    title = f"{name} {set_up}"
    if reason := attack.cannot_run():
        print(f"{title}: not run, {reason}")
        return 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    jobs = options.jobs or (attack.jobs_whole if options.whole else attack.jobs)
    faults = options.faults or (attack.faults_whole if options.whole else attack.faults)
    print(f"{title}: seed {seed}", flush=True)
    start = time.monotonic()
    figures, wrong = attack.run(set_up, jobs, faults, seed, progress)
    progress("")
    print(f"{title}:", line(figures, seed, time.monotonic() - start), flush=True)
    for fault in wrong:
        print(f"wrong: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
