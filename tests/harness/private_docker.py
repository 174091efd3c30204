"""A Docker Engine of the tests' own, with one image: a shell and its programs, made on this host."""
import http.client
import io
import json
import pathlib
import shutil
import socket
import subprocess
import tarfile
import tempfile
import urllib.parse

from orc_server import ORC

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
_SERVICES = REPOSITORY / "tools/dev/services/run.py"
_BUSYBOX = "/bin/busybox"  # of Debian's busybox-static: one program, which needs no library
_APPLETS = ("sh", "cat", "cut", "grep", "head", "id", "ln", "ls", "sleep", "tail", "touch", "tr")


def built_test(name):
    """A program of the C++ tests, by its path in the build."""
    for folder in (ORC.parents[2], REPOSITORY / "build/asan"):
        if (folder / name).exists():
            return folder / name
    raise AssertionError(f"{name} is not built: ./dev build asan")


class PrivateDocker:
    """Runs once constructed; its folder goes with it."""

    def __init__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-docker-"))  # a short path: it holds a socket
        try:
            self._service("up")
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.socket = str(self._folder / "docker/docker.sock")

    def _service(self, act):
        done = subprocess.run(["/usr/bin/python3", _SERVICES, act, "docker", "--folder", self._folder], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["docker"]

    def call(self, method, path, body=None, content_type="application/json"):
        """The answer's body, read as JSON if it is some; a refusal is an error."""
        connection = http.client.HTTPConnection("docker")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.socket)
        connection.request(method, path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 400, f"{method} {path} → {answer.status} {text[:500]}"
        return json.loads(text) if text.startswith((b"[", b"{")) else text

    def make_image(self, name, program, *changes, programs=()):
        """`docker import` of a shell, and of other static programs of this host, whose entry point runs `program`, with the input as $1. `changes`:
        lines of a Dockerfile."""
        entry = "ENTRYPOINT " + json.dumps(["/bin/sh", "-c", program, "plugin"])
        query = urllib.parse.urlencode([("fromSrc", "-"), ("repo", name), ("tag", "1"), ("changes", entry), *(("changes", line) for line in changes)])
        self.call("POST", f"/images/create?{query}", _root(programs), "application/x-tar")

    def containers(self):
        """The names of all, whether they run or not."""
        return [name for container in self.call("GET", "/containers/json?all=1") for name in container["Names"]]

    def volumes(self):
        return self.call("GET", "/volumes")["Volumes"] or []

    def end(self):
        self._service("down")
        shutil.rmtree(self._folder)


def _root(programs):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(_BUSYBOX, "bin/busybox")
        for program in programs:
            tar.add(program, f"bin/{pathlib.Path(program).name}")
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return buffer.getvalue()
