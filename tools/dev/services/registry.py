"""A private registry of container images: its files in one folder, reached without TLS on a port of loopback."""
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10


def up(folder, _settings):
    """Starts it, unless it runs, and gives its address."""
    if status(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:  # the program takes no port 0
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        (folder / "config.yml").write_text(
            f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\nhttp: {{addr: '{address}'}}\n")
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        _wait_for(address, process, folder)
        (folder / "process").write_text(f"{process.pid} {address}")
    return status(folder)


def down(folder):
    """Stops it by its process id. What it stored stays."""
    running = status(folder)
    if running is None:
        return
    watched = os.pidfd_open(running["pid"])
    signal.pidfd_send_signal(watched, signal.SIGTERM)
    if not select.select([watched], [], [], STOP_SECONDS_MAX)[0]:
        signal.pidfd_send_signal(watched, signal.SIGKILL)
    os.close(watched)


def status(folder):
    """Its address, or nothing if it does not run."""
    try:
        pid, address = (folder / "process").read_text().split()
        # A process id may have been given to somebody else since.
        if b"docker-registry" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    except (OSError, ValueError):
        return None
    return {"url": address, "pid": int(pid)}


def _wait_for(address, process, folder):
    host, port = address.split(":")
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            pass  # not yet
        try:
            process.wait(timeout=0.02)
            break
        except subprocess.TimeoutExpired:
            pass  # it lives
    process.kill()
    raise SystemExit(f"services: docker-registry does not answer: {(folder / 'log').read_text(errors='replace')[-2000:]}")
