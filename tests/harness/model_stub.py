"""Starts and ends `orc model-stub` for a test, on a free loopback port."""
import json
import signal
import subprocess

import requests
from orc_server import ORC, STOP_SECONDS_MAX, clean_environment


class ModelStub:
    """Answers once constructed. `arguments` as on the command line; `record` is a list of what a line of --record may be."""

    def __init__(self, *arguments, record=None, folder=None):
        if record is not None:
            file = folder / "answers.jsonl"
            file.write_text("".join(json.dumps(line) + "\n" for line in record))
            arguments = (*arguments, "--record", str(file))
        self.process = subprocess.Popen([str(ORC), "model-stub", "--listen", "127.0.0.1:0", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment())
        first = self.process.stdout.readline()
        assert " answers at " in first, first + self.process.stdout.read()
        self.url = first.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, text, model="m", **fields):
        """The answer to one question, as requests gives it."""
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        return requests.post(self.url + "/v1/chat/completions", json=body, timeout=30, stream=fields.get("stream", False))

    def counts(self):
        return requests.get(self.url + "/counts", timeout=10).json()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=STOP_SECONDS_MAX)
        output = self.process.stdout.read()
        self.process.stdout.close()
        assert code == 0, f"the stub ended with {code}:\n{output}"
