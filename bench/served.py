"""A fresh `orc serve` in a folder of its own, and the commands of the same program against it."""
import json
import os
import pathlib
import select
import signal
import subprocess
import time
import urllib.error
import urllib.request

READY_SECONDS_MAX = 60


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("ORC_") and name not in ("SECRET_KEY", "DATABASE_URL", "LOG_LEVEL")}


class Served:
    """Ready once constructed; `ready_ms` is from the start of the process to the first good /health."""

    database = None  # of all of them; what databases.py has

    def __init__(self, orc, data_dir, *arguments, retain_jobs="0", processor=None):
        self.orc, self.data_dir = str(orc), pathlib.Path(data_dir)
        self._endpoints = self.data_dir / "endpoints.json"
        self._endpoints.unlink(missing_ok=True)
        self._log = open(self.data_dir.with_suffix(".log"), "ab")
        started = time.monotonic()
        pinned = ["taskset", "-c", str(processor)] if processor is not None else []
        self.process = subprocess.Popen(
            [*pinned, self.orc, "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", "--registry-listen", "off", "--grpc-listen", "off",
             "--retain-jobs", retain_jobs, *arguments], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env=clean_environment() | self.database.environment(self.data_dir))
        self._wait_ready(started)
        self.token = self._log_in()

    def _wait_ready(self, started):
        while not self._endpoints.exists():
            if self.process.poll() is not None or time.monotonic() - started > READY_SECONDS_MAX:
                raise SystemExit(f"orc serve did not become ready; its log:\n{self.data_dir.with_suffix('.log').read_text()}")
            select.select([], [], [], 0.0005)
        self.ready_ms = (time.monotonic() - started) * 1000
        self.api = json.loads(self._endpoints.read_text())["api"]

    def wait_for_event(self, event):
        """Until the log tells of it."""
        file, started = self.data_dir.with_suffix(".log"), time.monotonic()
        while f'"event":"{event}"' not in file.read_text():
            if time.monotonic() - started > READY_SECONDS_MAX:
                raise SystemExit(f"orc serve did not log {event!r}; its log:\n{file.read_text()}")
            select.select([], [], [], 0.01)

    def _log_in(self):
        """A JWT of the first user, who is an administrator."""
        account = {"email": "bench@example.com", "password": "correct horse"}
        try:
            self._post("/api/v1/users", account)
        except urllib.error.HTTPError as error:
            if error.code != 400:  # registered by an earlier start on the same folder
                raise
        return self._post("/api/v1/auth/token", {"username": account["email"], "password": account["password"]})["access_token"]

    def _post(self, path, body, headers=()):
        request = urllib.request.Request(self.api + path, json.dumps(body).encode(), {"Content-Type": "application/json"} | dict(headers))
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def post(self, path, body):
        """As the first user."""
        return self._post(path, body, {"Authorization": "Bearer " + self.token})

    def get(self, path):
        request = urllib.request.Request(self.api + path, headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def run(self, *words, codes=(0,)):
        """Standard output of `orc WORDS…` against this server."""
        done = subprocess.run([self.orc, *words, "--data-dir", str(self.data_dir)], capture_output=True, text=True,
                              env=clean_environment() | {"ORC_TOKEN": self.token}, check=False)
        if done.returncode not in codes:
            raise SystemExit(f"orc {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def bench(self, scenario, *options):
        return json.loads(self.run("bench", scenario, "--json", *options))

    def resident_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise SystemExit("no VmRSS")

    def cpu_seconds(self):
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def make_plugin(folder, name, command, files=()):
    """Writes a plugin's folder; `files` are (name, bytes, mode)."""
    folder = pathlib.Path(folder) / name
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"name": name, "version": "1.0.0", "command": command, "input_schema": {"type": "object"},
                "limits": {"memory_mb": 128, "pids": 16, "timeout_seconds": 30}}
    (folder / "plugin.json").write_text(json.dumps(manifest))
    for file, content, mode in files:
        (folder / file).write_bytes(content)
        (folder / file).chmod(mode)
    return folder
