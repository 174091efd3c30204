"""Attacks on whole installations, as an outsider; ./dev torture calls it. Each prints its account and its seed, and ends non-zero if a promise
was broken."""
import argparse
import random
import sys
import time

import chaos
import clock_jumps
import database_faults
import dead_workers
import leftovers
import outages
import partition
import pauses
import poison
import server_poison
import worker_poison
from accounting import line
from installation import SET_UPS

# Name → (what it does, for how many jobs and faults it stands by default).
ATTACKS = {
    "kills": "R1: kill -9 of any process at random moments",
    "pauses": "R7: workers stopped for two leases, then continued",
    "clocks": "R8: the server's wall clock set to and fro",
    "dead-workers": "R9: how soon the jobs of killed workers run elsewhere",
    "database": "R10: PostgreSQL killed, stopped, silent",
    "partition": "R10: PostgreSQL behind a network that is cut for ten seconds",
    "outages": "every process and the database in turn away for ten seconds, on PostgreSQL with each part in a process of its own",
    "poison": "R14: jobs that fail, eat memory or hang, among good ones",
    "worker-poison": "R14: jobs that bring their worker down",
    "server-poison": "R14: a job that brings the server itself down (eleven minutes)",
    "leftovers": "S4: nothing is left after workers were killed",
}


def run(name, options, set_up, seed, say):
    if name == "kills":
        return chaos.attack(set_up, options.jobs or (100_000 if options.whole else 5_000), options.faults or (60 if options.whole else 20), seed, say)
    if name == "pauses":
        return pauses.attack(options.faults or (200 if options.whole else 20), seed, say)
    if name == "clocks":
        return clock_jumps.attack(options.faults or (60 if options.whole else 20), seed, say)
    if name == "dead-workers":
        return dead_workers.attack(options.faults or (300 if options.whole else 30), seed, say)
    if name == "database":
        return database_faults.attack(options.faults or (20 if options.whole else 6), seed, say, set_up)
    if name == "partition":
        return partition.attack(options.faults or (20 if options.whole else 3), seed, say)
    if name == "outages":
        return outages.attack(options.faults or (5 if options.whole else 1), seed, say)
    if name == "poison":
        return poison.attack(options.jobs or 5_000, options.faults or 50, seed, say)
    if name == "worker-poison":
        return worker_poison.attack(options.faults or 6, seed, say)
    if name == "server-poison":
        return server_poison.attack(min(options.faults or server_poison.RUNS, server_poison.RUNS), seed, say)
    return leftovers.attack(options.jobs or 500, options.faults or 50, seed, say)


def progress(words):
    if sys.stdout.isatty():
        print(f"\r\033[K{words}", end="", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="\n".join(f"  {name:<14}{words}" for name, words in ATTACKS.items()))
    parser.add_argument("--attack", choices=[*ATTACKS, "all"], default="kills", help="which one (default: kills)")
    parser.add_argument("--setup", choices=[*SET_UPS, "all"], default="sqlite", help="for kills and database: which processes and database (default: sqlite, postgres)")
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


def set_ups_of(attack, chosen):
    """Those that the attack runs on; "-": one of its own."""
    chosen = list(SET_UPS) if chosen == "all" else [chosen]
    if attack == "kills":
        return chosen
    if attack == "database":
        return [name for name in chosen if SET_UPS[name].database == "postgres"] or ["postgres"]
    return ["-"]


def one(name, options, set_up):
    if name == "clocks" and clock_jumps.library() is None:
        print("clocks: not run, libfaketime is not installed (Debian: libfaketime)")
        return 0
    if name == "partition" and not partition.can_cut():
        print("partition: not run, only root can cut a network")
        return 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    title = f"{name} {set_up}" if set_up != "-" else name
    print(f"{title}: seed {seed}", flush=True)
    start = time.monotonic()
    figures, faults = run(name, options, set_up, seed, progress)
    progress("")
    print(f"{title}:", line(figures, seed, time.monotonic() - start), flush=True)
    for fault in faults:
        print(f"wrong: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
