"""A private NATS server with JetStream: its streams and log in one folder, reached on a port of loopback."""
import socket

import _process

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10


def up(folder, _settings):
    """Starts it, unless it runs, and gives its address. It comes back on the port that it had, if that is free."""
    if status(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        port = _free_port(_last_port(folder))
        command = ["nats-server", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder / "streams"]
        pid = _process.start(command, folder, "nats-server", lambda: _answers(port), READY_SECONDS_MAX)
        _process.note(folder, pid, port)
    return status(folder)


def down(folder):
    """Stops it by its process id. What it stored stays."""
    running = status(folder)
    if running is not None:
        _process.end(running["pid"], STOP_SECONDS_MAX)


def status(folder):
    """Its address, or nothing if it does not run."""
    found = _process.running(folder, "nats-server")
    return found and {"url": f"nats://127.0.0.1:{found[1]}", "pid": found[0]}


def _last_port(folder):
    try:
        return int((folder / "process").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _free_port(wanted):
    for port in (wanted, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return free.getsockname()[1]
    raise _process.ServiceFailed("there is no free port on 127.0.0.1")


# The server greets whoever connects; JetStream is up before it listens.
def _answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"INFO"
    except OSError:
        return False
