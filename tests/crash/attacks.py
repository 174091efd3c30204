"""Every attack of ./dev torture as data: what it does, how often, and on which set-ups it says something."""
import dataclasses
import functools
import os
import shutil
import typing

import busy_cores
import chaos
import clock_jumps
import commit_cuts
import database_faults
import dead_workers
import deliberation_kills
import event_storm
import leftovers
import outages
import partition
import pauses
import poison
import server_poison
import worker_poison
from installation import ALL, APART, ONE_PROCESS, SET_UPS, WITH_RUNNERS


@dataclasses.dataclass(frozen=True)
class Attack:
    words: str
    run: typing.Callable  # (set-up, jobs, faults, seed, say) → figures, what is wrong
    faults: int
    faults_whole: int  # as often as the promise is made
    jobs: int = 0
    jobs_whole: int = 0
    usual: str = "sqlite"  # the set-up, where none is asked for
    on: tuple = tuple(SET_UPS)  # those there are for it
    whole_of_one_process: int | None = None  # faults, where a promise of so many is one about workers apart
    no_sense_on: dict = dataclasses.field(default_factory=dict)  # set-up → why
    cannot_run: typing.Callable = lambda: None  # here and now: why

    def set_ups(self):
        return [name for name in self.on if name not in self.no_sense_on]

    def faults_on(self, set_up, is_whole):
        if is_whole and set_up in ONE_PROCESS and self.whole_of_one_process:
            return self.whole_of_one_process
        return self.faults_whole if is_whole else self.faults


def _without_jobs(attack):
    return lambda set_up, _, faults, seed, say: attack(set_up, faults, seed, say)


def _each(names, why):
    return dict.fromkeys(names, why)


_NO_POSTGRES = _each([name for name, one in SET_UPS.items() if one.database != "postgres"], "there is no PostgreSQL")

ATTACKS = {
    "kills": Attack("R1: kill -9 of any process at random moments", chaos.attack, 20, 60, 5_000, 100_000),
    "pauses": Attack("R7: workers stopped for two leases, then continued; of one process, the process", _without_jobs(pauses.attack), 20, 200,
                     usual="sqlite-runners", whole_of_one_process=40),
    "clocks": Attack("R8: the server's wall clock set to and fro", _without_jobs(clock_jumps.attack), 20, 60,
                     cannot_run=lambda: None if clock_jumps.library() else "libfaketime is not installed (Debian: libfaketime)"),
    "dead-workers": Attack("R9: how soon the jobs of killed workers run elsewhere; of one process, how soon they run again",
                           _without_jobs(dead_workers.attack), 30, 300, usual="sqlite-runners", whole_of_one_process=100),
    "busy-cores": Attack("R9: every core kept busy by others; the number is minutes", _without_jobs(busy_cores.attack), 10, 60, usual="sqlite-runners"),
    "database": Attack("R10: PostgreSQL killed, stopped, silent", _without_jobs(database_faults.attack), 6, 20, usual="postgres",
                       no_sense_on=_NO_POSTGRES),
    "partition": Attack("R10: PostgreSQL behind a network that is cut for ten seconds", _without_jobs(partition.attack), 3, 20, usual="postgres",
                        no_sense_on=_NO_POSTGRES, cannot_run=lambda: None if partition.can_cut() else "only root can cut a network"),
    "commits": Attack("R10: connections to PostgreSQL cut in the midst of commits", _without_jobs(commit_cuts.attack), 60, 600, usual="postgres",
                      no_sense_on=_NO_POSTGRES),
    "outages": Attack("every process and the database in turn away for ten seconds", _without_jobs(outages.attack), 1, 5, usual=APART.name,
                      on=tuple(ALL)),
    "poison": Attack("R14: jobs that fail, eat memory or hang, among good ones", poison.attack, 50, 50, 5_000, 5_000),
    "worker-poison": Attack("R14: jobs that bring their worker down", _without_jobs(worker_poison.attack), 6, 6, usual="sqlite-runners",
                            no_sense_on=_each(ONE_PROCESS, "the worker is the server: that is server-poison")),
    "server-poison": Attack("R14: a job that brings the server itself down (eleven minutes)", _without_jobs(server_poison.attack),
                            server_poison.RUNS, server_poison.RUNS,
                            no_sense_on=_each(WITH_RUNNERS, "nothing runs in the server: what brings a runner down is worker-poison")),
    "deliberations": Attack("R18: kill -9 in the middle of deliberations", _without_jobs(deliberation_kills.attack), 16, 100,
                            no_sense_on=_each(WITH_RUNNERS, "no process of it runs deliberations")),
    "events": Attack("R17: NATS killed and wiped while 20,000 events are published", lambda *_: event_storm.attack(), event_storm.KILLS, event_storm.KILLS,
                     no_sense_on=_each([name for name in SET_UPS if name != "sqlite"], "it has no processes of an installation, so is the same on each"),
                     cannot_run=event_storm.cannot_run),
    "leftovers": Attack("S4: nothing is left after workers were killed; of one process, the process", leftovers.attack, 50, 50, 500, 500,
                        usual="sqlite-runners"),
    "leftovers-at-container": Attack("S4 at isolation container", functools.partial(leftovers.attack, isolation="container"), 50, 50, 500, 500,
                                     usual="sqlite-runners"),
    "leftovers-at-none": Attack("S4 at isolation none", functools.partial(leftovers.attack, isolation="none"), 50, 50, 500, 500, usual="sqlite-runners"),
    "container-leftovers": Attack("S4 with half of the runs in containers of a Docker Engine",
                                  lambda _, jobs, faults, seed, say: leftovers.attack_containers(jobs, faults, seed, say), 50, 50, 500, 500,
                                  usual=leftovers.WITH_DOCKER, on=(*SET_UPS, leftovers.WITH_DOCKER),
                                  no_sense_on=_each(SET_UPS, "it has a set-up of its own, whose runners use a Docker Engine"),
                                  cannot_run=lambda: None if os.geteuid() == 0 and shutil.which("dockerd") else "it needs root and dockerd"),
}
