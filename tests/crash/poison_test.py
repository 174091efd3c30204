"""R14 and S1 in small: poison among good jobs, and bombs beside others. What is promised of them is shares and times, so nothing else runs meanwhile."""
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import poison  # noqa: E402
from accounting import line  # noqa: E402
from attacks import ATTACKS  # noqa: E402

SEED = int(os.environ.get("ORC_TEST_SEED", random.SystemRandom().randrange(1 << 31)))
JOBS, POISONS = 1000, 10
ROUNDS_MAX = 3  # the machine itself may have been slow in one of them
SLACK = 1.5  # so few jobs say no more exactly; ./dev torture --attack poison holds the promises themselves
SLOWED = ("others ran", "neighbours ")  # how such a fault begins


def test_poison_ends_in_the_dead_letters_and_those_beside_it_hardly_notice():
    set_up = random.Random(f"{SEED} poison").choice(ATTACKS["poison"].set_ups())
    for number in range(ROUNDS_MAX):
        start = time.monotonic()
        figures, faults = poison.attack(set_up, JOBS, POISONS, SEED + number, slack=SLACK)
        print(f"poison {set_up}:", line(figures, SEED + number, time.monotonic() - start))
        if not all(fault.startswith(SLOWED) for fault in faults) or not faults:
            break
    assert not faults, f"poison {set_up}, seed {SEED}:\n" + "\n".join(faults)
