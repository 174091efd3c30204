"""Clients of an installation under attack. Each writes down what it was answered, as (start, end, status): status 0 is no answer at all."""
import json
import threading
import time

BETWEEN_SECONDS = 0.05  # of one client
WAIT_SECONDS = 1  # for a job's end, or for a job
LOGIN_EVERY_SECONDS = 0.5  # each costs a password


class Asker(threading.Thread):
    """Asks the same again and again until `over`: `ask(api)` → (status, bytes) or None."""

    def __init__(self, api, ask, over, every=BETWEEN_SECONDS):
        super().__init__(daemon=True)
        self._api, self._ask, self._over, self._every, self.answers = api, ask, over, every, []

    def run(self):
        while not self._over.wait(self._every):
            self.put(lambda: self._ask(self._api))

    def put(self, question):
        start = time.monotonic()
        answer = question()
        self.answers.append((start, time.monotonic(), answer[0] if answer else 0))
        return answer


class Client(Asker):
    """Submits with a key, one request after the other; each key until it is acknowledged."""

    def __init__(self, api, numbers, over):
        super().__init__(api, None, over)
        self._numbers, self.acked, self.sent = numbers, {}, 0

    def run(self):
        while not self._over.wait(BETWEEN_SECONDS):
            self.sent += 1
            number = next(self._numbers)
            while not self._submit(number):
                if self._over.wait(BETWEEN_SECONDS):
                    break

    def _submit(self, number):
        body = json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode()
        answer = self.put(lambda: self._api.call("POST", "/api/v1/jobs", body, headers={"Idempotency-Key": f"key-{number}"}))
        if not answer or answer[0] != 202:
            return False
        self.acked[json.loads(answer[1])["id"]] = number
        return True


class Waiter(Client):
    """The same, and each waits for its job's end: 202 where it did not come in time."""

    def _submit(self, number):
        body = json.dumps({"plugin_name": "tally", "input_data": {"n": number}}).encode()
        answer = self.put(lambda: self._api.call("POST", f"/api/v1/jobs?wait={WAIT_SECONDS}", body, headers={"Idempotency-Key": f"key-{number}"}))
        if not answer or answer[0] not in (200, 202):
            return False
        self.acked[json.loads(answer[1])["id"]] = number
        return True


class Claimer(Asker):
    """A worker for images alone, of which there are none: claims, and gets nothing."""

    def __init__(self, api, over):
        super().__init__(api, None, over)
        self._id = None

    def run(self):
        while not self._over.wait(BETWEEN_SECONDS):
            answer = self.put(self._claim if self._id else self._sign_on)
            if answer and answer[0] == 404:  # taken for dead, as it does not beat while its claims fail
                self._id = None

    def _sign_on(self):
        told = {"name": "claimer", "isolation": "strict", "slots": 1, "runtimes": ["image"]}
        answer = self._api.call("POST", "/api/v1/worker/v1/workers", json.dumps(told).encode())
        if answer and answer[0] < 300:
            self._id = json.loads(answer[1])["worker_id"]
        return answer

    def _claim(self):
        body = json.dumps({"count": 1, "wait_seconds": WAIT_SECONDS}).encode()
        return self._api.call("POST", f"/api/v1/worker/v1/workers/{self._id}/claim", body)


def longest_silence(moments, since, until):
    """The longest time in between in which none of them lies."""
    inside = sorted(moment for moment in moments if since < moment < until)
    return max(after - before for before, after in zip([since, *inside], [*inside, until]))
