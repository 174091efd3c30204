"""Two network namespaces with a cable between them that can be cut, for tests as root. No packet leaves them, and the kernel removes them once their
last process and this one are gone."""
import contextlib
import ctypes
import os
import subprocess
import threading

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_SYSTEM = ctypes.CDLL(None, use_errno=True)
SERVERS, DATABASE = "servers", "database"
ADDRESSES = {SERVERS: "10.77.0.1", DATABASE: "10.77.0.2"}


class PartedNetwork:
    """A thread inside() one side has its sockets there, and so has every process that it starts."""

    def __init__(self):
        self._sides = {}
        try:
            for side in ADDRESSES:
                self._sides[side] = _new_namespace()
            self._ip(SERVERS, "link add to-database type veth peer name to-servers")
            self._ip(SERVERS, f"link set to-servers netns {self._path(DATABASE)}")
            for side, cable in ((SERVERS, "to-database"), (DATABASE, "to-servers")):
                self._ip(side, f"address add {ADDRESSES[side]}/30 dev {cable}")
                self._ip(side, f"link set {cable} up")
                self._ip(side, "link set lo up")
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def inside(self, side):
        """For the calling thread alone."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self._sides[side])
            yield
        finally:
            _enter(before)
            os.close(before)

    def cut(self):
        """What arrives at the database is thrown away from now on, and nobody is told."""
        self._run(DATABASE, "iptables", "-A", "INPUT", "-i", "to-servers", "-j", "DROP")
        self._run(DATABASE, "iptables", "-A", "OUTPUT", "-o", "to-servers", "-j", "DROP")

    def mend(self):
        self._run(DATABASE, "iptables", "-F")

    def close(self):
        for descriptor in self._sides.values():
            os.close(descriptor)
        self._sides = {}

    def _path(self, side):
        return f"/proc/{os.getpid()}/fd/{self._sides[side]}"

    def _ip(self, side, words):
        self._run(side, "ip", *words.split())

    def _run(self, side, *command):
        with self.inside(side):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def _enter(descriptor):
    if _SYSTEM.setns(descriptor, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _new_namespace():
    """Made by a thread of its own, which ends at once; the descriptor keeps it."""
    made = []

    def make():
        if _SYSTEM.unshare(_NEW_NETWORK) == 0:
            made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise PermissionError("network namespaces need root")
    return made[0]
