"""Bounded pieces of ./dev torture, for every run of the tests. Most of the time is leases that run out, so attacks go on side by side."""
import concurrent.futures
import functools
import os
import pathlib
import random
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import chaos  # noqa: E402
import commit_cuts  # noqa: E402
import database_faults  # noqa: E402
import leftovers  # noqa: E402
import outages  # noqa: E402
import partition  # noqa: E402
import torture  # noqa: E402
from accounting import line  # noqa: E402
from attacks import ATTACKS  # noqa: E402
from installation import APART, ONE_PROCESS, SET_UPS, TWO_APIS  # noqa: E402

BUSY_SLACK_SECONDS = 1.5
BUSY_REFUSED_SECONDS_MAX = database_faults.REFUSED_SECONDS_MAX + BUSY_SLACK_SECONDS
SEED = int(os.environ.get("ORC_TEST_SEED", random.SystemRandom().randrange(1 << 31)))

KILLS = {set_up: functools.partial(chaos.attack, set_up, 600, 6) for set_up in SET_UPS}
# Name → how many jobs and faults. On which set-up the seed chooses: over some runs each comes.
SMALL = {"pauses": (0, 1), "leftovers": (60, 6), "leftovers-at-container": (30, 3), "leftovers-at-none": (30, 3), "database": (0, 3), "partition": (0, 1), "commits": (0, 12), "clocks": (0, 6),
         "worker-poison": (0, 2), "server-poison": (0, 4), "deliberations": (0, 8)}
CHOSEN = {name: random.Random(f"{SEED} {name}").choice(ATTACKS[name].set_ups()) for name in SMALL}


def side_by_side(attacks):
    """Each attack's figures and faults, to be waited for."""
    def timed(attack):
        start = time.monotonic()
        return *attack(SEED), time.monotonic() - start

    with concurrent.futures.ThreadPoolExecutor(len(attacks)) as threads:
        yield {name: threads.submit(timed, attack) for name, attack in attacks.items()}


@pytest.fixture(name="kills", scope="module")
def _kills():
    yield from side_by_side(KILLS)


def small(name):
    jobs, faults = SMALL[name]
    return lambda seed: ATTACKS[name].run(CHOSEN[name], jobs, faults, seed, lambda words: None)


@pytest.fixture(name="others", scope="module")
def _others():
    attacks = {name: small(name) for name in SMALL if not ATTACKS[name].cannot_run()}
    # Attacks that go on side by side make each other wait.
    attacks["database"] = functools.partial(database_faults.attack, CHOSEN["database"], SMALL["database"][1], refused_max=BUSY_REFUSED_SECONDS_MAX)
    attacks["commits"] = functools.partial(commit_cuts.attack, CHOSEN["commits"], SMALL["commits"][1], may_stall=True)
    if "partition" in attacks:
        attacks["partition"] = functools.partial(partition.attack, CHOSEN["partition"], SMALL["partition"][1], refused_max=BUSY_REFUSED_SECONDS_MAX)
    apart = random.Random(f"{SEED} outages").choice((APART, TWO_APIS))
    attacks["outages"] = functools.partial(outages.attack, apart.name, 1, away=3, slack=BUSY_SLACK_SECONDS)
    if not ATTACKS["container-leftovers"].cannot_run():
        attacks["container-leftovers"] = functools.partial(leftovers.attack_containers, 40, 4)
    yield from side_by_side(attacks)


def judge(name, running):
    figures, faults, seconds = running.result()
    title = f"{name} {CHOSEN.get(name, '')}"
    print(f"{title}:", line(figures, SEED, seconds))
    assert not faults, f"{title}, seed {SEED}, figures {figures}:\n" + "\n".join(faults)
    return figures


@pytest.mark.parametrize("set_up", KILLS)
def test_no_job_is_lost_or_done_twice_under_kill_9(kills, set_up):
    figures = judge(set_up, kills[set_up])
    assert figures["attempt"] == 600 and figures["acked"] > 0 and figures["kills"] >= 6


def test_what_a_paused_worker_hands_in_too_late_is_refused(others):
    figures = judge("pauses", others["pauses"])
    assert figures["refused"] > 0 or CHOSEN["pauses"] in ONE_PROCESS


@pytest.mark.parametrize("name", ["leftovers", "leftovers-at-container", "leftovers-at-none"])
def test_nothing_is_left_behind_by_killed_workers(others, name):
    judge(name, others[name])


def test_nothing_is_left_at_a_docker_engine_by_killed_workers(others):
    if "container-leftovers" not in others:
        pytest.skip(ATTACKS["container-leftovers"].cannot_run())
    judge("container-leftovers", others["container-leftovers"])


def test_clients_are_refused_soon_while_postgres_is_away_and_nothing_is_lost(others):
    judge("database", others["database"])


def test_clients_are_refused_soon_while_postgres_is_cut_off_and_nothing_is_lost(others):
    if "partition" not in others:
        pytest.skip("only root can cut a network")
    judge("partition", others["partition"])


def test_a_commit_whose_connection_is_cut_is_answered_as_it_went(others):
    figures = judge("commits", others["commits"])
    assert figures["cuts"] == SMALL["commits"][1] and figures["acked"] == figures["attempt"]


def test_every_part_may_be_away_and_nothing_is_lost(others):
    judge("outages", others["outages"])


def test_a_wall_clock_that_jumps_ends_no_lease(others):
    if "clocks" not in others:
        pytest.skip("libfaketime is not installed (Debian: libfaketime)")
    judge("clocks", others["clocks"])


def test_a_job_that_brings_its_worker_down_ends_in_the_dead_letters_after_four_runs(others):
    judge("worker-poison", others["worker-poison"])


def test_a_job_that_brings_the_server_down_is_borne_at_growing_distances(others):
    judge("server-poison", others["server-poison"])


def test_no_recorded_call_of_a_deliberation_is_asked_again_however_often_it_is_killed(others):
    figures = judge("deliberations", others["deliberations"])
    assert figures["kills"] == 8 and figures["recorded"] == 24


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_names_the_set_ups_on_which_it_would_show_nothing(name, capsys):
    runs_on = torture.set_ups_of(name, "all")
    told = {line.split()[1].rstrip(":") for line in capsys.readouterr().out.splitlines() if ": not run, as " in line}
    assert runs_on and set(runs_on).isdisjoint(told)
    assert set(ATTACKS[name].on) == told | set(runs_on) and set(ATTACKS[name].on) >= set(SET_UPS), "each is run or named"
