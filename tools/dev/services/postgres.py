"""A private PostgreSQL server: data, socket and log in one folder, reached by a Unix socket there."""
import glob
import os
import pathlib
import pwd
import subprocess

import _process

# The server refuses to run as root, so root starts it as this account, which Debian's package makes.
ACCOUNT = "postgres"
SETTINGS = {"listen_addresses": "", "shared_buffers": "128MB", "max_wal_size": "4GB", "max_connections": "200", "log_checkpoints": "off",
            "unix_socket_permissions": "0700"}  # whoever reaches the socket is trusted


def up(folder, settings):
    """Starts it, unless it runs, and gives its address."""
    if status(folder) is None:
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, *_account())
            # So that the account gets there; a temporary folder is closed to others.
            folder.parent.chmod(folder.parent.stat().st_mode | 0o011)
        if not (folder / "data").exists():
            _run(folder, "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        # Left by one that was killed; its process may still be there, dead and not yet buried.
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (folder / lock).unlink(missing_ok=True)
        wanted = {**SETTINGS, **settings, "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in wanted.items())
        _run(folder, "pg_ctl", "-D", folder / "data", "-w", "-t", "60", "-l", folder / "log", "-o", options, "start")
    return status(folder)


def down(folder):
    """Stops it by its process id. What it stored stays."""
    if status(folder) is not None:
        _run(folder, "pg_ctl", "-D", folder / "data", "-w", "-t", "60", "-m", "fast", "stop")


def status(folder):
    """Its address, or nothing if it does not run."""
    try:
        pid = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
        # A process id may have been given to somebody else since.
        if b"postgres" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
    except (OSError, IndexError, ValueError):
        return None
    return {"url": f"postgresql://postgres@/postgres?host={folder}", "pid": pid}


def _account():
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise _process.ServiceFailed(f"there is no account {ACCOUNT}: run ./dev setup") from error
    return entry.pw_uid, entry.pw_gid


def _program(name):
    versions = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    if not versions:
        raise _process.ServiceFailed(f"there is no {name}: run ./dev setup")
    return versions[-1]


def _run(folder, name, *arguments):
    """With its output in a file: the server inherits it, and would keep a pipe open."""
    command = [_program(name), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", *command]
    with open(folder / f"{name}.out", "wb") as out:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", check=False)
    if done.returncode != 0:
        raise _process.ServiceFailed(f"{name} failed: {(folder / f'{name}.out').read_text(errors='replace')[-2000:]}")
