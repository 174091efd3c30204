"""Recordings of whole sessions of the worker protocol: how one is made, and how it is played to either end.

A recording is a list of steps in the order in which they ended: what somebody did at the server (`package`, `submit`, `cancel`), and each
exchange between the worker and the server. `python3 tests/harness/worker_recording.py FILE` makes one; see tests/golden/worker_protocol.
"""
import base64
import gzip
import hashlib
import http.server
import json
import pathlib
import sys
import tempfile
import threading

import plugin_package
import requests

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "golden/worker_protocol"
NEWEST = FOLDER / "v1_warm_files.json"  # of a release that could say all that today's can
BASE = "/api/v1/worker/v1"
RUNNER = ("--workers", "1", "--name", "recorded", "--gpus", "1", "--resource", "licence=2", "--label", "zone=a")
OWN_NAMES = ("custom", "labels", "env")  # objects whose fields are somebody's own words


def packed(path, body):
    """A body as it stands in a recording: blobs as base64, everything else as the JSON that it is."""
    if not body:
        return None
    return {"base64": base64.b64encode(body).decode()} if "/blobs/" in path else {"json": json.loads(body)}


def unpacked(body):
    if body is None:
        return b""
    return base64.b64decode(body["base64"]) if "base64" in body else json.dumps(body["json"]).encode()


def load(file):
    return json.loads(pathlib.Path(file).read_text(encoding="utf-8"))["steps"]


def words(value, where=""):
    """Every field that a body has, by its whole name, such as `runs[].input_text`."""
    if isinstance(value, list):
        return set().union(*(words(one, where + "[]") for one in value))
    if not isinstance(value, dict) or where.endswith(OWN_NAMES):
        return {where}
    return set().union(*(words(one, f"{where}.{name}" if where else name) for name, one in value.items()))


def words_of(exchanges, side):
    """What the exchanges of a session say, a set for each operation: `side` is `request`, the worker's, or `answer`, the server's."""
    said = {}
    for step in exchanges:
        operation = step["request"]["method"], step["request"]["path"].rpartition("/")[2] if "/blobs/" not in step["request"]["path"] else "blob"
        body = step[side]["body"]
        if body and "json" in body:
            said[operation] = said.get(operation, set()) | words(body["json"])
    return said


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def _any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer, kind = self.server.answer(self.command, self.path, body, self.headers)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _any


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class RecordingProxy(_Server):
    """Stands between a worker and a server and writes down what passes."""

    def __init__(self, api):
        self.api, self.steps, self._lock = api, [], threading.Lock()
        super().__init__()

    def note(self, step):
        with self._lock:
            self.steps.append(step)

    def answer(self, method, path, body, headers):
        sent = {name: headers[name] for name in ("Authorization", "Content-Type") if name in headers}
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request(method, self.api + path, data=body, headers=sent, timeout=60)
        self.note({"request": {"method": method, "path": path.removeprefix(BASE), "body": packed(path, body)},
                   "answer": {"status": reply.status_code, "body": packed(path, reply.content)}})
        return reply.status_code, reply.content, reply.headers.get("Content-Type", "application/json")


class PlayedServer(_Server):
    """The server of a recording, for a worker of today: says again what the recorded server said. `ends` and `logs` are what it was told."""

    def __init__(self, steps):
        self.exchanges = [step for step in steps if "request" in step]
        self.claims = [step["answer"] for step in self._of("/claim") if step["answer"]["body"]["json"]["runs"]]
        self.results = {}
        for step in self._of("/finish"):
            for end, result in zip(step["request"]["body"]["json"]["ends"], step["answer"]["body"]["json"]["results"]):
                self.results[end["job_id"], end["fence"]] = result
        self.stops = {(run["job_id"], run["fence"]): run for step in self._of("/beat") for run in step["answer"]["body"]["json"]["stop"]}
        self.heard, self.ends, self.unknown, self.signed_off = [], [], [], threading.Event()
        self.logs = {}  # (job_id, fence) → number of a line → its text
        self._news, self._open, self._waiter = threading.Condition(), set(), 0
        super().__init__()

    def _of(self, verb):
        return [step for step in self.exchanges if step["request"]["path"].endswith(verb)]

    def answer(self, method, path, body, _):
        path = path.removeprefix(BASE)
        verb = path.rpartition("/")[2]
        self.heard.append({"request": {"method": method, "path": path, "body": packed(path, body)}})
        by_verb = {"claim": self._claim, "beat": self._beat, "finish": self._finish}
        if self._of("/report"):
            by_verb["report"] = self._report
        if method == "POST" and verb in by_verb:
            return 200, json.dumps(by_verb[verb](json.loads(body))).encode(), "application/json"
        same = [step for step in self.exchanges if (step["request"]["method"], step["request"]["path"]) == (method, path)]
        if not same:  # as a server answers that knows no such operation
            self.unknown.append((method, path))
            return 404, b'{"detail":"Not Found"}', "application/json"
        if method == "DELETE":
            self.signed_off.set()
        reply = same[0]["answer"]
        kind = "application/octet-stream" if "/blobs/" in path else "application/json"
        return reply["status"], unpacked(reply["body"]), kind

    def _claim(self, asked):
        """One recorded answer after another, each once the runs of the one before have ended."""
        with self._news:
            self._waiter += 1
            mine = self._waiter
            self._news.notify_all()
            is_over = lambda: self._waiter != mine or (self.claims and not self._open)
            self._news.wait_for(is_over, timeout=asked.get("wait_seconds", 0) if asked["count"] else 0)
            if self._waiter != mine or not asked["count"] or not self.claims or self._open:
                return {"service": "1", "runs": [], "versions": []}
            given = self.claims.pop(0)["body"]["json"]
            self._open = {(run["job_id"], run["fence"]) for run in given["runs"]}
            return given

    def _beat(self, asked):
        held = {(run["job_id"], run["fence"]) for run in asked["held"]}
        stop = [run for name, run in self.stops.items() if name in held]
        if not stop:
            with self._news:
                self._news.wait(timeout=asked.get("wait_seconds", 0))
        return {"stop": stop}

    def _hear(self, told):
        first = told.get("log_from", 1)
        for n, line in enumerate(told.get("log", []), first):
            self.logs.setdefault((told["job_id"], told["fence"]), {})[n] = line["text"]

    def _report(self, asked):
        for told in asked["reports"]:
            self._hear(told)
        return {"results": [{"status": "processing"} for _ in asked["reports"]]}

    def _finish(self, asked):
        with self._news:
            self.ends += asked["ends"]
            for end in asked["ends"]:
                self._hear(end)
            self._open -= {(end["job_id"], end["fence"]) for end in asked["ends"]}
            self._news.notify_all()
        unknown = {"error": {"code": "conflict", "detail": "nobody gave this run"}}
        return {"results": [self.results.get((end["job_id"], end["fence"]), unknown) for end in asked["ends"]]}


class Replay:
    """The worker of a recording, for a server of today: `admin` and `worker` are clients of it. Ids are the new server's."""

    def __init__(self, steps, admin, worker):
        self.steps, self.admin, self.worker = steps, admin, worker
        self.worker_id, self.jobs, self.runs, self.exchanges = {}, {}, {}, []

    def play(self):
        for step in self.steps:
            if "request" in step:
                self._exchange(step["request"], step["answer"])
            else:
                getattr(self, "_" + step["did"])(step)

    def _package(self, step):
        self.admin.request("PUT", f"/api/v1/plugins/{step['name']}/package", 201, data=base64.b64decode(step["base64"]),
                           headers={"Content-Type": "application/octet-stream"})

    def _submit(self, step):
        self.jobs[step["id"]] = self.admin.post("/api/v1/jobs", step["job"], 202).json()["id"]

    def _cancel(self, step):
        self.admin.post(f"/api/v1/jobs/{self.jobs[step['id']]}/cancel", None, 202)

    def _translated(self, value):
        if isinstance(value, list):
            return [self._translated(one) for one in value]
        if isinstance(value, dict):
            value = {name: self._translated(one) for name, one in value.items()}
            if "job_id" in value and "fence" in value:
                value["job_id"], value["fence"] = self.runs[value["job_id"], value["fence"]]
            if "wait_seconds" in value:
                value["wait_seconds"] = 0  # what it waited for has been done by now
        return value

    def _exchange(self, request, answer):
        head, _, rest = request["path"].removeprefix("/workers/").partition("/")
        path = f"/workers/{self.worker_id[int(head)]}{'/' if rest else ''}{rest}" if head.isdigit() else request["path"]
        body = request["body"]
        if body and "json" in body:
            reply = self.worker.request(request["method"], BASE + path, json=self._translated(body["json"]))
        else:
            reply = self.worker.request(request["method"], BASE + path, data=unpacked(body))
        assert reply.status_code == answer["status"], f"{request['method']} {path}: {reply.status_code} {reply.text}, but {answer['status']} then"
        self.exchanges.append({"request": request, "answer": {"body": packed(request["path"], reply.content)}})
        if answer["body"] and "json" in answer["body"]:
            self._learn(answer["body"]["json"], reply.json())
            self._compare(answer["body"]["json"], reply.json(), path)
        elif answer["body"]:
            assert reply.content == unpacked(answer["body"])

    def _learn(self, then, now):
        if "worker_id" in then:
            self.worker_id[then["worker_id"]] = now["worker_id"]
        for run, new in zip(then.get("runs", []), now.get("runs", [])):
            self.runs[run["job_id"], run["fence"]] = new["job_id"], new["fence"]

    def _compare(self, then, now, where):
        """Everything that an older worker could find in an answer is still there, of the same kind; more may be there."""
        assert isinstance(now, type(then)) or {type(then), type(now)} <= {int, float}, f"{where}: {now!r} instead of {then!r}"
        if isinstance(then, list):
            assert len(then) == len(now), f"{where}: {now!r} instead of {then!r}"
            for old, new in zip(then, now):
                self._compare(old, new, where)
        elif isinstance(then, dict):
            for name, old in then.items():
                assert name in now, f"{where}: {name} is missing"
                if name == "stop":  # also told: runs that this beat held then, and that have ended by now
                    assert all(run in now[name] for run in self._translated(old)), f"{where}: {now!r} lacks some of {then!r}"
                else:
                    self._compare(old, now[name], f"{where} {name}")
        elif isinstance(then, str) and not where.endswith(("service", "detail")):
            assert then == now, where


# What a recorded session runs, in this order: plugin → its program, and what its plugin.json says beside that.
PROGRAMS = {
    "echo": (plugin_package.ECHO, {}),
    "failing": (plugin_package.EXIT % 3, {}),
    "for-ever": (plugin_package.FOR_EVER, {}),
    "talkative": ('i=0; while [ $i -lt 4 ]; do i=$((i + 1)); echo "line $i" >&2; sleep 0.4; done; echo "{}"\n', {}),
    "leaves-files": ('printf "%s" "$1" > "$ORC_OUTPUT_DIR/input.json"; echo \'{"progress": 0.5, "message": "half of it"}\' >&3; sleep 1.5; echo "{}"\n', {}),
    "stays-up": ("""printf '{"ready": true}\\n'\nread -r line\nid=${line#*:}\nprintf '{"id":%s,"output":{}}\\n' "${id%%,*}"\n""",
                 {"mode": "warm", "warm": {"requests_max": 1}}),
}
JOBS = (("echo", {"price": 0.87, "text": "\u00fc"}), ("echo", {"long": "x" * 20_000}), ("failing", {}), ("talkative", {}), ("for-ever", {}),
        ("leaves-files", {"n": 1}), ("stays-up", {}))


def record(file):
    """Plays a small life to a server and a runner of this tree, and keeps what they said to each other."""
    from client import Client, make_user, until
    from contract import Contract
    from orc_runner import OrcRunner, worker_key
    from orc_server import OrcServer

    with tempfile.TemporaryDirectory() as folder:
        server = OrcServer(folder + "/state", ("--roles", "api,registry"))
        admin = make_user(Client(server.api, Contract()), "admin@example.com").client
        proxy, packages = RecordingProxy(server.api), {}
        for name, (program, fields) in PROGRAMS.items():
            package = gzip.compress(plugin_package.package(name, program, limits={"grace_seconds": 1}, **fields), mtime=0)
            packages[name] = "/blobs/" + hashlib.sha256(package).hexdigest()
            proxy.note({"did": "package", "name": name, "base64": base64.b64encode(package).decode()})
            admin.request("PUT", f"/api/v1/plugins/{name}/package", 201, data=package, headers={"Content-Type": "application/octet-stream"})
        runner = OrcRunner(proxy.url, worker_key(admin), folder + "/runner", RUNNER)
        for number, (plugin, document) in enumerate(JOBS):
            job = {"plugin_name": plugin, "input_data": document, "max_attempts": 1}
            proxy.note({"did": "submit", "id": number, "job": job})
            made = admin.post("/api/v1/jobs", job, 202).json()
            if plugin == "for-ever":
                until(lambda: any(step.get("request", {}).get("path") == packages["for-ever"] for step in proxy.steps))  # it can run
                proxy.note({"did": "cancel", "id": number})
                admin.post(f"/api/v1/jobs/{made['id']}/cancel", None, 202)
            until(lambda: sum('"attempt ended"' in line for line in runner.lines) > number)
        runner.stop()
        server.stop()
    for step in proxy.steps:
        if "request" in step and step["request"]["path"] == "/workers":
            step["request"]["body"]["json"]["host"] = "recorded-host"  # not that of whoever recorded it
    pathlib.Path(file).write_text(json.dumps({"steps": proxy.steps}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(sys.argv[1])
