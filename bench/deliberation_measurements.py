"""Deliberations: streams, calls in flight, the engine, votes among stragglers, cancelling, and the gRPC door."""
import asyncio
import datetime
import json
import random
import re
import resource
import shutil
import statistics
import subprocess
import threading
import time
import urllib.request

from served import Served, clean_environment

VOTE_FIRST_TOKEN_MS = 100
AGENTS = 5
DEADLINE_SECONDS = 15  # time enough to ask for all of them
FOLLOWED = 20
CANCELS_AT_A_TIME = 200
SHORT_DELIBERATIONS = 5  # whose answers tell the model client what late is, as it knows in a server that has been up for a minute
CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"x "}}]}\n\n'


class Stub:
    """`orc model-stub`, on the processor that is named."""

    def __init__(self, orc, *arguments, processor=None):
        pinned = ["taskset", "-c", str(processor)] if processor is not None else []
        self._process = subprocess.Popen([*pinned, str(orc), "model-stub", "--listen", "127.0.0.1:0", *map(str, arguments)], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, text=True, env=clean_environment())
        self.url = self._process.stdout.readline().split()[-1]

    def counts(self):
        with urllib.request.urlopen(self.url + "/counts", timeout=30) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=30)
        self._process.stdout.close()


def wait_until(holds, seconds, every=0.02):
    """Whether it came to hold in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            return False
        pause.wait(every)
    return True


def question(url, agents=5, preset="independent", name="bench", **options):
    body = {"task_id": name, "task_description": "Name a prime above 10.", "role": "DEV", "constraints": {"story_id": "bench", "timeout_seconds": 600},
            "agents": [{"id": f"agent-{i}", "role": "DEV", "model": "m"} for i in range(agents)], "vllm_url": url, "vllm_model": "m", "options": options}
    return body if "stages" in options else body | {"preset": preset}  # stages stand instead of a preset


def model_bench(settings, *words, processor=None):
    if not settings.model_bench.exists():
        raise SystemExit("build it first: ./dev build release orc_model_bench")
    pinned = ["taskset", "-c", str(processor)] if processor is not None else []
    done = subprocess.run([*pinned, str(settings.model_bench), *map(str, words)], stdout=subprocess.PIPE, check=True, env=clean_environment())
    return json.loads(done.stdout)


def streams(settings):
    """The model client reads on one core, the stub writes on the other."""
    figures = {}
    for count in (1_000, 2_000):
        with Stub(settings.orc, "--stamps", "--tokens", 20 * settings.seconds, "--tokens-per-second", 20, "--first-token", 200, processor=1) as stub:
            read = model_bench(settings, "streams", stub.url, count, max(1, settings.seconds // 2), processor=0)
        figures[f"streams_{count}_late_max_ms"] = read["late_max_ms"]
        figures[f"streams_{count}_late_p99_ms"] = read["late_p99_ms"]
        figures[f"streams_{count}_core_share"] = read["core_share"]
    return figures


def in_flight(settings, folder):
    """So many deliberations of five agents whose models have not begun to answer."""
    count = settings.deliberations
    with Stub(settings.orc, "--first-token", 3_600_000) as stub, Served(settings.orc, folder / "flight", "--roles", "api,executor") as served:
        before = served.resident_mb()
        for _ in range(count):
            served.post("/api/v1/deliberations", question(stub.url))
        if not wait_until(lambda: stub.counts()["open"] == 5 * count, 60):
            raise SystemExit(f"only {stub.counts()['open']} of {5 * count} calls were open after a minute")
        figures = {"deliberations_in_flight": count, "in_flight_resident_mb": served.resident_mb(), "in_flight_idle_resident_mb": before}
    return figures


class Opinions:
    """What each of five models answers to each of so many questions: right three times out of five, else one of two wrong ones, by seed. So most
    votes are split, some are close, and an answer that was decided too early would be another one."""

    ANSWERS, CHANCES = (11, 13, 17), (3, 1, 1)

    def __init__(self, questions, folder, seed=1):
        dice = random.Random(seed)
        self._all = [dice.choices(self.ANSWERS, self.CHANCES, k=5) for _ in range(questions)]
        self.record = folder / "record.jsonl"
        self.record.write_text("".join(json.dumps({"match": self.task(i), "model": f"m{agent}", "answer": f"It is {answer}."}) + "\n"
                                       for i, answers in enumerate(self._all) for agent, answer in enumerate(answers)))

    @staticmethod
    def task(number):
        return f"Question {number}: name a prime above 10."

    def split(self):
        return sum(len(set(answers)) > 1 for answers in self._all)


def ask_for_vote(served, url, number, **how):
    """Of the question of that number; the path of the deliberation."""
    body = question(url, name=f"vote-{number}", extract={"kind": "number"}, **how) | {"task_description": Opinions.task(number), "per_agent_models": True}
    for place, agent in enumerate(body["agents"]):
        agent["model"] = f"m{place}"
    return "/api/v1/deliberations/" + served.post("/api/v1/deliberations", body)["deliberation_id"]


def end_of(served, path):
    if not wait_until(lambda: served.get(path)["status"] != "running", 30, every=0.01):
        raise SystemExit(f"{path} did not end")
    return served.get(path)


def answer_of(ended):
    return ended["result"]["metadata"]["answer"]


def votes(settings, folder):
    """Votes of five agents among stragglers; the same votes in which all are waited for, for their answers; and the same number of questions put to the
    same stub by hand, waiting for all, for its time."""
    arguments = ("--first-token", VOTE_FIRST_TOKEN_MS, "--tokens-per-second", 0, "--stragglers", 0.05, "--straggler-factor", 10)
    rounds = settings.votes
    opinions = Opinions(rounds, folder)
    with Served(settings.orc, folder / "votes", "--roles", "api,executor") as served:
        with Stub(settings.orc, *arguments, "--record", opinions.record) as stub:
            ended = [end_of(served, ask_for_vote(served, stub.url, i, preset="vote")) for i in range(rounds)]
            asked = stub.counts()["asked"]
        with Stub(settings.orc, "--first-token", 0, "--tokens-per-second", 0, "--record", opinions.record) as stub:
            patient = {"stages": [{"kind": "propose", "stop": "never"}, {"kind": "vote"}]}
            waited_for = [end_of(served, ask_for_vote(served, stub.url, i, **patient)) for i in range(rounds)]
    with Stub(settings.orc, *arguments, "--record", opinions.record) as stub:
        waited = [slowest_of_five(stub.url, i) for i in range(rounds)]
    p95 = statistics.quantiles([milliseconds_between(one["created_at"], one["ended_at"]) for one in ended], n=20)[-1]
    return {"vote_p95_ms": p95, "vote_wait_for_all_p95_ms": statistics.quantiles(waited, n=20)[-1],
            "vote_p95_ratio": p95 / statistics.quantiles(waited, n=20)[-1], "vote_more_calls_percent": 100 * (asked / (5 * rounds) - 1),
            "vote_split_percent": 100 * opinions.split() / rounds,
            "vote_early_percent": 100 * sum(any(call["outcome"] == "stopped" for call in one["calls"]) for one in ended) / rounds,
            "vote_different_answers": sum(answer_of(one) != answer_of(other) for one, other in zip(ended, waited_for, strict=True))}


def milliseconds_between(first, last):
    def seconds(text):
        hours, minutes, rest = re.search(r"T(\d+):(\d+):([\d.]+)Z", text).groups()
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)
    return ((seconds(last) - seconds(first)) % 86_400) * 1000


def slowest_of_five(url, number):
    """Milliseconds until five questions at once have all been answered."""
    def ask(agent):
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"{number} {agent}"}]}).encode()
        with urllib.request.urlopen(urllib.request.Request(url + "/v1/chat/completions", body), timeout=60) as answer:
            answer.read()
    started = time.monotonic()
    askers = [threading.Thread(target=ask, args=(agent,)) for agent in range(5)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return (time.monotonic() - started) * 1000


class Upstream:
    """A model server that begins each answer and never ends it, and knows when its readers hung up: by the steady clock, and by the wall clock and the
    first part of the path."""

    def __init__(self):
        self.open, self.closed_at, self.closed_by_path = 0, [], {}
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head).group(1)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        self.open += 1
        try:
            await reader.read(1)
        except ConnectionError:
            pass  # a reset is a way to hang up
        self.closed_at.append(time.monotonic())
        self.closed_by_path.setdefault(head.split(b"/")[1].decode(), []).append(time.time())
        self.open -= 1
        writer.close()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def cancels(settings, folder):
    """Deliberations of five agents in the midst of their answers, cancelled one after another: until the last of its connections is closed. So many at a
    time, as models that have fallen silent are not waited for for ever."""
    upstream, rounds, times = Upstream(), settings.cancels, []
    with Served(settings.orc, folder / "cancels", "--roles", "api,executor") as served:
        for first in range(0, rounds, CANCELS_AT_A_TIME):
            ids = [served.post("/api/v1/deliberations", question(upstream.url))["deliberation_id"] for _ in range(first, min(rounds, first + CANCELS_AT_A_TIME))]
            if not wait_until(lambda count=len(ids): upstream.open == AGENTS * count, 60):
                raise SystemExit(f"only {upstream.open} of {AGENTS * len(ids)} calls were open after a minute")
            for name in ids:
                closed, started = len(upstream.closed_at) + AGENTS, time.monotonic()
                served.post(f"/api/v1/deliberations/{name}/cancel", {})
                if not wait_until(lambda closed=closed: len(upstream.closed_at) >= closed, 10, every=0.001):
                    raise SystemExit("a connection was not closed")
                times += [(at - started) * 1000 for at in upstream.closed_at[-AGENTS:]]
        left = upstream.open
    upstream.stop()
    return {"cancel_p99_ms": statistics.quantiles(times, n=100)[-1], "cancel_max_ms": max(times), "cancel_left_open": left}


def deadlines(settings, folder):
    """The same where their time ends them."""
    upstream, rounds = Upstream(), settings.cancels // AGENTS
    with Served(settings.orc, folder / "deadlines", "--roles", "api,executor") as served:
        due = {}
        for number in range(rounds):
            body = question(f"{upstream.url}/d{number}")
            body["constraints"]["timeout_seconds"] = DEADLINE_SECONDS
            path = "/api/v1/deliberations/" + served.post("/api/v1/deliberations", body)["deliberation_id"]
            due[f"d{number}"] = wall_seconds(served.get(path)["created_at"]) + DEADLINE_SECONDS
        if not wait_until(lambda: upstream.open + len(upstream.closed_at) == AGENTS * rounds, DEADLINE_SECONDS) or upstream.closed_at:
            raise SystemExit(f"{upstream.open} of {AGENTS * rounds} calls were open, and {len(upstream.closed_at)} over, before the time was")
        wait_until(lambda: len(upstream.closed_at) == AGENTS * rounds, 2 * DEADLINE_SECONDS)
        left = upstream.open
    upstream.stop()
    return {"deadline_max_ms": max((at - due[name]) * 1000 for name, all_of_it in upstream.closed_by_path.items() for at in all_of_it),
            "deadline_left_open": left}


def wall_seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Follower(threading.Thread):
    """Follows one deliberation, and notes how late the oldest token of each delta was, in milliseconds: by the stub's stamps, which are microseconds of
    the clock that this process has too."""

    def __init__(self, served, name):
        super().__init__(daemon=True)
        self.late = []
        self._asked = urllib.request.Request(f"{served.api}/api/v1/deliberations/{name}/stream", headers={"Authorization": "Bearer " + served.token})
        self.start()

    def run(self):
        kind = ""
        with urllib.request.urlopen(self._asked, timeout=60) as stream:
            for line in stream:
                if line.startswith(b"event: "):
                    kind = line[7:].strip()
                elif line.startswith(b"data: ") and kind == b"delta":
                    self.late.append(time.monotonic() * 1000 - int(json.loads(line[6:])["text"].split()[0]) / 1000)


def served_streams(settings, folder):
    """A thousand streams in whole deliberations: each delta is stored, some are followed. The server has one core, the stub and the followers the
    other."""
    count, seconds = max(FOLLOWED, settings.deliberations // 10), settings.seconds + 5
    with Stub(settings.orc, "--stamps", "--tokens", 20 * seconds, "--tokens-per-second", 20, "--first-token", 2_000, processor=1) as stub, \
            Served(settings.orc, folder / "streams", "--roles", "api,executor", processor=0) as served:
        short = [served.post("/api/v1/deliberations", question(stub.url, max_tokens=1))["deliberation_id"] for _ in range(SHORT_DELIBERATIONS)]
        if any(end_of(served, f"/api/v1/deliberations/{name}")["status"] != "completed" for name in short):
            raise SystemExit("a short deliberation failed")
        ids = [served.post("/api/v1/deliberations", question(stub.url))["deliberation_id"] for _ in range(count)]
        followers = [Follower(served, name) for name in ids[:FOLLOWED]]
        if not wait_until(lambda: stub.counts()["open"] == AGENTS * count, 30):
            raise SystemExit(f"only {stub.counts()['open']} of {AGENTS * count} streams were open at once")
        if not wait_until(lambda: all(follower.late for follower in followers), 30):
            raise SystemExit("not every follower heard something")
        began, used = time.monotonic(), served.cpu_seconds()
        wait_until(lambda: time.monotonic() > began + settings.seconds, 2 * settings.seconds)
        share = (served.cpu_seconds() - used) / (time.monotonic() - began)
        calls = [call for name in ids for call in end_of(served, f"/api/v1/deliberations/{name}")["calls"]]
        for follower in followers:
            follower.join()
    late = [one for follower in followers for one in follower.late]
    return {"served_streams_late_max_ms": max(late), "served_streams_late_p99_ms": statistics.quantiles(late, n=100)[-1],
            "served_streams_core_share": share, "served_streams_failed": sum(call["outcome"] != "succeeded" for call in calls)}


def protobuf(*fields):
    """Fields as (number, text or bytes)."""
    out = b""
    for number, value in fields:
        value = value.encode() if isinstance(value, str) else value
        length, size = len(value), b""
        while length > 127:
            size, length = size + bytes([length & 127 | 128]), length >> 7
        out += bytes([number << 3 | 2]) + size + bytes([length]) + value
    return out


def grpc(settings, folder):
    """64 streams on 4 connections, each call durable before its answer. What counts is what was stored: a refused call is an answer too."""
    if not shutil.which("h2load"):
        raise SystemExit("h2load is not here: ./dev setup installs nghttp2-client")
    with Stub(settings.orc, "--first-token", 3_600_000) as stub, \
            Served(settings.orc, folder / "grpc", "--roles", "api,executor", "--grpc-listen", "127.0.0.1:0") as served:
        agent = protobuf((1, "a"), (2, "DEV"), (3, "m"))
        message = protobuf((1, "bench"), (2, "Name a prime above 10."), (3, "DEV"), (4, protobuf((1, "bench"))), (5, agent), (6, stub.url), (7, "m"))
        body = folder / "request.bin"
        body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
        address = json.loads((served.data_dir / "endpoints.json").read_text())["grpc"].removeprefix("http://")
        done = subprocess.run(["h2load", "-c", "4", "-m", "16", "-n", str(settings.seconds * 4_000), "-d", str(body), "-H", "content-type: application/grpc",
                               "-H", "te: trailers", f"http://{address}/fleet.ray_executor.v1.RayExecutorService/ExecuteDeliberation"],
                              capture_output=True, text=True, check=True)
        stored = served.get("/api/v1/deliberations?limit=1&scope=all")["total"]
    answered = int(re.search(r"(\d+) succeeded", done.stdout).group(1))
    time, unit = re.search(r"finished in ([\d.]+)(ms|s|us)", done.stdout).groups()
    seconds = float(time) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]
    return {"grpc_execute_per_second": stored / seconds, "grpc_execute_failed": max(0, answered - stored)}


def deliberations(settings, folder):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # ten thousand calls are ten thousand sockets
    return (streams(settings) | served_streams(settings, folder) | in_flight(settings, folder) | grpc(settings, folder) | engine(settings) |
            votes(settings, folder) | cancels(settings, folder) | deadlines(settings, folder))


def engine(settings):
    """Of five agents, as most have, and of as many as there may be: there what matters is also how long the thread is held at a time."""
    five = model_bench(settings, "engine", AGENTS, settings.deliberations)
    hundred = model_bench(settings, "engine", 100, max(1, settings.deliberations // 100))
    thousand = model_bench(settings, "engine", 1_000, 1)
    return {"engine_p99_ms": five["engine_p99_ms"], "engine_100_p99_ms": hundred["engine_p99_ms"], "engine_1000_p99_ms": thousand["engine_p99_ms"],
            "engine_1000_piece_p99_ms": thousand["piece_p99_ms"]}
