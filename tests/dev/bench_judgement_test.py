"""What ./dev bench calls met: a measurement in which nothing happened is none."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

import run  # noqa: E402

PRUNED = {"submit_1000_p99_ms": [10.0], "submit_1000_pruning_p99_ms": [10.0], "pruning_p99_ratio": [1.0]}


@pytest.mark.parametrize("other_goals", [{}, run.POSTGRES_GOALS], ids=["sqlite", "postgres"])
@pytest.mark.parametrize(("per_second", "missed"), [(0.0, 1), (4_800.0, 0)])
def test_submissions_beside_a_removal_are_judged_where_jobs_were_removed(other_goals, per_second, missed):
    assert run.print_table(PRUNED | {"pruned_per_second": [per_second]}, other_goals) == (2, missed)
