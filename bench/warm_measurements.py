"""Plugins that stay up: how many jobs a second go through the whole system, and what a lone one waits for."""
import http.client
import json
import pathlib
import select
import shutil
import statistics
import subprocess
import time
import urllib.parse

from served import Served

PLUGINS = pathlib.Path(__file__).resolve().parents[1] / "plugins"
INPUT = '{"features":[5.1,3.5,1.4,0.2],"note":"' + "x" * 280 + '"}'
DRAIN_SECONDS_MAX = 120
BARE_REQUESTS, BARE_WINDOW = 200_000, 128
PYTHON_ECHO = "from orc_plugin import serve\nserve(lambda document, context: document)\n"


def compile_echo(folder):
    """plugins/example-echo, linked statically."""
    compiler = shutil.which("clang++-19") or shutil.which("c++")
    if not compiler:
        raise SystemExit("no C++ compiler is here to build plugins/example-echo")
    program = folder / "orc-example-echo"
    subprocess.run([compiler, "-O2", "-std=c++17", "-static", f"-I{PLUGINS / 'sdk/cpp'}", str(PLUGINS / "example-echo/echo.cc"), "-o", str(program)], check=True)
    return program


def plugin_folder(folder, name, command, files):
    folder = folder / name
    folder.mkdir()
    described = {"name": name, "version": "1.0.0", "command": command, "mode": "warm", "input_schema": {"type": "object"}, "output_schema": {"type": "object"},
                 "warm": {"in_flight": BARE_WINDOW}, "limits": {"memory_mb": 128, "pids": 16, "timeout_seconds": 30}}
    (folder / "plugin.json").write_text(json.dumps(described))
    for file in files:
        shutil.copy(file, folder)
    return folder


def bare(program):
    """The same program fed through a pipe by nothing but this script: requests a second."""
    line = ('{"id":1,"input":%s,"context":{}}\n' % INPUT).encode()
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"ORC_MODE": "warm"})
    process.stdout.readline()
    started = time.monotonic()
    for _ in range(BARE_REQUESTS // BARE_WINDOW):
        process.stdin.write(line * BARE_WINDOW)
        process.stdin.flush()
        for _ in range(BARE_WINDOW):
            process.stdout.readline()
    seconds = time.monotonic() - started
    process.stdin.close()
    process.wait(timeout=10)
    return BARE_REQUESTS / seconds


def jobs_per_second(settings, served, plugin):
    """From the first submission to the last result, submitted in batches over HTTP as fast as they are taken."""
    served.run("run", plugin, INPUT)  # its process is up
    counts = served.get("/api/v1/dashboard/stats")["stats"]
    started = time.monotonic()
    served.bench("batch", "--plugin", plugin, "--input", INPUT, "--connections", "2", "--seconds", str(settings.seconds))
    while True:
        now = served.get("/api/v1/dashboard/stats")["stats"]
        if now["queued_jobs"] + now["processing_jobs"] == 0:
            break
        if time.monotonic() - started > DRAIN_SECONDS_MAX:
            raise SystemExit(f"{plugin}: jobs are left after {DRAIN_SECONDS_MAX} s: {now}")
        select.select([], [], [], 0.05)
    if now["failed_jobs"] > counts["failed_jobs"]:
        raise SystemExit(f"{plugin}: jobs failed: {now}")
    return (now["completed_jobs"] - counts["completed_jobs"]) / (time.monotonic() - started)


def lone_job_ms(served, plugin, count=200):
    """POST ?wait to its answer, one after another over one connection, p50."""
    address = urllib.parse.urlsplit(served.api)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    body = json.dumps({"plugin_name": plugin, "input_data": {"n": 1}})
    times = []
    for _ in range(count):
        started = time.monotonic()
        connection.request("POST", "/api/v1/jobs?wait=30", body, {"Content-Type": "application/json", "Authorization": "Bearer " + served.token})
        answer = json.load(connection.getresponse())
        times.append((time.monotonic() - started) * 1000)
        if answer.get("status") != "completed":
            raise SystemExit(f"a lone job did not complete: {answer}")
    return statistics.median(times)


def warm(settings, folder):
    echo = compile_echo(folder)
    kit = PLUGINS / "sdk/python/orc_plugin.py"
    (folder / "main.py").write_text(PYTHON_ECHO)
    figures = {"bare_warm_cpp_per_second": bare(echo)}
    with Served(settings.orc, folder / "state", retain_jobs="30d") as served:
        served.run("plugin", "add", str(plugin_folder(folder, "warm-cpp", ["./orc-example-echo"], [echo])))
        served.run("plugin", "add", str(plugin_folder(folder, "warm-python", ["/usr/bin/python3", "-E", "-s", "-S", "-B", "main.py"], [folder / "main.py", kit])))
        figures["warm_cpp_jobs_per_second"] = jobs_per_second(settings, served, "warm-cpp")
        figures["warm_python_jobs_per_second"] = jobs_per_second(settings, served, "warm-python")
        figures["warm_lone_p50_ms"] = lone_job_ms(served, "warm-cpp")
    return figures
