"""Starts and ends `orc runner` for a test."""
import queue
import signal
import subprocess
import threading
import time

from orc_server import ORC, READY_SECONDS_MAX, STOP_SECONDS_MAX, clean_environment
from worker_cgroups import KILLED

RUNNER = ORC.parent / "orc-runner"


def worker_key(admin_client):
    return admin_client.post("/api/v1/api-keys", {"name": "a runner", "scopes": ["worker"]}, 201).json()["api_key"]


class OrcRunner:
    """Signed on once constructed, unless `wait` is false. `lines` is its output so far, both streams."""

    def __init__(self, api, key, data_dir, arguments=("--workers", "2"), wait=True, program=RUNNER,
                 environment=None, prefix=()):
        self.lines = []
        command = [str(word) for word in (*prefix, *((ORC, "runner") if program == ORC else (program,)))]
        command += ["--api", api, "--data-dir", str(data_dir), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        env=clean_environment(({"ORC_TOKEN": key} if key else {}) | (environment or {})))
        self._news = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            self.wait_for_line('"ready"')

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace"))
            self._news.put(line)
        self._news.put(None)

    @property
    def output(self):
        return "".join(self.lines)

    def wait_for_line(self, words):
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not any(words in line for line in self.lines):
            assert self._news.get(timeout=max(0.01, deadline - time.monotonic())) is not None, f"ended without {words!r}:\n{self.output}"

    def wait_ended(self):
        code = self.process.wait(timeout=STOP_SECONDS_MAX)
        self._reader.join(timeout=STOP_SECONDS_MAX)
        return code

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """Ends it the polite way and holds it to a clean end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.wait_ended()
        assert code == 0, f"the runner ended with {code}:\n{self.output[-4000:]}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait_ended()
        KILLED.add(self.process.pid)
