"""A whole worker in Python: proof that docs/worker_protocol.md says enough. Needs only requests.

    python3 python_worker.py URL KEY
"""
import hashlib
import json
import sys
import threading
import time

import requests

INLINE_BYTES_MAX = 16 * 1024
SLOTS = 2


class Worker:
    """Runs `function(input) -> output` for each job. `function` may look at `is_wanted()`."""

    def __init__(self, url, key, function, slots=SLOTS):
        self.base = url.rstrip("/") + "/api/v1/worker/v1"
        self.key, self.function, self.slots = key, function, slots
        self.held = {}  # (job_id, fence) → event: must stop
        self.lock = threading.Lock()
        self.slot_free = threading.Semaphore(slots)
        self.stopping = threading.Event()
        self.signed_on_again = 0
        self.sign_on()

    def session(self):
        """One connection for each thread."""
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {self.key}"
        return session

    def sign_on(self):
        answer = self.session().post(f"{self.base}/workers", json={"name": "python", "isolation": "none", "slots": self.slots}, timeout=10)
        answer.raise_for_status()
        told = answer.json()
        assert told["protocol"] == 1
        self.id, self.beat_seconds = told["worker_id"], told["beat_seconds"]

    def url(self, verb):
        return f"{self.base}/workers/{self.id}/{verb}"

    def beat(self):
        """Until the worker stops: the wait makes it one request every beat_seconds, and a stop arrives at once."""
        session = self.session()
        while not self.stopping.is_set():
            with self.lock:
                held = [{"job_id": job, "fence": fence} for job, fence in self.held]
            try:
                answer = session.post(self.url("beat"), json={"held": held, "wait_seconds": self.beat_seconds}, timeout=10)
                if answer.status_code == 404:  # taken for dead: what still runs is somebody else's now
                    self.sign_on()
                    self.signed_on_again += 1
                    continue
                answer.raise_for_status()
                for run in answer.json()["stop"]:
                    self.stop_run((run["job_id"], run["fence"]))
            except requests.RequestException:
                self.stopping.wait(1)

    def stop_run(self, name):
        with self.lock:
            if name in self.held:
                self.held[name].set()

    def input_of(self, session, run):
        if "input_text" in run:
            return json.loads(run["input_text"])
        answer = session.get(f"{self.base}/blobs/{run['input_blob'].removeprefix('sha256:')}", timeout=60)
        answer.raise_for_status()
        return json.loads(answer.content)

    def run(self, run):
        session, name = self.session(), (run["job_id"], run["fence"])
        must_stop = self.held[name]
        end = {"job_id": run["job_id"], "fence": run["fence"], "isolation": "none"}
        try:
            output = json.dumps(self.function(self.input_of(session, run), must_stop))
            end |= {"outcome": "succeeded", "exit_code": 0} | self.output_fields(session, output.encode())
        except Exception as error:  # whatever the function does is the job's failure
            end |= {"outcome": "cancelled" if must_stop.is_set() else "failed", "message": str(error),
                    "log": [{"t_ms": int(time.time() * 1000), "stream": "err", "text": repr(error)}]}
        self.hand_in(session, end)
        with self.lock:
            del self.held[name]
        self.slot_free.release()

    def output_fields(self, session, output):
        if len(output) <= INLINE_BYTES_MAX:
            return {"output_text": output.decode()}
        name = hashlib.sha256(output).hexdigest()
        session.put(f"{self.base}/blobs/{name}", data=output, timeout=60).raise_for_status()
        return {"output_blob": f"sha256:{name}"}

    def hand_in(self, session, end):
        """Again until the server has it. A conflict means that the job was taken from us, or that an earlier answer got lost."""
        while True:
            try:
                answer = session.post(self.url("finish"), json={"ends": [end]}, timeout=20)
                if answer.status_code == 404:
                    return
                answer.raise_for_status()
                (result,) = answer.json()["results"]
                if result.get("error", {}).get("code") not in ("unavailable", "resource_exhausted"):
                    return
            except requests.RequestException:
                pass
            if self.stopping.wait(1):
                return

    def work(self):
        """Claims as many as there are free slots, until the worker stops. Then waits for what runs, and signs off."""
        session = self.session()
        beating = threading.Thread(target=self.beat)
        beating.start()
        while not self.stopping.is_set():
            if not self.slot_free.acquire(timeout=0.2):
                continue
            try:
                answer = session.post(self.url("claim"), json={"count": 1, "wait_seconds": 2}, timeout=15)
                runs = answer.json()["runs"] if answer.status_code == 200 else []
            except requests.RequestException:
                runs = []
                self.stopping.wait(1)
            for run in runs:
                with self.lock:
                    self.held[run["job_id"], run["fence"]] = threading.Event()
                threading.Thread(target=self.run, args=(run,)).start()
            if not runs:
                self.slot_free.release()
        for _ in range(self.slots):
            self.slot_free.acquire()
        beating.join()
        session.delete(f"{self.base}/workers/{self.id}", timeout=10)


if __name__ == "__main__":
    Worker(sys.argv[1], sys.argv[2], lambda document, must_stop: document).work()
