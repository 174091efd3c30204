"""Which processes and which database a test's server is made of, so that the black-box suites run on each set-up as they are.

ORC_TEST_SETUP names it: `sqlite`, the default, and `postgres` are one process each; with `postgres-split` the worker is another process on the same
database; with `sqlite-runners` it is an `orc runner`. A test that names its roles itself gets what it names. ./dev test --setup sets it.
"""
import os

import pytest

NAMES = ("sqlite", "postgres", "postgres-split", "sqlite-runners")
NAME = os.environ.get("ORC_TEST_SETUP") or "sqlite"
if NAME not in NAMES:
    raise SystemExit(f"ORC_TEST_SETUP is {NAME!r}; there are {', '.join(NAMES)}")

USES_POSTGRES = NAME.startswith("postgres")
WORKER_IS_ELSEWHERE = NAME in ("postgres-split", "sqlite-runners")
# As GET /workers tells of the worker that comes with a server.
WORKER_HOME = "elsewhere" if NAME == "sqlite-runners" else "server"

# What is meant for the worker among the settings of a server, and what an `orc runner` calls it.
_OF_WORKERS = {"--workers": "--workers", "--worker-memory-mb": "--memory-mb", "--worker-gpus": "--gpus",
               "--worker-label": "--label", "--stop-seconds": "--stop-seconds", "--isolation": "--isolation", "--isolation-most": "--isolation-most"}


def needs_sqlite(reason):
    """For tests that look into files that only SQLite has."""
    return pytest.mark.skipif(USES_POSTGRES, reason=f"needs SQLite: {reason}")


def needs_one_process(reason):
    """For tests of what only a process with a worker in it promises."""
    return pytest.mark.skipif(WORKER_IS_ELSEWHERE, reason=f"needs the worker in the server: {reason}")


def parted(arguments):
    """A server's own arguments, and those of its worker's process; without the latter there is none. What is the worker's is judged by the server
    as well, which also knows the least isolation that a run may have."""
    arguments = [str(word) for word in arguments]
    if not WORKER_IS_ELSEWHERE or "--roles" in arguments:
        return arguments, None
    others = []
    words = iter(arguments)
    for word in words:
        if word in _OF_WORKERS:
            others += [_OF_WORKERS[word] if NAME == "sqlite-runners" else word, next(words)]
    return ["--roles", "api,registry,executor", *arguments], others
