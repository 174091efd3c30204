"""A bounded piece of ./dev torture, for every run of the tests."""
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from chaos import torture  # noqa: E402


def test_no_job_is_lost_or_done_twice_under_kill_9():
    seed = int(os.environ.get("ORC_TEST_SEED", random.SystemRandom().randrange(1 << 31)))
    figures, faults = torture(jobs=600, kills=6, seed=seed)
    print(figures)
    assert not faults, f"seed {seed}, figures {figures}:\n" + "\n".join(faults)
    assert figures["attempt"] == 600 and figures["acked"] > 0 and figures["kills"] >= 6
