"""A private registry of container images: its files in one folder, reached without TLS on a port of loopback."""
import socket

import _process

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10


def up(folder, settings):
    """Starts it, unless it runs, and gives its address: `address`, or a free one."""
    if status(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        address = settings.get("address") or _free_address()
        (folder / "config.yml").write_text(
            f"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\nhttp: {{addr: '{address}'}}\n")
        pid = _process.start(["docker-registry", "serve", folder / "config.yml"], folder, "docker-registry", lambda: _answers(address), READY_SECONDS_MAX)
        _process.note(folder, pid, address)
    return status(folder)


def down(folder):
    """Stops it by its process id. What it stored stays."""
    running = status(folder)
    if running is not None:
        _process.end(running["pid"], STOP_SECONDS_MAX)


def status(folder):
    """Its address, or nothing if it does not run."""
    found = _process.running(folder, "docker-registry")
    return found and {"url": found[1], "pid": found[0]}


def _free_address():
    with socket.socket() as free:  # the program takes no port 0
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def _answers(address):
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
