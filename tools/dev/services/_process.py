"""What servers that are plain child processes have in common; no service itself."""
import os
import pathlib
import select
import signal
import subprocess
import time


class ServiceFailed(Exception):
    """It did not start or stop; why, in words."""


def start(command, folder, name, answers, seconds, **options):
    """Starts it with its output in folder/log and waits until `answers()` is true; its process id."""
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers():
            return process.pid
        try:
            process.wait(timeout=0.05)
            break
        except subprocess.TimeoutExpired:
            pass  # it lives
    process.kill()
    raise ServiceFailed(f"{name} does not answer: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def note(folder, pid, address):
    """Where running() finds it."""
    (folder / "process").write_text(f"{pid} {address}")


def running(folder, program):
    """The process id and the address of a noted server, or nothing if it does not run."""
    try:
        pid, address = (folder / "process").read_text().split()
        # A process id may have been given to somebody else since.
        if program.encode() not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    except (OSError, ValueError):
        return None
    return int(pid), address


def end(pid, seconds):
    """Asks it to end, and kills it if it does not within `seconds`; it has ended on return."""
    watched = os.pidfd_open(pid)
    signal.pidfd_send_signal(watched, signal.SIGTERM)
    if not select.select([watched], [], [], seconds)[0]:
        signal.pidfd_send_signal(watched, signal.SIGKILL)
        select.select([watched], [], [])
    os.close(watched)
