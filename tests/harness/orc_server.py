"""Starts and ends `orc serve` for a test, on free loopback ports."""
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time

import set_up
from private_database import database_environment
from worker_cgroups import KILLED

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ORC = pathlib.Path(os.environ.get("ORC_BINARY", REPOSITORY / "build/release/src/app/orc")).resolve()

# Before a command: a host on which no namespaces can be made, as there is no bubblewrap. In a mount namespace of its own; root only.
WITHOUT_NAMESPACES = ("unshare", "-m", "--propagation", "private", "sh", "-c", 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"', "sh")
READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 60
_BROKEN = re.compile(r"AddressSanitizer|ThreadSanitizer|runtime error:|LeakSanitizer|assertion failed|terminate called", re.IGNORECASE)

# Settings of whoever runs the tests must not change them.
_FOREIGN = ("DATABASE_URL", "RABBITMQ_URL", "SECRET_KEY", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES", "PLUGIN_REGISTRY_URL", "NATS_URL",
            "ENABLE_NATS", "GRPC_PORT", "LOG_LEVEL", "RAY_ADDRESS", "RAY_HEAD_ADDRESS", "RAY_DEBUG", "VLLM_URL", "VLLM_MODEL")


# A quarter of the usual work for each login and account: most tests make some, and test something else.
QUICK_PASSWORDS = {"ORC_PASSWORD_COST": "10"}


def clean_environment(extra=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORC_") and name not in _FOREIGN}
    return kept | QUICK_PASSWORDS | (extra or {})


class OrcServer:
    """Ready once constructed, unless `wait` is false. `lines` is its output so far, both streams. `descriptors` are left open for it. Where the
    set-up has the worker in another process, that one starts when this is ready, and ends with it."""

    def __init__(self, data_dir, arguments=(), environment=None, wait=True, prefix=(), descriptors=(), program=ORC):
        self.data_dir = pathlib.Path(data_dir)
        self.lines = []
        self.api = self.registry = self.grpc = self._worker = None
        arguments, self._worker_arguments = set_up.parted(arguments)
        # Of the process that runs plugins, where images are kept and packages unpacked.
        self.worker_data_dir = self.data_dir if self._worker_arguments is None else self.data_dir.with_name(self.data_dir.name + "-worker")
        defaults = {"--data-dir": str(data_dir), "--listen": "127.0.0.1:0", "--registry-listen": "127.0.0.1:0", "--grpc-listen": "off"}
        given = [word for name, value in defaults.items() if name not in arguments for word in (name, value)]
        command = [*prefix, str(program), "serve", *given, *arguments]
        self._environment = database_environment(data_dir) | (environment or {})
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=descriptors,
                                        env=clean_environment(self._environment))
        self._news = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not wait:
            return
        try:
            self.wait_ready()
        except BaseException:  # nobody else knows of the process yet
            self.kill()
            raise

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace"))
            self._news.put(line)
        self._news.put(None)

    @property
    def output(self):
        return "".join(self.lines)

    def events(self, event):
        """Its log lines of that event so far."""
        lines = [json.loads(line) for line in self.lines if line.startswith("{") and f'"{event}"' in line]
        return [line for line in lines if line["event"] == event]

    def wait_ready(self):
        deadline, file = time.monotonic() + READY_SECONDS_MAX, self.data_dir / "endpoints.json"
        while True:
            try:
                ended = self._news.get(timeout=max(0.0, deadline - time.monotonic())) is None
            except queue.Empty:
                self.kill()
                raise AssertionError(f"not ready after {READY_SECONDS_MAX} s; its output:\n{self.output}") from None
            assert not ended, f"ended with {self.process.wait()} before it was ready; its output:\n{self.output}"
            try:
                endpoints = json.loads(file.read_text())
            except FileNotFoundError:  # a starting server takes an earlier one's away
                endpoints = {}
            if endpoints.get("pid") == self.process.pid:
                self.api, self.registry, self.grpc = (endpoints.get(name) for name in ("api", "registry", "grpc"))
                self._start_worker()
                return

    def _start_worker(self):
        if self._worker_arguments is None:
            return
        if set_up.NAME == "sqlite-runners":
            from orc_runner import OrcRunner  # which needs this module

            key = json.loads((self.data_dir / "cli.json").read_text())["api_key"]
            self._worker = OrcRunner(self.api, key, self.worker_data_dir, self._worker_arguments)
        else:
            own = {"SECRET_KEY": key} if (key := self._environment.get("SECRET_KEY")) else {}
            self._worker = OrcServer(self.worker_data_dir, ("--roles", "worker", *self._worker_arguments),
                                     {"DATABASE_URL": self._environment["DATABASE_URL"]} | own)

    def wait_for_line(self, words):
        """The first line, from now on or before, that holds `words`."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not any(words in line for line in self.lines):
            assert self._news.get(timeout=max(0.01, deadline - time.monotonic())) is not None, f"ended without {words!r}:\n{self.output}"

    def terminate(self):
        """Its worker first, so that it can hand in what it has."""
        if self._worker:
            self._worker.stop()
        self.process.send_signal(signal.SIGTERM)

    def wait_ended(self):
        code = self.process.wait(timeout=STOP_SECONDS_MAX)
        self._reader.join(timeout=STOP_SECONDS_MAX)
        return code

    def stop(self):
        """Ends it the polite way and holds it to what it owes then."""
        if self.process.poll() is None:
            self.terminate()
        code = self.wait_ended()
        broken = _BROKEN.search(self.output)
        assert not broken, f"the server's output tells of a fault ({broken.group(0)}):\n{self.output[-4000:]}"
        assert code == 0, f"the server ended with {code}:\n{self.output[-4000:]}"

    def kill(self):
        if self._worker:
            self._worker.kill()
        if self.process.poll() is None:
            self.process.kill()
        self.wait_ended()
        KILLED.add(self.process.pid)

    def cpu_seconds(self):
        """That the process has used so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
