"""The command line as programs beside a test: one that ends, and ones that go on and are listened to."""
import contextlib
import queue
import signal
import subprocess
import threading

import pytest
from orc_server import ORC, clean_environment


def orc(*arguments, cwd, expect=0, given=None):
    done = subprocess.run([ORC, *map(str, arguments)], check=False, capture_output=True, text=True, env=clean_environment(None), cwd=cwd, input=given,
                          timeout=60)
    assert expect is None or done.returncode == expect, f"orc {arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


class Lines:
    """What a program prints, line by line, without waiting for ever."""

    def __init__(self, stream):
        self._lines = queue.Queue()
        threading.Thread(target=lambda: [self._lines.put(line) for line in stream], daemon=True).start()

    def next_with(self, word):
        seen = []
        while not seen or word not in seen[-1]:
            seen.append(self._lines.get(timeout=20))
        return seen[-1]

    def none_for(self, seconds):
        with pytest.raises(queue.Empty):
            raise AssertionError(self._lines.get(timeout=seconds))


@contextlib.contextmanager
def running(command, **more):
    """A program, what it prints, and its errors. It ends with the block, however that ends. Ctrl-C is as ignored as a shell's background makes it."""
    ignored = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(None), preexec_fn=ignored, **more) as program:
        try:
            yield program, Lines(program.stdout), Lines(program.stderr)
        finally:
            program.kill()


def dev_of(folder, server):
    return running([ORC, "plugin", "dev", str(folder), "--input", str(folder / "input.json"), "--data-dir", str(server.data_dir)])
