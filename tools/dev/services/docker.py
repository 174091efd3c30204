"""A private Docker Engine: its images, containers, socket and log in one folder; no network for containers, nothing of the host's firewall touched."""
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
# Containers of the tests have no network, so the engine makes none.
SWITCHES = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false")


def up(folder, settings):
    """Starts it, unless it runs, and gives its address. Only root can."""
    if status(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pid").unlink(missing_ok=True)
        (folder / "config.json").write_text("{}")
        places = (f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}", f"--host=unix://{folder / 'docker.sock'}",
                  f"--pidfile={folder / 'pid'}", f"--config-file={folder / 'config.json'}")
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(["dockerd", *places, *SWITCHES, *(f"--{name}={value}" for name, value in settings.items())],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True)
        _wait_for(folder, process)
    return status(folder)


def down(folder):
    """Stops it and its containers by its process id. Its images stay."""
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
        pid = int((folder / "pid").read_text())
        # A process id may have been given to somebody else since.
        if b"dockerd" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    except (OSError, ValueError):
        return None
    return {"url": f"unix://{folder / 'docker.sock'}", "pid": pid}


def _wait_for(folder, process):
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if _answers(folder / "docker.sock"):
            return
        try:
            process.wait(timeout=0.05)
            break
        except subprocess.TimeoutExpired:
            pass  # it lives
    process.kill()
    raise SystemExit(f"services: dockerd does not answer: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def _answers(path):
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"200 OK" in connection.recv(4096)
        except OSError:
            return False
