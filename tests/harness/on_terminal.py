"""The command line on a terminal, as a person has it: what is drawn, and the keys."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from orc_server import ORC, clean_environment

CTRL_C = b"\x03"


class OnTerminal:
    """A program whose terminal this is."""

    def __init__(self, program, ours):
        self.program, self._ours, self.text = program, ours, ""

    def _read(self, patience):
        if not select.select([self._ours], [], [], patience)[0]:
            return False
        try:
            self.text += os.read(self._ours, 65536).decode(errors="replace")
        except OSError:  # so Linux says that the other side is closed
            return False
        return True

    def until(self, word, patience=20):
        """What was drawn up to there, or an error that says what was."""
        deadline = time.monotonic() + patience
        while word not in self.text:
            assert self._read(max(0, deadline - time.monotonic())), f"no {word!r} in {self.text!r}"
        return self.text

    def press(self, keys):
        os.write(self._ours, keys)

    def end(self):
        """The exit code; all that was drawn is in `text` then."""
        while self._read(30):
            pass
        return self.program.wait(timeout=10)


@contextlib.contextmanager
def on_terminal(*arguments, columns=80, **more):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def become_its_foreground():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    with subprocess.Popen([str(ORC), *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                          preexec_fn=become_its_foreground, env=clean_environment({"TERM": "xterm"}), **more) as program:
        os.close(theirs)
        try:
            yield OnTerminal(program, ours)
        finally:
            program.kill()
            os.close(ours)
