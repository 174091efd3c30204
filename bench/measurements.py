"""Each measurement takes the bench settings and a fresh folder, and returns {figure name: value} of one run."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from deliberation_measurements import deliberations
from docker_measurements import docker_runs
from event_measurements import events
from login_measurements import logins
from served import Served, make_plugin
from warm_measurements import lone_job_ms, warm

INPUT = '{"features":[5.1,3.5,1.4,0.2],"model_params":{"threshold":2.0},"note":"' + "x" * 280 + '"}'  # a body of about 400 bytes


def add_echo(served, folder, name="bench"):
    served.run("plugin", "add", str(make_plugin(folder, name, ["/bin/true"])))


def submissions(settings, folder):
    """No worker: what is measured is a job's way into the database, and reading it back. /health is the same server with nothing to do."""
    figures = {}
    seconds = ["--seconds", str(settings.seconds)]
    with Served(settings.orc, folder / "state", "--roles", "api") as served:
        add_echo(served, folder)
        job = ["--plugin", "bench", "--input", INPUT, *seconds]
        figures["health_per_second"] = served.bench("health", *seconds)["per_second"]
        figures["submit_per_second"] = served.bench("submit", *job)["per_second"]
        timed = served.bench("submit", *job, "--rate", "5000")
        figures["submit_5000_p50_ms"], figures["submit_5000_p99_ms"] = timed["p50_ms"], timed["p99_ms"]
        figures["submit_5000_kept_per_second"] = timed["per_second"]
        figures["batch_100_jobs_per_second"] = served.bench("batch", *job, "--connections", "16")["per_second"]
        figures["get_per_second"] = served.bench("get", *seconds)["per_second"]
    return figures


def start_empty(settings, folder):
    with Served(settings.orc, folder / "state") as served:
        served.wait_for_event("sandbox ready")
        figures = {"start_empty_ms": served.ready_ms, "idle_resident_mb": served.resident_mb()}
    figures["binary_mb"] = settings.orc.resolve().stat().st_size / 1e6
    return figures


def fill(settings, served, folder):
    """So many jobs of four plugins; those of a fifth one, which is removed, have failed."""
    few = max(1, settings.jobs // 100)
    for name, count in (("bench", settings.jobs // 4), ("bench-b", settings.jobs // 4), ("bench-c", settings.jobs // 4), ("gone", few),
                        ("bench-d", settings.jobs // 4)):
        add_echo(served, folder, name)
        lines = "\n".join('{"n":%d}' % i for i in range(count))
        file = folder / "jobs.jsonl"
        file.write_text(lines + "\n")
        served.run("job", "batch", str(file), "--plugin", name)
        if name == "gone":
            served.run("plugin", "remove", name, "--yes")


def big_list(settings, folder):
    """The large database is made once and kept for the three runs."""
    state = settings.shared / "big"
    if not (state / "filled").exists():
        with Served(settings.orc, state, "--roles", "api") as served:
            fill(settings, served, settings.shared)
        (state / "filled").touch()
    figures = {}
    with Served(settings.orc, state, "--roles", "api") as served:
        figures["start_full_ms"] = served.ready_ms
        pages = ["--seconds", str(settings.seconds), "--connections", "1"]
        for name, query in (("all", ""), ("by_status", "status=failed"), ("by_plugin", "plugin_name=bench-b"), ("both", "status=queued&plugin_name=bench-c")):
            figures[f"list_{name}_p99_ms"] = served.bench("list", *pages, "--query", query + "&scope=all" if query else "scope=all")["p99_ms"]
    return figures


def completed_jobs(served):
    return served.get("/api/v1/jobs?status=completed&limit=1&scope=all")["total"]


def prune(settings, folder):
    """Submissions while nothing else happens, and while old jobs are removed, with their attempts and results: those of the first start are old for
    the second."""
    figures = {}
    job = ["--plugin", "bench", "--input", INPUT, "--rate", "1000", "--seconds", str(min(settings.seconds, 3))]  # shorter than the removal
    with Served(settings.orc, folder / "state", "--roles", "api") as served:
        add_echo(served, folder)
        run_with_one_runner(settings, served, settings.ended_jobs)
        figures["submit_1000_p99_ms"] = served.bench("submit", *job)["p99_ms"]
    with Served(settings.orc, folder / "state", "--roles", "api", retain_jobs="1s") as served:
        left = completed_jobs(served)
        started = time.monotonic()
        figures["submit_1000_pruning_p99_ms"] = served.bench("submit", *job)["p99_ms"]
        still_left = completed_jobs(served)
        figures["pruned_per_second"] = (left - still_left) / (time.monotonic() - started)
        if still_left == 0 and not settings.quick:
            raise SystemExit(f"prune: all {left} jobs were removed before the measurement ended, so its p99 says too little: raise ended_jobs")
    figures["pruning_p99_ratio"] = figures["submit_1000_pruning_p99_ms"] / figures["submit_1000_p99_ms"]
    return figures


def compile_static(folder):
    """A static program, or nothing where no compiler is."""
    compiler = shutil.which("clang-19") or shutil.which("cc")
    if not compiler:
        return None
    (folder / "static.c").write_text('#include <unistd.h>\nint main(void) { return write(1, "{}", 2) != 2; }\n')
    subprocess.run([compiler, "-Os", "-static", "-o", str(folder / "static.bin"), str(folder / "static.c")], check=True)
    return (folder / "static.bin").read_bytes()


def one_shot(settings, folder):
    """Jobs through the whole system, each in a sandbox of its own, from the first submission to the last result."""
    figures = {}
    programs = {"python": (["/usr/bin/python3", "-I", "-S", "main.py"], [("main.py", b"print('{}')\n", 0o644)])}
    static = compile_static(folder)
    if static:
        programs["static"] = (["./static"], [("static", static, 0o755)])
    for name, (command, files) in programs.items():
        count = settings.runs_static if name == "static" else settings.runs_python
        with Served(settings.orc, folder / f"state-{name}") as served:
            served.run("plugin", "add", str(make_plugin(folder, name, command, files)))
            served.run("run", name)
            (folder / "runs.jsonl").write_text("{}\n" * count)
            started = time.monotonic()
            served.run("job", "batch", str(folder / "runs.jsonl"), "--plugin", name, "--wait")
            figures[f"one_shot_{name}_per_second"] = count / (time.monotonic() - started)
            figures[f"one_shot_{name}_lone_p50_ms"] = lone_job_ms(served, name)
    return figures


def bare(settings, folder):
    """What the same disk and the same SQLite give without us."""
    figures = {}
    file = os.open(folder / "sync", os.O_RDWR | os.O_CREAT)
    page = b"x" * 4096
    for i in range(1024):
        os.pwrite(file, page, i * 4096)
    os.fsync(file)
    started, syncs = time.monotonic(), 0
    while time.monotonic() - started < settings.seconds:
        os.pwrite(file, page, syncs % 1024 * 4096)
        os.fdatasync(file)
        syncs += 1
    figures["bare_fdatasync_per_second"] = syncs / (time.monotonic() - started)
    os.close(file)
    program = settings.store_bench
    if program and program.exists():
        words = subprocess.run([program, "--only", "sqlite", "--seconds", str(settings.seconds), "--folder", folder], check=True, capture_output=True, text=True).stdout
        for group, rate in re.findall(r"bare SQLite, (\d+) rows a commit\s+(\d+)/s", words):
            figures[f"bare_sqlite_{group}_rows_per_second"] = float(rate)
    return figures


def idle_start(settings, folder):
    """One job after another, each when the one before has ended: from before its request is sent until a runner, over HTTP, begins to run it."""
    words = with_one_runner(settings, folder, 1_000, "one-by-one")
    waits = sorted(map(float, re.findall(r"^[\d.]+$", words, re.MULTILINE)))
    return {"idle_start_p50_ms": waits[len(waits) // 2], "idle_start_p99_ms": waits[len(waits) * 99 // 100]}


def runner(settings, folder):
    """What the worker protocol costs: one runner with 16 slots, whose jobs end at once."""
    words = with_one_runner(settings, folder, settings.jobs // 40)
    return {"runner_jobs_per_second": float(re.search(r"(\d+) jobs/s", words).group(1))}


def with_one_runner(settings, folder, jobs, *how):
    """What the runner's client says that is measured, with 16 slots and runs that end at once."""
    with Served(settings.orc, folder / "state", "--roles", "api") as served:
        add_echo(served, folder)
        return run_with_one_runner(settings, served, jobs, *how)


def run_with_one_runner(settings, served, jobs, *how):
    if not settings.worker_bench.exists():
        raise SystemExit("build it first: ./dev build release orc_worker_bench")
    key = served.post("/api/v1/api-keys", {"name": "bench", "scopes": ["worker"]})["api_key"]
    command = [settings.worker_bench, served.api, key, served.token, "bench", str(jobs), "16", *how]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def queued_memory(settings, folder):
    """A whole server whose worker meets none of the jobs' requirements, so that all of them stay queued."""
    with Served(settings.orc, folder / "state") as served:
        plugin = make_plugin(folder, "elsewhere", ["/bin/true"])
        manifest = json.loads((plugin / "plugin.json").read_text())
        (plugin / "plugin.json").write_text(json.dumps(manifest | {"worker_labels": {"place": "elsewhere"}}))
        served.run("plugin", "add", str(plugin))
        served.get("/api/v1/dashboard/stats")
        idle = served.resident_mb()
        lines = folder / "jobs.jsonl"
        lines.write_text((INPUT + "\n") * settings.queued)
        served.run("job", "batch", str(lines), "--plugin", "elsewhere")
        queued = served.get("/api/v1/dashboard/stats")["stats"]["queued_jobs"]
        if queued != settings.queued:
            raise SystemExit(f"{queued} jobs are queued instead of {settings.queued}")
        return {"queued_mb": served.resident_mb() - idle}


MEASUREMENTS = {"bare": bare, "start": start_empty, "submit": submissions, "list": big_list, "prune": prune, "idle-start": idle_start, "runner": runner,
                "one-shot": one_shot, "warm": warm, "queued-memory": queued_memory, "logins": logins,
                "docker": docker_runs, "deliberations": deliberations, "events": events}


def default_program(orc, name):
    """Beside the program, if it was built."""
    return pathlib.Path(orc).resolve().parents[1] / "adapters" / name
