"""An `orc serve` on free loopback ports with a data directory of its own, and a client for it. Standard library only."""
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse

READY_SECONDS_MAX = 20
STOP_SECONDS_MAX = 30


class Server:
    """Ready once constructed. Its log goes to `server.log` in the data directory."""

    def __init__(self, orc, database_url=None):
        """Without a URL its rows are in SQLite, in the data directory."""
        self.data_dir = pathlib.Path(tempfile.mkdtemp(prefix="orc-demo-"))
        self.log = self.data_dir / "server.log"
        self._lines = queue.Queue()
        arguments = [str(orc), "serve", "--data-dir", str(self.data_dir), "--listen", "127.0.0.1:0", "--registry-listen", "127.0.0.1:0",
                     "--grpc-listen", "off"]
        # Its own session: a Ctrl-C in the demo must not stop a server that --keep will leave running.
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
                                        start_new_session=True, env=clean_environment() | ({"DATABASE_URL": database_url} if database_url else {}))
        try:
            self.endpoints = self._wait_until_ready()
        except BaseException:  # a Ctrl-C too: nobody else knows of the process and the folder
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.data_dir)
            raise

    def _wait_until_ready(self):
        follower = subprocess.Popen(["tail", "--pid", str(self.process.pid), "-n", "+1", "-F", str(self.log)], stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, args=(follower.stdout,), daemon=True).start()
        file = self.data_dir / "endpoints.json"
        try:
            while True:
                if self._lines.get(timeout=READY_SECONDS_MAX) is None:
                    raise RuntimeError(f"the server ended before it was ready; its log:\n{self.log.read_text(errors='replace')}")
                if file.exists():
                    return json.loads(file.read_text())
        except queue.Empty:
            raise RuntimeError(f"the server was not ready after {READY_SECONDS_MAX} s; its log:\n{self.log.read_text(errors='replace')}") from None
        finally:
            follower.kill()
            follower.wait()

    def _read(self, stream):
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def clean_environment():
    """Settings of whoever runs the demo must not change it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ORC_") and name not in
            ("DATABASE_URL", "RABBITMQ_URL", "SECRET_KEY", "PLUGIN_REGISTRY_URL", "NATS_URL", "RAY_ADDRESS", "RAY_HEAD_ADDRESS")}


class Client:
    """One connection to the API; every answer that is not 2xx is an error with the server's own words."""

    def __init__(self, url):
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self._token = None

    def log_in(self, email, password):
        self._token = self.call("POST", "/api/v1/auth/token", {"username": email, "password": password})["access_token"]

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text.decode(errors='replace')}")
        return json.loads(text) if text else None
