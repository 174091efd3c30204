"""From nothing to finished jobs on real measurements, and from a question to a decision. `./dev demo` calls it; README.md says what it shows."""
import argparse
import pathlib
import secrets
import shutil
import subprocess
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "deliberation")]

import deliberation  # noqa: E402
from measurements import COLUMNS, OPERATIONS, flowers  # noqa: E402
from postgres_database import PostgresDatabase  # noqa: E402
from report import Progress, classes_by_species, figures_by_column  # noqa: E402
from server import Client, Server, clean_environment  # noqa: E402

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
EMAIL = "demo@example.com"
JOBS_SECONDS_MAX = 120
LOOK_SECONDS = 0.1  # between two looks at how far the jobs are
PAGE = 50
FAULTS_SHOWN = 5
FINAL = ("completed", "failed", "cancelled")


def register(server, orc, folder):
    """By the command line, as its user would: it finds the server's key in the data directory."""
    command = [str(orc), "plugin", "add", str(PLUGINS / folder), "--data-dir", str(server.data_dir)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def submit(client, table):
    """All jobs as one batch. Returns their ids: one per flower, then one per column and operation."""
    jobs = [{"plugin_name": "example-classifier", "input_data": {"features": flower.features}} for flower in table]
    for index in range(len(COLUMNS)):
        column = [flower.features[index] for flower in table]
        jobs += [{"plugin_name": "example-processor", "input_data": {"data": column, "operation": operation}} for operation in OPERATIONS]
    return [item["id"] for item in client.call("POST", "/api/v1/jobs:batch", {"jobs": jobs})["items"]]


def finish(client, ids):
    """The finished jobs by id. The totals of the job list say how far they are."""
    progress, deadline, pause = Progress(len(ids)), time.monotonic() + JOBS_SECONDS_MAX, threading.Event()
    done = 0
    while done < len(ids):
        done = sum(client.call("GET", f"/api/v1/jobs?limit=1&status={status}")["total"] for status in FINAL)
        progress.show(done)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(ids) - done} of {len(ids)} jobs are not finished after {JOBS_SECONDS_MAX} s")
        pause.wait(LOOK_SECONDS if done < len(ids) else 0)
    jobs = {}
    for skip in range(0, len(ids), PAGE):
        jobs |= {job["id"]: job for job in client.call("GET", f"/api/v1/jobs?skip={skip}&limit={PAGE}")["items"]}
    return {job_id: jobs[job_id] for job_id in ids}


def show(table, ids, done, seconds):
    classes, class_faults = classes_by_species(table, [done[job_id] for job_id in ids[:len(table)]])
    rest = iter(ids[len(table):])
    figures, figure_faults = figures_by_column(table, {(column, operation): done[next(rest)] for column in COLUMNS for operation in OPERATIONS})
    print("\n" + "\n".join(classes) + "\n\n" + "\n".join(figures) + "\n")
    faults = class_faults + figure_faults
    print(f"{len(ids) - len(faults)} of {len(ids)} jobs completed with the right result in {seconds:.1f} s")
    sys.stdout.flush()
    for fault in faults[:FAULTS_SHOWN]:
        print(f"wrong: {fault}", file=sys.stderr)
    if len(faults) > FAULTS_SHOWN:
        print(f"wrong: {len(faults) - FAULTS_SHOWN} more", file=sys.stderr)
    return not faults


def run(server, orc):
    print(f"Server: {server.endpoints['api']} (API page: {server.endpoints['api']}/docs), registry: {server.endpoints['registry']}")
    client, password = Client(server.endpoints["api"]), secrets.token_urlsafe(12)
    user = client.call("POST", "/api/v1/users", {"email": EMAIL, "password": password, "full_name": "Demo"})
    client.log_in(EMAIL, password)
    print(f"First user: {user['email']}, an administrator")
    for folder in ("example-classifier", "example-processor"):
        register(server, orc, folder)
        print(f"Registered: {folder}")
    table, start = flowers(), time.monotonic()
    ids = submit(client, table)
    print(f"Submitted: {len(ids)} jobs as one batch, one for each of {len(table)} flowers and {len(OPERATIONS)} for each of {len(COLUMNS)} columns")
    done = finish(client, ids)
    right = show(table, ids, done, time.monotonic() - start)
    return deliberation.run(orc, server.data_dir, clean_environment()) and right, password


def main():
    arguments = argparse.ArgumentParser(prog="./dev demo")
    arguments.add_argument("--orc", type=pathlib.Path, required=True)
    arguments.add_argument("--with", dest="database", choices=("postgres",), help="on a private PostgreSQL server instead of SQLite")
    arguments.add_argument("--keep", action="store_true", help="leave the server running")
    options = arguments.parse_args()
    orc = options.orc.resolve()
    database = None
    try:
        database = PostgresDatabase() if options.database else None
        server = Server(orc, database and database.url)
    except (RuntimeError, OSError) as fault:
        if database:
            database.end()
        sys.exit(f"demo: {fault}")
    if database:
        print("Database: PostgreSQL, a private server under build/services")
    right, kept = False, False
    try:
        right, password = run(server, orc)
        kept = options.keep
        if kept:
            print(f"\nLeft running: {server.endpoints['api']}/docs, log in as {EMAIL} with password {password}\n"
                  f"Stop it: kill {server.process.pid}; tail --pid={server.process.pid} -f /dev/null; rm -r {server.data_dir}"
                  + ("; ./dev services down postgres" if database else ""))
    except (RuntimeError, OSError) as fault:
        print(f"demo: {fault}\nThe server's last words:\n" + server.log.read_text(errors="replace")[-2000:], file=sys.stderr)
    finally:
        if not kept:
            ended = server.stop()
            shutil.rmtree(server.data_dir)
            if database:
                database.end()
    if not kept and ended != 0:
        print(f"demo: the server ended with {ended}", file=sys.stderr)
        right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
