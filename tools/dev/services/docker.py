"""A private Docker Engine: its images, containers, socket and log in one folder; no network for containers, nothing of the host's firewall touched."""
import pathlib
import socket

import _process

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
        command = ["dockerd", *places, *SWITCHES, *(f"--{name}={value}" for name, value in settings.items())]
        _process.start(command, folder, "dockerd", lambda: _answers(folder / "docker.sock"), READY_SECONDS_MAX, cwd="/")
    return status(folder)


def down(folder):
    """Stops it and its containers by its process id. Its images stay."""
    running = status(folder)
    if running is not None:
        _process.end(running["pid"], STOP_SECONDS_MAX)


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


def _answers(path):
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"200 OK" in connection.recv(4096)
        except OSError:
            return False
