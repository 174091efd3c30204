"""Several `orc serve` on one PostgreSQL database: each does its part, hears of the others at once, and goes without the others noticing."""
import concurrent.futures
import datetime
import hashlib
import json
import secrets
import statistics
import subprocess
import threading
import time

import plugin_package
import pytest
from client import Client, log_in, make_user, until
from orc_runner import worker_key
from orc_server import ORC, OrcServer, clean_environment

LEASE_SECONDS = 10
# Takes as many seconds as its input says.
SLEEPER = 'sleep "$(tr -dc 0-9)"\nprintf "{}"\n'


class Site:
    """Processes on one database, and what an administrator has at each API."""

    def __init__(self, postgres, folder, contract):
        url = postgres.new_database()
        self._folder, self._contract = folder, contract
        self.sql = lambda text: postgres.sql(text, url)
        self.environment = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32)}
        self.processes = []
        self._token = None

    def start(self, roles, name=None, **options):
        process = OrcServer(self._folder / (name or f"process-{len(self.processes)}"), ("--roles", roles, "--workers", "2"),
                            environment=self.environment, **options)
        self.processes.append(process)
        return process

    def anyone(self, process):
        return Client(process.api, self._contract)

    def admin(self, process):
        """The first one asked for registers; the token is good at every API."""
        if self._token is None:
            self._token = make_user(self.anyone(process), "admin@example.com").client.token
        return self.anyone(process).with_token(self._token)

    def registry(self, process):
        return Client(process.registry, self._contract)

    def end(self):
        for process in self.processes:
            if process.process.poll() is None:
                process.stop()


@pytest.fixture(name="site")
def _site(postgres, contract, tmp_path):
    site = Site(postgres, tmp_path, contract)
    yield site
    site.end()


class Split:
    """Two APIs, a registry and two workers; plugins are uploaded at the registry."""

    def __init__(self, site):
        self.site = site
        started = [site.start(roles, wait=False) for roles in ("api", "api", "registry", "worker", "worker")]
        for process in started:
            process.wait_ready()
        self.api_a, self.api_b, self.registry, *self.workers = started
        self.a, self.b = site.admin(self.api_a), site.admin(self.api_b)
        plugin_package.upload(site.registry(self.registry), "echo", plugin_package.ECHO)
        plugin_package.upload(site.registry(self.registry), "sleeper", SLEEPER, limits={"timeout_seconds": 120, "grace_seconds": 1})

    def attempts(self, job):
        return self.a.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]

    def holder_of(self, job):
        """The worker process that runs it."""
        def look():
            running = [item for item in self.attempts(job) if item["outcome"] is None]
            return running[0]["worker"] if running else None

        name = until(look)
        return next(worker for worker in self.workers if name.endswith(f":{worker.process.pid}"))


@pytest.fixture(name="calm", scope="module")
def _calm(postgres, contract, tmp_path_factory):
    """For all tests that leave every process where it is."""
    site = Site(postgres, tmp_path_factory.mktemp("calm"), contract)
    yield Split(site)
    site.end()


@pytest.fixture(name="split")
def _split(site):
    """For one test that may end some of it."""
    return Split(site)


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def lag(question):
    """How many seconds pass until it is true; asked without a pause."""
    start = time.monotonic()
    until(question, seconds=5, every=0.001)
    return time.monotonic() - start


def test_each_role_has_its_listeners_and_its_readiness(calm):
    for process, listeners in ((calm.api_a, {"api"}), (calm.registry, {"registry"}), (calm.workers[0], set())):
        endpoints = json.loads((process.data_dir / "endpoints.json").read_text())
        assert set(endpoints) == listeners | {"pid"}
        assert (process.data_dir / "cli.json").exists() == bool(listeners)
        assert "one server only" not in process.output
    for client in (calm.a, calm.site.registry(calm.registry)):
        checks = client.get("/health/ready").json()["checks"]
        assert set(checks) == {"database", "signals"} and "are heard" in checks["signals"]["detail"]
    workers = calm.a.get("/api/v1/workers").json()["items"]
    assert sorted(int(worker["name"].rpartition(":")[2]) for worker in workers) == sorted(worker.process.pid for worker in calm.workers)


def test_a_wait_is_right_while_nobody_hears_the_others(calm, postgres):
    """Polling is the fallback: the listening sessions are cut and cannot come back."""
    url = calm.site.environment["DATABASE_URL"]
    name = url.split("/")[3].split("?")[0]
    for client in (calm.a, calm.b):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # so that every other connection is there
            list(pool.map(lambda _, c=client: c.with_token(c.token).get("/api/v1/jobs?limit=1"), range(24)))
        client.finished(client.submit("echo", {"n": 0})["id"])
    listeners = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND query ~ 'server_encoding|orc_signals'"
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false; {listeners}")
    try:
        until(lambda: "not heard" in calm.b.get("/health/ready").json()["checks"]["signals"]["detail"])
        start = time.monotonic()
        done = calm.b.post("/api/v1/jobs?wait=30", {"plugin_name": "echo", "input_data": {"n": 1}}, 200).json()
        # A poll of the workers and one of the API; two of the workers where one of them lost its only connection with the claim that held the job.
        assert done["status"] == "completed" and time.monotonic() - start < 13
        bob = make_user(calm.site.anyone(calm.api_a), "bill@example.com")
        at_b = calm.site.anyone(calm.api_b).with_token(bob.client.token)
        at_b.get("/api/v1/users/me")
        calm.a.delete(f"/api/v1/users/{bob.id}")
        assert lag(lambda: at_b.get("/api/v1/users/me", None).status_code == 401) < 1.5
    finally:
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    until(lambda: "are heard" in calm.b.get("/health/ready").json()["checks"]["signals"]["detail"])


def test_files_of_a_run_are_fetched_from_any_api_when_its_worker_and_the_api_that_took_it_are_gone(split):
    plugin_package.upload(split.site.registry(split.registry), "leaver", 'head -c 100000 /dev/zero >"$ORC_OUTPUT_DIR/zeros"\nprintf "{}"\n')
    job = split.a.submit("leaver", {})
    assert split.a.finished(job["id"])["status"] == "completed"
    for process in (*split.workers, split.api_a):
        process.kill()
    (kept,) = split.b.get(f"/api/v1/jobs/{job['id']}/artifacts").json()["items"]
    assert (kept["name"], kept["bytes"]) == ("zeros", 100_000)
    assert split.b.get(f"/api/v1/jobs/{job['id']}/artifacts/zeros").content == bytes(100_000)


def test_large_inputs_results_and_packages_go_through_every_process(calm):
    document = {"text": secrets.token_hex(512 * 1024)[:-len('{"text": ""}')]}  # a whole MiB, the most that is taken
    job = calm.a.submit("echo", document)
    assert calm.b.finished(job["id"])["result"] == document
    assert calm.b.get(f"/api/v1/jobs/{job['id']}").json()["input_data"] == document
    upload = secrets.token_bytes(5 << 20)
    name = hashlib.sha256(upload).hexdigest()
    calm.a.request("PUT", f"/api/v1/blobs/{name}", 201, data=upload, headers={"Content-Type": "application/octet-stream"})
    plugin_package.upload(calm.site.registry(calm.registry), "sum", "printf '\"%s\"' \"$(cat \"$ORC_INPUT_DIR\"/* | sha256sum | cut -c1-64)\"\n")
    job = calm.b.submit("sum", {"file": {"$blob": f"sha256:{name}"}})
    assert calm.a.finished(job["id"])["result"] == name
    for process in calm.site.processes:
        assert not (process.data_dir / "blobs").exists(), "nothing stays where the others cannot get it"
    plugin_package.upload(calm.site.registry(calm.registry), "new", "printf '{\"version\": 1}'\n")
    assert calm.b.finished(calm.b.submit("new", {})["id"])["result"] == {"version": 1}
    plugin_package.upload(calm.site.registry(calm.registry), "new", "printf '{\"version\": 2}'\n", 200, version="2.0.0")
    until(lambda: calm.b.get("/api/v1/plugins/new").json()["version"] == "2.0.0")
    assert calm.b.finished(calm.b.submit("new", {})["id"])["result"] == {"version": 2}


def test_what_one_process_changes_the_others_see_at_once(calm, tmp_path):
    lags = {}
    bob = make_user(calm.site.anyone(calm.api_a), "bob@example.com")
    at_b = calm.site.anyone(calm.api_b).with_token(bob.client.token)
    at_b.get("/api/v1/jobs?scope=all", 403)  # now it knows him
    calm.a.put(f"/api/v1/users/{bob.id}", {"role": "admin"}, 200)
    lags["role given"] = lag(lambda: at_b.get("/api/v1/jobs?scope=all", None).status_code == 200)
    calm.a.put(f"/api/v1/users/{bob.id}", {"role": "user"}, 200)
    lags["role taken"] = lag(lambda: at_b.get("/api/v1/jobs?scope=all", None).status_code == 403)
    command = [ORC, "user", "role", bob.email, "admin", "--data-dir", str(tmp_path / "nobodys")]
    subprocess.run(command, env=clean_environment(calm.site.environment), check=True, capture_output=True)
    lags["role given by the command line"] = lag(lambda: at_b.get("/api/v1/jobs?scope=all", None).status_code == 200)
    key = bob.client.post("/api/v1/api-keys", {"name": "k", "scopes": ["read"]}, 201).json()
    with_key = calm.site.anyone(calm.api_b).with_token(key["api_key"])
    with_key.get("/api/v1/jobs")
    bob.client.delete(f"/api/v1/api-keys/{key['id']}")
    lags["key revoked"] = lag(lambda: with_key.get("/api/v1/jobs", None).status_code == 401)
    eve = make_user(calm.site.anyone(calm.api_a), "eve@example.com")
    eve_at_b = calm.site.anyone(calm.api_b).with_token(eve.client.token)
    eve_at_b.get("/api/v1/users/me")
    calm.a.put(f"/api/v1/users/{eve.id}", {"password": "another good long one"}, 200)
    lags["password changed"] = lag(lambda: eve_at_b.get("/api/v1/users/me", None).status_code == 401)
    eve_at_b = eve_at_b.with_token(log_in(calm.site.anyone(calm.api_b), eve.email, "another good long one"))
    eve_at_b.get("/api/v1/users/me")
    calm.a.put(f"/api/v1/users/{eve.id}", {"is_active": False}, 200)
    lags["account paused"] = lag(lambda: eve_at_b.get("/api/v1/users/me", None).status_code == 401)
    registry = calm.site.registry(calm.registry)
    plugin_package.upload(registry, "short", plugin_package.ECHO)
    calm.b.finished(calm.b.submit("short", {})["id"])
    body = {"plugin_name": "short", "input_data": {}}
    registry.put("/api/v1/plugins/short", {"is_active": False}, 200)
    lags["plugin paused"] = lag(lambda: at_b.post("/api/v1/jobs", body).status_code == 409)
    registry.put("/api/v1/plugins/short", {"is_active": True}, 200)
    lags["plugin resumed"] = lag(lambda: at_b.post("/api/v1/jobs", body).status_code == 202)
    registry.delete("/api/v1/plugins/short")
    lags["plugin removed"] = lag(lambda: at_b.post("/api/v1/jobs", body).status_code == 404)
    calm.a.delete(f"/api/v1/users/{bob.id}")
    lags["user removed"] = lag(lambda: at_b.get("/api/v1/users/me", None).status_code == 401)
    print("seen elsewhere after: " + ", ".join(f"{what} {seconds * 1000:.0f} ms" for what, seconds in lags.items()))
    # Who is not told finds out by the age of what he remembers, after a second; one of many may wait for a busy machine.
    assert statistics.median(lags.values()) <= 0.25 and max(lags.values()) <= 0.9, lags


def test_two_registries_answer_alike(site):
    registries = [site.registry(site.start("registry", name)) for name in ("registry-one", "registry-other")]
    names = [f"tool-{number}" for number in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda number: plugin_package.upload(registries[number % 2], names[number], plugin_package.ECHO), range(len(names))))
    for registry in registries:
        until(lambda registry=registry: {one["name"] for one in registry.get("/api/v1/plugins?limit=100").json()["items"]} == set(names), seconds=3)
    registries[0].delete(f"/api/v1/plugins/{names[0]}")
    until(lambda: registries[1].get(f"/api/v1/plugins/{names[0]}", None).status_code == 404, seconds=3)


def test_of_first_accounts_made_at_two_apis_at_once_one_is_the_administrators(site):
    apis = [site.start("api", wait=False) for _ in range(2)]
    for api in apis:
        api.wait_ready()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        account = lambda n: site.anyone(apis[n % 2]).post("/api/v1/users", {"email": f"u{n}@example.com", "password": "a good long password"}, 201).json()
        users = list(threads.map(account, range(8)))
    assert [user["role"] for user in users].count("admin") == 1
    admin = next(user for user in users if user["role"] == "admin")
    at_both = [site.anyone(api).with_token(log_in(site.anyone(api), admin["email"], "a good long password")) for api in apis]
    assert [client.get("/api/v1/users").json()["total"] for client in at_both] == [8, 8]
    # Whether another administrator is left is not remembered either.
    other = next(user for user in users if user["role"] != "admin")
    at_both[0].put(f"/api/v1/users/{other['id']}", {"role": "admin"}, 200)
    at_both[1].put(f"/api/v1/users/{admin['id']}", {"role": "user"}, 200)
    last = site.anyone(apis[0]).with_token(log_in(site.anyone(apis[0]), other["email"], "a good long password"))
    assert last.put(f"/api/v1/users/{other['id']}", {"role": "user"}).status_code in (400, 409)


def test_the_jobs_of_a_killed_worker_run_elsewhere(split):
    jobs = [split.a.submit("sleeper", {"s": "3"}) for _ in range(4)]
    doomed = split.holder_of(jobs[0])
    lost = [job for job in jobs if split.holder_of(job) is doomed]
    doomed.kill()
    killed_at = time.time()
    for job in jobs:
        assert split.b.finished(job["id"], 40)["status"] == "completed"
    starts = [seconds_of(split.attempts(job)[-1]["started_at"]) - killed_at for job in lost]
    print(f"{len(lost)} jobs of a killed worker began elsewhere after at most {max(starts):.1f} s")
    assert lost and max(starts) <= 12
    assert all(len(split.attempts(job)) == (2 if job in lost else 1) for job in jobs)


def test_a_restarted_worker_takes_its_own_jobs_back_at_once_and_nobody_elses(split):
    jobs = [split.a.submit("sleeper", {"s": "5"}) for _ in range(4)]
    doomed = split.holder_of(jobs[0])
    own = [job for job in jobs if split.holder_of(job) is doomed]
    others = [job for job in jobs if job not in own]
    doomed.kill()
    killed_at = time.time()
    split.workers.append(split.site.start("worker", doomed.data_dir.name))
    for job in own:
        until(lambda j=job: len(split.attempts(j)) == 2)
        assert seconds_of(split.attempts(job)[0]["ended_at"]) - killed_at < LEASE_SECONDS / 2
    for job in jobs:
        assert split.b.finished(job["id"], 40)["status"] == "completed"
    assert others and all(len(split.attempts(job)) == 1 for job in others)


def test_a_stopped_worker_ends_what_it_runs_and_the_others_go_on(split):
    jobs = [split.a.submit("sleeper", {"s": "2"}) for _ in range(8)]
    leaving = split.holder_of(jobs[0])
    leaving.stop()
    assert len(split.a.get("/api/v1/workers").json()["items"]) == 1
    for job in jobs:
        assert split.b.finished(job["id"])["status"] == "completed"
        assert [item["outcome"] for item in split.attempts(job)] == ["succeeded"]


def test_an_api_is_drained_under_load_and_clients_of_the_other_see_no_error(split):
    """Those of the one that goes see clean ends: an answer, or a connection that is not made."""
    accepted, troubles, stop = [], [], threading.Event()

    def use(client, is_leaving):
        session = client.with_token(client.token)
        while not stop.is_set():
            try:
                answer = session.post("/api/v1/jobs", {"plugin_name": "echo", "input_data": {"n": 1}})
            except OSError as error:
                if is_leaving:
                    return
                troubles.append(repr(error))
                return
            if answer.status_code == 202:
                accepted.append(answer.json()["id"])
            else:
                troubles.append(f"{answer.status_code} {answer.text[:200]}")

    threads = [threading.Thread(target=use, args=(client, client is split.a)) for client in (split.a, split.b) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(accepted) >= 100)
    split.api_a.stop()
    enough = len(accepted) + 100
    until(lambda: len(accepted) >= enough or troubles)
    stop.set()
    for thread in threads:
        thread.join()
    assert not troubles
    until(lambda: split.b.get("/api/v1/jobs?status=completed&limit=1").json()["total"] == len(accepted), 60)


def test_tokens_of_one_process_are_good_at_all(calm):
    user = make_user(calm.site.anyone(calm.api_a), "frank@example.com")
    calm.site.anyone(calm.api_b).with_token(user.client.token).get("/api/v1/users/me")
    assert log_in(calm.site.anyone(calm.api_b), user.email, user.password)


def test_blobs_that_an_earlier_release_kept_in_a_folder_come_into_the_database(site, tmp_path):
    contents = [secrets.token_bytes(size) for size in (0, 20_000, 3 << 20)]
    for content in contents:
        name = hashlib.sha256(content).hexdigest()
        file = tmp_path / "older/blobs" / name[:2] / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for _ in range(2):  # the second start finds a note that it is done
        site.start("api", "older").stop()
    assert site.sql("SELECT count(*) FROM stored_blobs") == str(len(contents))
    other = site.start("api")
    reader = Client(other.api, site.admin(other).contract, worker_key(site.admin(other)))
    for content in contents:
        assert reader.get(f"/api/v1/worker/v1/blobs/{hashlib.sha256(content).hexdigest()}").content == content


def test_processes_that_sign_with_different_keys_are_warned(site):
    first = site.start("api")
    assert "SECRET_KEY" not in first.output
    assert "another SECRET_KEY" not in site.start("api").output
    site.environment["SECRET_KEY"] = secrets.token_hex(32)
    site.start("api").wait_for_line("another SECRET_KEY")


def test_a_worker_alone_on_sqlite_is_told_of_the_runner(start_server):
    process = start_server("--roles", "worker", wait=False, environment={"DATABASE_URL": ""})
    assert process.wait_ended() != 0
    assert "orc runner --api URL" in process.output and "DATABASE_URL" in process.output
