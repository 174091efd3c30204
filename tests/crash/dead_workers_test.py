"""R9, whose figures are times: ./dev test runs it while nothing else loads the machine."""
import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import dead_workers  # noqa: E402
from installation import ONE_PROCESS, WITH_RUNNERS  # noqa: E402

SEED = int(os.environ.get("ORC_TEST_SEED", random.SystemRandom().randrange(1 << 31)))


def held_to(figures, faults):
    assert not faults, f"seed {SEED}, figures {figures}:\n" + "\n".join(faults)


def test_the_jobs_of_a_killed_worker_soon_run_elsewhere():
    held_to(*dead_workers.attack(random.Random(SEED).choice(WITH_RUNNERS), 6, SEED))


@pytest.mark.parametrize("set_up", ONE_PROCESS)
def test_a_restarted_server_runs_its_predecessors_jobs_at_once(set_up):
    held_to(*dead_workers.attack(set_up, 1, SEED))
