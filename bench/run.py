"""Measures `orc` three times over and prints minimum, median and maximum of every figure, beside references of the same run.

usage: run.py --orc PROGRAM [--with postgres] [--only NAME]… [--runs 3] [--quick]
"""
import argparse
import json
import pathlib
import platform
import shutil
import statistics
import sys
import tempfile

from databases import Postgres, Sqlite
from measurements import MEASUREMENTS, default_program
from served import Served

ROOT = pathlib.Path(__file__).resolve().parents[1]
AT_LEAST, AT_MOST = "≥", "≤"

# figure: (what people call it, unit, direction of the goal, goal); no direction: a reference.
FIGURES = {
    "bare_fdatasync_per_second": ("reference: bare fdatasync of 4 KiB", "/s", None, None),
    "bare_sqlite_1_rows_per_second": ("reference: bare SQLite, 1 row a commit", "/s", None, None),
    "bare_sqlite_64_rows_per_second": ("reference: bare SQLite, 64 rows a commit", "/s", None, None),
    "bare_sqlite_512_rows_per_second": ("reference: bare SQLite, 512 rows a commit", "/s", None, None),
    "health_per_second": ("reference: this server's GET /health", "/s", None, None),
    "submit_per_second": ("POST /api/v1/jobs, durable, 64 connections", "/s", AT_LEAST, 20_000),
    "submit_5000_p50_ms": ("the same at 5,000/s on a timetable, p50", "ms", AT_MOST, 2),
    "submit_5000_p99_ms": ("the same at 5,000/s on a timetable, p99", "ms", AT_MOST, 10),
    "submit_5000_kept_per_second": ("  (answered a second)", "/s", AT_LEAST, 4_900),
    "batch_100_jobs_per_second": ("POST /api/v1/jobs:batch of 100, jobs", "/s", AT_LEAST, 50_000),
    "get_per_second": ("GET /api/v1/jobs/{id}", "/s", AT_LEAST, 30_000),
    "start_empty_ms": ("start to ready, empty", "ms", AT_MOST, 50),
    "start_full_ms": ("start to ready, many jobs", "ms", AT_MOST, 2_000),
    "idle_resident_mb": ("idle resident memory", "MB", AT_MOST, 30),
    "binary_mb": ("program, stripped", "MB", AT_MOST, 20),
    "list_all_p99_ms": ("page of 50 out of many with exact total, p99", "ms", AT_MOST, 10),
    "list_by_status_p99_ms": ("the same by status, p99", "ms", AT_MOST, 10),
    "list_by_plugin_p99_ms": ("the same by plugin, p99", "ms", AT_MOST, 10),
    "list_both_p99_ms": ("the same by both, p99", "ms", AT_MOST, 10),
    "submit_1000_p99_ms": ("reference: submissions at 1,000/s on a timetable, p99", "ms", None, None),
    "submit_1000_pruning_p99_ms": ("the same while old jobs are removed, p99", "ms", None, None),
    "pruning_p99_ratio": ("  (times as much)", "", AT_MOST, 2),
    "pruned_per_second": ("  (jobs removed a second)", "/s", AT_LEAST, 1_000),
    "idle_start_p50_ms": ("submission to start of the run, idle server, p50", "ms", AT_MOST, 5),
    "idle_start_p99_ms": ("the same, p99", "ms", AT_MOST, 20),
    "runner_jobs_per_second": ("jobs of one runner over HTTP that end at once", "/s", AT_LEAST, 5_000),
    "one_shot_static_per_second": ("one-shot sandboxed, static program", "/s", AT_LEAST, 200),
    "one_shot_static_lone_p50_ms": ("one lone one-shot job of a static program, POST ?wait to its answer, p50", "ms", AT_MOST, 15),
    "one_shot_python_per_second": ("one-shot sandboxed, python3 -I -S", "/s", AT_LEAST, 30),
    "bare_warm_cpp_per_second": ("reference: the warm C++ echo fed by a script alone, 128 at a time", "/s", None, None),
    "warm_cpp_jobs_per_second": ("warm C++ echo, batches of 100 to the last result, jobs", "/s", AT_LEAST, 15_000),
    "warm_python_jobs_per_second": ("warm python3 echo, the same", "/s", AT_LEAST, 8_000),
    "queued_mb": ("memory above idle with many queued jobs (100,000)", "MB", AT_MOST, 60),
    "bare_docker_p50_ms": ("reference: a container by hand, the same calls, p50", "ms", None, None),
    "docker_p50_ms": ("a job of an image in Docker, POST ?wait to its answer, p50", "ms", None, None),
    "docker_ratio": ("  (times as much)", "", AT_MOST, 1.1),
    "warm_lone_p50_ms": ("one lone warm job, POST ?wait to its answer, p50", "ms", AT_MOST, 2),
    "login_known_ms": ("failed login of a known e-mail at bcrypt cost 10, median", "ms", None, None),
    "login_unknown_ms": ("the same of an unknown e-mail", "ms", None, None),
    "login_difference_percent": ("  (difference)", "%", AT_MOST, 2),
    "streams_1000_late_max_ms": ("1,000 streams of 20 tokens/s on one core, latest token", "ms", AT_MOST, 250),
    "streams_1000_core_share": ("  (share of the core)", "", AT_MOST, 0.6),
    "streams_2000_late_max_ms": ("2,000 streams of 20 tokens/s on one core, latest token", "ms", None, None),
    "streams_2000_late_p99_ms": ("  (p99)", "ms", None, None),
    "streams_2000_core_share": ("  (share of the core)", "", None, None),
    "served_streams_late_max_ms": ("the same in 200 deliberations, oldest token of a delta as a follower has it, latest", "ms", AT_MOST, 600),
    "served_streams_late_p99_ms": ("  (p99)", "ms", None, None),
    "served_streams_core_share": ("  (share of the server's core)", "", AT_MOST, 0.6),
    "served_streams_failed": ("  (calls that failed)", "", AT_MOST, 0),
    "deliberations_in_flight": ("deliberations of 5 agents in flight", "", AT_LEAST, 2_000),
    "in_flight_resident_mb": ("  resident memory then", "MB", AT_MOST, 400),
    "grpc_execute_per_second": ("gRPC ExecuteDeliberation, durable, 64 streams on 4 connections", "/s", AT_LEAST, 10_000),
    "grpc_execute_failed": ("  (answered without being stored)", "", AT_MOST, 0),
    "engine_p99_ms": ("engine for one call of one of 5 agents, p99", "ms", AT_MOST, 1),
    "engine_100_p99_ms": ("  (of one of 100)", "ms", AT_MOST, 1),
    "engine_1000_p99_ms": ("  (of one of 1,000)", "ms", AT_MOST, 1),
    "engine_1000_piece_p99_ms": ("  (a piece of the comparing of 1,000 proposals)", "ms", AT_MOST, 1),
    "vote_wait_for_all_p95_ms": ("reference: five answers of a stub with 5 % stragglers ×10, all waited for, p95", "ms", None, None),
    "vote_p95_ms": ("vote of five agents at the same stub, p95", "ms", None, None),
    "vote_p95_ratio": ("  (of the reference)", "", AT_MOST, 0.35),
    "vote_split_percent": ("  (of votes in which agents disagree)", "%", AT_LEAST, 50),
    # One in four or five votes has a straggler, half of those are decided without it: 12 are to be expected, two thirds of the runs give 10 to 14.
    "vote_early_percent": ("  (of votes that end before all have answered)", "%", AT_LEAST, 5),
    "vote_different_answers": ("  (answers that differ from those of the same votes that wait for all)", "", AT_MOST, 0),
    "vote_more_calls_percent": ("  (more calls)", "%", AT_MOST, 7),
    "cancel_p99_ms": ("cancel to upstream connection closed, p99", "ms", None, None),
    "cancel_max_ms": ("  (the latest of all)", "ms", AT_MOST, 100),
    "cancel_left_open": ("  (connections left)", "", AT_MOST, 0),
    "deadline_max_ms": ("deadline to upstream connection closed, the latest of all", "ms", AT_MOST, 100),
    "deadline_left_open": ("  (connections left)", "", AT_MOST, 0),
    "event_lag_p99_ms": ("an event of a deliberation on NATS: stored to heard, p99", "ms", AT_MOST, 1_000),
    "event_lag_max_ms": ("  (the latest of all)", "ms", None, None),
    "events_heard_per_second": ("  (events a second meanwhile)", "/s", None, None),
}

# Where the goal is another one than SQLite's, or none.
POSTGRES_GOALS = {
    "submit_per_second": (AT_LEAST, 8_000),
    "submit_5000_p50_ms": (None, None),
    "submit_5000_p99_ms": (None, None),
    "batch_100_jobs_per_second": (None, None),
    "get_per_second": (None, None),
    "warm_cpp_jobs_per_second": (AT_LEAST, 4_000),
    "warm_python_jobs_per_second": (None, None),
    "warm_lone_p50_ms": (None, None),
    "start_empty_ms": (None, None),
    "idle_resident_mb": (None, None),
}


def settings_from(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orc", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--with", dest="database", choices=("postgres",), help="measure on PostgreSQL instead of SQLite")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="this measurement; may be repeated")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one short run with 20,000 jobs: to see that it works, not to judge")
    settings = parser.parse_args(words)
    settings.orc = settings.orc.resolve()
    settings.store_bench = default_program(settings.orc, "sqlite/orc_store_bench")
    settings.worker_bench = default_program(settings.orc, "remote_cluster/orc_worker_bench")
    settings.model_bench = default_program(settings.orc, "openai/orc_model_bench")
    settings.seconds, settings.jobs, settings.ended_jobs, settings.runs_static, settings.runs_python = 5, 1_000_000, 300_000, 600, 150
    settings.queued, settings.runs_docker, settings.logins = 100_000, 40, 500
    settings.deliberations, settings.votes, settings.cancels = 2_000, 200, 1_000
    if settings.quick:
        settings.seconds, settings.jobs, settings.ended_jobs, settings.runs_static, settings.runs_python, settings.runs = 1, 20_000, 20_000, 60, 20, 1
        settings.queued, settings.runs_docker, settings.logins = 10_000, 5, 20
        settings.deliberations, settings.votes, settings.cancels = 100, 30, 50
    return settings


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"


def is_met(direction, goal, median):
    return median >= goal if direction == AT_LEAST else median <= goal


def verdict(direction, goal, median):
    if direction is None:
        return ""
    return f"{'ok' if is_met(direction, goal, median) else 'MISSED'} ({direction} {goal:,})"


def print_table(results, other_goals):
    """Gives how many figures have a goal, and how many of those miss it."""
    goals = missed = 0
    width = max(len(FIGURES[name][0]) for name in results)
    print(f"\n{'':{width}}  {'min':>10} {'median':>10} {'max':>10}")
    for name, (words, unit, direction, goal) in FIGURES.items():
        if name in results:
            values = results[name]
            direction, goal = other_goals.get(name, (direction, goal))
            median = statistics.median(values)
            goals += direction is not None
            missed += direction is not None and not is_met(direction, goal, median)
            print(f"{words:{width}}  {number(min(values)):>10} {number(median):>10} {number(max(values)):>10} {unit:4} {verdict(direction, goal, median)}")
    return goals, missed


def keep(results, settings):
    file = ROOT / "build" / "bench" / ("results.json" if settings.database is None else f"results-{settings.database}.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    figures = {name: {"min": min(values), "median": statistics.median(values), "max": max(values), "runs": values} for name, values in results.items()}
    file.write_text(json.dumps({"host": platform.platform(), "runs": settings.runs, "seconds": settings.seconds, "jobs": settings.jobs, "figures": figures}, indent=1))
    print(f"\nkept in {file.relative_to(ROOT)}")


def main():
    settings = settings_from(sys.argv[1:])
    results = {}
    with tempfile.TemporaryDirectory(prefix="orc-bench-") as folder:
        settings.shared = pathlib.Path(folder) / "shared"
        settings.shared.mkdir()
        Served.database = Postgres() if settings.database else Sqlite()
        try:
            measure(settings, pathlib.Path(folder), results)
        finally:
            Served.database.end()
    goals, missed = print_table(results, POSTGRES_GOALS if settings.database else {})
    keep(results, settings)
    if settings.quick:
        print("too short to judge")
        return 0
    print(f"{goals - missed} of {goals} goals are met")
    return 1 if missed else 0


def measure(settings, folder, results):
    for run in range(settings.runs):
        for name in settings.only or MEASUREMENTS:
            print(f"run {run + 1} of {settings.runs}: {name}", file=sys.stderr, flush=True)
            own = folder / f"{name}-{run}"
            own.mkdir()
            for figure, value in MEASUREMENTS[name](settings, own).items():
                if figure in FIGURES:
                    results.setdefault(figure, []).append(value)
            shutil.rmtree(own)


if __name__ == "__main__":
    sys.exit(main())
