"""What tests speak to a server with. Every answer is held against api/openapi.yaml before a test sees it."""
import dataclasses
import json
import threading
import time
import urllib.parse

import requests

FINAL = ("completed", "failed", "cancelled")
REQUEST_SECONDS_MAX = 60


def until(question, seconds=30, every=0.02):
    """Asks until the answer is true and returns it. For what can only be seen from outside by asking."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not so after {seconds} s: {question.__doc__ or question}"
        pause.wait(every)


class Client:
    def __init__(self, url, contract, token=None):
        self.url = url
        self.contract = contract
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False

    def with_token(self, token):
        return Client(self.url, self.contract, token)

    def request(self, method, path, expect=None, headers=None, **arguments):
        """`expect`: the status that the answer must have. Other arguments as requests takes them."""
        headers = dict(headers or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        send = lambda: self._session.request(method, self.url + path, headers=headers, allow_redirects=False, timeout=REQUEST_SECONDS_MAX, **arguments)
        response = send()
        if response.status_code == 503 and expect not in (None, 503) and method in ("GET", "PUT", "DELETE"):  # as any client of a busy server
            threading.Event().wait(float(response.headers["Retry-After"]))
            response = send()
        self.contract.check(method, urllib.parse.urlsplit(path).path, response)
        if expect is not None:
            assert response.status_code == expect, f"{method} {path} → {response.status_code} {response.text[:500]}, expected {expect}"
        return response

    def get(self, path, expect=200, **arguments):
        return self.request("GET", path, expect, **arguments)

    def post(self, path, body=None, expect=None, **arguments):
        return self.request("POST", path, expect, json=body, **arguments)

    def put(self, path, body=None, expect=None, **arguments):
        return self.request("PUT", path, expect, json=body, **arguments)

    def delete(self, path, expect=204, **arguments):
        return self.request("DELETE", path, expect, **arguments)

    def post_bytes(self, path, body, expect=None, content_type="application/json", **arguments):
        headers = {"Content-Type": content_type} if content_type is not None else {}
        return self.request("POST", path, expect, data=body, headers=headers, **arguments)

    def submit(self, plugin, input_data=None, expect=202, **fields):
        return self.post("/api/v1/jobs", {"plugin_name": plugin, "input_data": input_data} | fields, expect).json()

    def finished(self, job_id, seconds=30):
        """The job, once it is in a final state."""
        def look():
            job = self.get(f"/api/v1/jobs/{job_id}").json()
            return job if job["status"] in FINAL else None

        return until(look, seconds)

    def in_status(self, job_id, status, seconds=30):
        def look():
            job = self.get(f"/api/v1/jobs/{job_id}").json()
            assert job["status"] == status or job["status"] not in FINAL, f"the job is {job['status']} and will never be {status}: {job}"
            return job if job["status"] == status else None

        return until(look, seconds)


@dataclasses.dataclass
class User:
    id: int
    email: str
    password: str
    client: Client


def make_user(anyone, email, password="a good long password", **fields):
    """Registers and logs in. The first one in an empty database is the administrator."""
    user = anyone.post("/api/v1/users", {"email": email, "password": password} | fields, 201).json()
    return User(user["id"], email, password, anyone.with_token(log_in(anyone, email, password)))


def log_in(anyone, email, password):
    return anyone.post("/api/v1/auth/token", {"username": email, "password": password}, 200).json()["access_token"]


def member_bytes(answer, name):
    """The exact bytes of a top-level member of a JSON object."""
    text = answer.decode()
    decoder, at = json.JSONDecoder(), text.index("{") + 1
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        key, at = decoder.raw_decode(text, at)
        at = text.index(":", at) + 1
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
        _, end = decoder.raw_decode(text, at)
        if key == name:
            return text[at:end].encode()
        at = end
