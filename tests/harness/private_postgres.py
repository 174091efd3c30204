"""A PostgreSQL server of one's own, to be killed and stopped at will."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/services/run.py"


class PrivatePostgres:
    """Runs once constructed, until close(). It syncs nothing unless `durable`: what dies here is processes, not the machine. `settings` are the
    server's own."""

    def __init__(self, durable=False, settings=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-pg-"))  # a short path: it holds a socket
        settings = {**({} if durable else {"fsync": "off"}), **(settings or {})}
        self._settings = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        self.url = self.pid = None
        self._stopped = []
        self.start()

    def _service(self, act, *arguments):
        done = subprocess.run(["/usr/bin/python3", SERVICES, act, "postgres", "--folder", self.folder, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["postgres"]

    def start(self):
        running = self._service("up", *self._settings)
        self.url, self.pid = running["url"], running["pid"]

    def processes(self):
        """The server's own process, and that of each of its sessions and chores."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def _signal(self, pids, number):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # ended by itself meanwhile

    def kill(self):
        """kill -9 of all of it: as when its host dies."""
        everything = self.processes()
        self._signal(everything, signal.SIGKILL)
        for pid in everything:
            _wait_gone(pid)

    def stop_immediately(self):
        """As `pg_ctl stop -m immediate`: no session gets an answer any more."""
        os.kill(self.pid, signal.SIGQUIT)
        _wait_gone(self.pid)

    def fall_silent(self):
        """As behind a cut cable: connections stay, nobody answers, nobody says no."""
        self._stopped = self.processes()
        self._signal(self._stopped, signal.SIGSTOP)

    def speak_again(self):
        self._signal(reversed(self._stopped), signal.SIGCONT)
        self._stopped = []

    def close(self):
        self.speak_again()
        self._service("down")
        shutil.rmtree(self.folder)


def _wait_gone(pid, seconds=30):
    from client import until

    def is_gone():
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    until(is_gone, seconds)
