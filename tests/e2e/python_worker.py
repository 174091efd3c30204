"""A whole worker in Python: proof that docs/worker_protocol.md says enough. Needs only requests; started with the URL and a key."""
import hashlib
import json
import sys
import threading
import time

import requests

INLINE_BYTES_MAX = 16 * 1024
MAY_COME_AGAIN = (None, "unavailable", "resource_exhausted")  # codes of errors in results; None is no error


class Run:
    """One run, as its function sees it: `must_stop` is an event, say() and progress() tell what happens meanwhile."""

    def __init__(self, given):
        self.given, self.name = given, {"job_id": given["job_id"], "fence": given["fence"]}
        self.must_stop = threading.Event()
        self.log, self.told, self.how_far, self.is_refused = [], 0, {}, False

    def say(self, text):
        self.log.append({"t_ms": int(time.time() * 1000), "stream": "err", "text": text})

    def progress(self, fraction, message=""):
        self.how_far = {"progress": fraction, "message": message}

    def news(self):
        """The log from the first line on that the server has not confirmed, however often that was tried."""
        return {"log_from": self.told + 1, "log": self.log[self.told:]} if len(self.log) > self.told else {}


class Worker:
    """Runs `function(input, run) -> output` for each job. `equipment`: gpus, labels and so on."""

    def __init__(self, url, key, function, slots=2, equipment=None):
        self.base = url.rstrip("/") + "/api/v1/worker/v1"
        self.key, self.function, self.slots, self.equipment = key, function, slots, equipment or {}
        self.held = set()  # of runs; each of its operations is atomic in Python
        self.slot_free, self.stopping = threading.Semaphore(slots), threading.Event()
        self.sign_on()

    def session(self):  # one for each thread
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {self.key}"
        return session

    def sign_on(self):
        """Until the server takes it: it may be on its way back, as after a restart."""
        told, session, answer = {"name": "python", "isolation": "strict", "slots": self.slots} | self.equipment, self.session(), None
        while answer is None and not self.stopping.is_set():
            answer = self.ask(session, "", told)
        told = answer.json() if answer is not None else {"protocol": 1}
        assert told["protocol"] == 1
        self.id, self.beat_seconds, self.takes_reports = told.get("worker_id"), told.get("beat_seconds"), told.get("reports", False)

    def ask(self, session, verb, body, seconds=20):
        """The answer, or after a pause None: the same again later. A 404 stands for itself: taken for dead."""
        try:
            answer = session.post(f"{self.base}/workers" + (f"/{self.id}/{verb}" if verb else ""), json=body, timeout=seconds)
            if answer.ok or answer.status_code == 404:
                return answer
            print(answer.status_code, answer.text, file=sys.stderr)
        except requests.RequestException as error:
            print(error, file=sys.stderr)
        self.stopping.wait(1)

    def beat(self):
        """Until the worker stops: the wait makes it one request every beat_seconds, and a stop arrives at once."""
        session = self.session()
        while not self.stopping.is_set():
            answer = self.ask(session, "beat", {"held": [run.name for run in list(self.held)], "wait_seconds": self.beat_seconds}, 10)
            if answer is not None and answer.status_code == 404:  # what still runs is somebody else's now
                self.sign_on()
            for run in list(self.held):
                if answer is not None and run.name in answer.json().get("stop", []):
                    run.must_stop.set()

    def report(self):
        """Twice a second, what the runs say."""
        session = self.session()
        while self.takes_reports and not self.stopping.wait(0.5):
            told = [(run, run.news() | run.how_far) for run in list(self.held) if not run.is_refused and (run.news() or run.how_far)]
            answer = self.ask(session, "report", {"reports": [run.name | news for run, news in told]}) if told else None
            if answer is None or answer.status_code == 404:
                continue
            for (run, news), result in zip(told, answer.json()["results"]):
                run.told += 0 if "error" in result else len(news.get("log", []))
                run.how_far = {} if run.how_far.items() <= news.items() else run.how_far
                run.is_refused = result.get("error", {}).get("code") not in MAY_COME_AGAIN

    def input_of(self, session, given):
        if "input_text" in given:
            return json.loads(given["input_text"])
        answer = session.get(f"{self.base}/blobs/{given['input_blob'].removeprefix('sha256:')}", timeout=60)
        answer.raise_for_status()
        return json.loads(answer.content)

    def run(self, run):
        session, end = self.session(), run.name | {"isolation": "none"}
        try:
            output = json.dumps(self.function(self.input_of(session, run.given), run)).encode()
            end |= {"outcome": "succeeded", "exit_code": 0} | self.output_fields(session, output)
        except requests.RequestException as error:  # not the function's fault
            end |= {"outcome": "not_started", "message": str(error)}
        except Exception as error:  # whatever it does is the job's failure
            run.say(repr(error))
            end |= {"outcome": "cancelled" if run.must_stop.is_set() else "failed", "message": str(error)}
        self.hand_in(session, end | run.news())
        self.held.remove(run)
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
            answer = self.ask(session, "finish", {"ends": [end]})
            if answer is not None and (answer.status_code == 404 or "status" in answer.json()["results"][0]
                                       or answer.json()["results"][0]["error"]["code"] not in MAY_COME_AGAIN) or self.stopping.wait(1):
                return

    def work(self):
        """Claims as long as there is a free slot, until the worker stops. Then waits for what runs, and signs off."""
        session, others = self.session(), [threading.Thread(target=self.beat), threading.Thread(target=self.report)]
        for thread in others:
            thread.start()
        while not self.stopping.is_set():
            if not self.slot_free.acquire(timeout=0.2):
                continue
            answer = self.ask(session, "claim", {"count": 1, "wait_seconds": 2}, 15)
            given = answer.json()["runs"] if answer is not None and answer.status_code == 200 else []
            for run in map(Run, given):
                self.held.add(run)
                threading.Thread(target=self.run, args=(run,)).start()
            if not given:
                self.slot_free.release()
        for wait_for in [self.slot_free.acquire] * self.slots + [thread.join for thread in others]:
            wait_for()
        session.delete(f"{self.base}/workers/{self.id}", timeout=10)


if __name__ == "__main__":
    Worker(sys.argv[1], sys.argv[2], lambda document, run: document).work()
