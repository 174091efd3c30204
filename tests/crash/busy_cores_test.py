"""A bounded piece of R9's "no early steals": ./dev test runs it last, as it leaves no core to anybody else."""
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import busy_cores  # noqa: E402
from installation import SET_UPS  # noqa: E402

SEED = int(os.environ.get("ORC_TEST_SEED", random.SystemRandom().randrange(1 << 31)))
MINUTES = 0.05  # the places are filled, and as many jobs wait: two runs of each, one after the other


def test_no_run_is_taken_from_a_worker_that_lives_while_every_core_is_busy():
    set_up = random.Random(SEED).choice(list(SET_UPS))
    figures, faults = busy_cores.attack(set_up, MINUTES, SEED)
    assert not faults, f"{set_up}, seed {SEED}, figures {figures}:\n" + "\n".join(faults)
