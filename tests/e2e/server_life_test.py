"""Start and end of a server: readiness file, lock, settings, drain, restart, a full disk."""
import json
import os
import pathlib
import secrets
import signal
import sqlite3
import subprocess
import threading

import pytest
from client import Client, log_in, make_user, until
from orc_server import ORC, clean_environment
from plugin_package import ECHO, upload
from private_database import database_environment
from set_up import needs_one_process, needs_sqlite

IN_USE = 5  # the exit code of whoever comes to a data directory that another process has
SECOND_SIGNAL = 130  # its exit code, as a shell tells of one that an interrupt ended


def test_the_endpoints_file_and_the_first_line_say_the_same(start_server, tmp_path):
    server = start_server("--grpc-listen", "127.0.0.1:0", data_dir=tmp_path / "state")
    endpoints = json.loads((tmp_path / "state/endpoints.json").read_text())
    assert endpoints["pid"] == server.process.pid
    ready = next(line for line in server.lines if endpoints["api"] in line)
    assert endpoints["registry"] in ready and endpoints["grpc"] in ready
    assert str(tmp_path / "state") in server.output


def test_a_listener_that_is_off_is_not_among_the_endpoints(start_server, tmp_path):
    start_server("--registry-listen", "off", data_dir=tmp_path / "state")
    assert json.loads((tmp_path / "state/endpoints.json").read_text()).keys() == {"api", "pid"}


def test_every_log_line_is_json(start_server, contract):
    server = start_server()
    make_user(Client(server.api, contract), "one@example.com")
    server.stop()
    for line in server.lines:
        assert isinstance(json.loads(line), dict), line
    assert "a good long password" not in server.output


def test_secrets_in_the_data_directory_are_its_owners(start_server, tmp_path, contract):
    server = start_server(data_dir=tmp_path / "state")
    make_user(Client(server.api, contract), "one@example.com")
    keys = json.loads((tmp_path / "state/cli.json").read_text())
    assert keys["url"] == server.api and keys["api_key"]
    for file in (tmp_path / "state").rglob("*"):
        if file.is_file() and file.name != "endpoints.json":
            assert file.stat().st_mode & 0o077 == 0 or (tmp_path / "state").stat().st_mode & 0o077 == 0, file
    assert (tmp_path / "state/cli.json").stat().st_mode & 0o777 == 0o600


def test_a_second_server_on_the_same_directory_is_told_who_has_it(start_server, tmp_path):
    first = start_server(data_dir=tmp_path / "state")
    second = start_server(data_dir=tmp_path / "state", wait=False)
    assert second.wait_ended() == IN_USE
    assert str(first.process.pid) in second.output and str(tmp_path / "state") in second.output
    migrate = subprocess.run([ORC, "migrate", "--data-dir", tmp_path / "state"], check=False, env=clean_environment(), capture_output=True)
    assert migrate.returncode == IN_USE, "one fault has one code"


@pytest.mark.parametrize("arguments, environment, name", [
    (("--listen", "nonsense"), {}, "listen"),
    (("--workers", "-1"), {}, "workers"),
    (("--workers", "many"), {}, "workers"),
    (("--isolation", "perhaps"), {}, "isolation"),
    (("--registration", "maybe"), {}, "registration"),
    (("--roles", "api,king"), {}, "roles"),
    (("--retain-jobs", "soon"), {}, "retain-jobs"),
    (("--no-such-flag",), {}, "no-such-flag"),
    ((), {"ACCESS_TOKEN_EXPIRE_MINUTES": "soon"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ((), {"ALGORITHM": "RS256"}, "ALGORITHM"),
    ((), {"ORC_WORKERS": "many"}, "workers"),
    (("--cors-origins", "app.example.com"), {}, "cors-origins"),
    (("--login-rate", "often"), {}, "login-rate"),
    (("--submit-rate", "0"), {}, "submit-rate"),
    (("--http-memory-mb", "1"), {}, "http-memory-mb"),
    ((), {"GRPC_PORT": "http"}, "GRPC_PORT"),
    ((), {"ENABLE_NATS": "perhaps"}, "ENABLE_NATS"),
    ((), {"NATS_URL": "http://a:canary-password@b"}, "NATS_URL"),
    ((), {"RABBITMQ_URL": "amqp://a:canary-password@b/"}, "RABBITMQ_URL"),
    ((), {"ORC_TLS_CERT": "/etc/cert.pem"}, "ORC_TLS_CERT"),
    ((), {"DATABASE_URL": "mysql://a:canary-password@b/c"}, "DATABASE_URL"),
    ((), {"VLLM_URL": "ftp://127.0.0.1"}, "VLLM_URL"),
    (("--model-origins", "models"), {}, "model-origins"),
    ((), {"ORC_MODEL_API_KEY": "canary-password"}, "model-api-key"),
    ((), {"ORC_GRPC_TOKEN": "canary-password with a blank"}, "grpc-token"),
    (("--grpc-listen", "0.0.0.0:0"), {"ORC_GRPC_TOKEN": "canary-password"}, "insecure-open"),
    (("--grpc-listen", "127.0.0.1:0", "--grpc-tls-cert", "/nowhere.pem", "--grpc-tls-key", "/nowhere.pem"), {}, "/nowhere.pem"),
    (("--listen", "0.0.0.0:0"), {}, "insecure-open"),
])
def test_a_malformed_setting_stops_the_start_with_its_name(start_server, arguments, environment, name):
    server = start_server(*arguments, environment=environment, wait=False)
    assert server.wait_ended() not in (0, -signal.SIGKILL)
    assert name in server.output and "canary-password" not in server.output


@needs_sqlite("its number is in the file; what PostgreSQL says is tested beside its store")
def test_a_newer_schema_is_refused_with_a_sentence(start_server, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    server.stop()
    file = next(path for path in (tmp_path / "state").iterdir() if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3")
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 9999")
    second = start_server(data_dir=tmp_path / "state", wait=False)
    assert second.wait_ended() not in (0, -signal.SIGKILL)
    assert "9999" in second.output and "newer" in second.output


def test_accounts_jobs_and_tokens_outlive_a_restart(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "echo", ECHO)
    done = admin.client.finished(admin.client.submit("echo", {"a": 1})["id"])
    waiting = admin.client.submit("echo", {"a": 2}, run_at="2199-01-01T00:00:00Z")
    server.stop()
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, admin.client.token)
    assert again.get(f"/api/v1/jobs/{done['id']}").json() == done
    assert again.get(f"/api/v1/jobs/{waiting['id']}").json()["status"] == "queued"


def test_a_killed_servers_work_is_taken_back_at_once(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "for-ever", "exec sleep 1000\n", limits={"timeout_seconds": 600, "grace_seconds": 1})
    job = admin.client.submit("for-ever", {})
    admin.client.in_status(job["id"], "processing")
    server.kill()
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, admin.client.token)
    again.in_status(job["id"], "processing", seconds=8)
    again.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


def with_a_job_that_never_ends(start_server, contract, data_dir, *arguments):
    """The server while it runs the job's only attempt, the job's owner, the job."""
    server = start_server(*arguments, data_dir=data_dir)
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "for-ever", "exec sleep 1000\n", limits={"timeout_seconds": 600, "grace_seconds": 1})
    job = admin.client.submit("for-ever", {}, max_attempts=1)
    admin.client.in_status(job["id"], "processing")
    return server, admin.client, job


def test_sigterm_gives_running_jobs_back_without_an_attempt(start_server, contract, tmp_path):
    server, admin, job = with_a_job_that_never_ends(start_server, contract, tmp_path / "state", "--stop-seconds", "1")
    server.stop()
    again = start_server("--workers", "1", data_dir=tmp_path / "state")
    client = Client(again.api, contract, admin.token)
    client.in_status(job["id"], "processing")
    assert [attempt["outcome"] for attempt in client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]] == ["given_back", None]
    client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


@needs_one_process("a worker apart ends before its server is asked to")
def test_a_second_sigterm_stops_at_once_and_the_next_start_takes_the_jobs_back(start_server, contract, tmp_path):
    server, admin, job = with_a_job_that_never_ends(start_server, contract, tmp_path / "state", "--stop-seconds", "600")
    server.terminate()
    server.wait_for_line("stopping")
    server.terminate()
    assert server.wait_ended() == SECOND_SIGNAL
    again = start_server("--workers", "1", data_dir=tmp_path / "state")
    client = Client(again.api, contract, admin.token)
    client.in_status(job["id"], "processing")
    client.post(f"/api/v1/jobs/{job['id']}/cancel", None, 202)


@needs_one_process("what ended is in its log")
def test_the_log_joins_a_request_its_user_its_job_and_its_end_and_tells_nothing_that_they_said(start_server, contract, tmp_path):
    server = start_server("--log-level", "debug", data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "speaks", "echo whispered >&2; exit 3\n")
    job = admin.client.post("/api/v1/jobs?wait=30", {"plugin_name": "speaks", "input_data": {"a": "confided"}, "max_attempts": 1}, 200).json()
    batch = admin.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": "speaks", "run_at": "2199-01-01T00:00:00Z"}] * 3}, 202).json()["items"]
    server.stop()
    (request,) = [line for line in server.events("request answered") if line["path"] == "/api/v1/jobs"]
    submitted, batched = server.events("jobs submitted")
    assert (batched["first_job_id"], batched["last_job_id"], batched["jobs"]) == (batch[0]["id"], batch[-1]["id"], 3)
    (ended,) = server.events("attempt ended")
    assert submitted["request_id"] == request["request_id"]
    assert submitted["user_id"] == request["user_id"] == admin.id
    assert (submitted["job_id"], submitted["jobs"]) == (ended["job_id"], 1) == (job["id"], 1)
    assert (ended["plugin"], ended["outcome"], ended["status"]) == ("speaks", "failed", "failed") and ended["duration_ms"] > 0
    assert "whispered" not in server.output and "confided" not in server.output


def test_a_request_under_way_ends_before_the_server_does(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "short", "sleep 2\nprintf '{}'\n")
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(admin.client.with_token(admin.client.token).post("/api/v1/jobs?wait=30", {"plugin_name": "short"})))
    waiter.start()
    until(lambda: admin.client.get("/api/v1/jobs?status=processing").json()["total"])
    server.stop()
    waiter.join()
    assert answers[0].status_code in (200, 202)


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path):
    """A file system of 32 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "orc-test", str(folder)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"mounting a small file system is not allowed here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder):
    with (folder / "ballast").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


@needs_sqlite("the rows are on the small disk")
def test_a_full_disk_is_503_and_heals(small_disk, start_server, contract):
    server = start_server(data_dir=small_disk)
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "echo", ECHO)
    kept = admin.client.finished(admin.client.submit("echo", {"a": 1})["id"])
    fill(small_disk)

    def submitted(status):
        answer = admin.client.post("/api/v1/jobs", {"plugin_name": "echo", "input_data": {"a": "x" * 8000}})
        return [answer] if answer.status_code == status else None

    [answer] = until(lambda: submitted(503))
    assert int(answer.headers["Retry-After"]) >= 1 and "disk" in answer.json()["detail"].lower()
    assert admin.client.get(f"/api/v1/jobs/{kept['id']}").json() == kept
    admin.client.get("/health")
    (small_disk / "ballast").unlink()
    [accepted] = until(lambda: submitted(202))
    assert admin.client.finished(accepted.json()["id"])["status"] == "completed"
    server.stop()


@needs_sqlite("elsewhere pg_dump makes the backup")
def test_a_backup_of_a_running_server_opens_as_a_server(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    upload(admin.client, "echo", ECHO)
    long_input = {"a": "long " * 10_000}  # longer than what a row holds, so it lives in the blob store
    done = admin.client.finished(admin.client.submit("echo", long_input)["id"])
    copy = tmp_path / "copy/orc.db"
    copy.parent.mkdir()
    backup = [ORC, "backup", str(copy), "--data-dir", str(tmp_path / "state")]
    subprocess.run(backup, check=True, env=clean_environment())
    assert copy.stat().st_mode & 0o077 == 0, "it holds password hashes"
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM jobs WHERE id = ?", [done["id"]]).fetchone() == (1,)
    assert subprocess.run(backup, env=clean_environment(), capture_output=True).returncode != 0, "never over another file"

    restored = Client(start_server(data_dir=copy.parent).api, contract)
    again = restored.with_token(log_in(restored, admin.email, admin.password))
    assert again.get(f"/api/v1/jobs/{done['id']}").json() == done


@needs_sqlite("it is about where that file is")
@pytest.mark.parametrize("by", ["flag", "environment", "file"])
def test_commands_on_the_files_find_the_database_where_the_server_keeps_it(start_server, contract, tmp_path, by):
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    server = start_server("--database-url", url, data_dir=tmp_path / "state")
    one = make_user(Client(server.api, contract), "one@example.com")
    two = make_user(Client(server.api, contract), "two@example.com")
    (tmp_path / "settings").write_text(f"DATABASE_URL={url}\n")
    said = {"flag": ["--database-url", url], "environment": [], "file": ["--env-file", str(tmp_path / "settings")]}[by]
    place = ["--data-dir", str(tmp_path / "state"), *said]
    environment = clean_environment() | ({"DATABASE_URL": url} if by == "environment" else {})
    copy = tmp_path / "copy/orc.db"
    copy.parent.mkdir()
    subprocess.run([ORC, "backup", str(copy), *place], check=True, env=environment)
    server.stop()
    subprocess.run([ORC, "migrate", *place], check=True, env=environment)
    environment["DATABASE_URL"] = url
    subprocess.run([ORC, "user", "role", two.email, "admin", "--data-dir", str(tmp_path / "state")], check=True, env=environment)
    assert not (tmp_path / "state/orc.db").exists()

    restored = Client(start_server(data_dir=copy.parent).api, contract)
    assert restored.with_token(log_in(restored, one.email, one.password)).get("/api/v1/users/me").json()["email"] == one.email


def test_an_administrator_is_made_on_the_files_themselves(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    make_user(Client(server.api, contract), "one@example.com")
    two = make_user(Client(server.api, contract), "two@example.com")
    server.stop()
    subprocess.run([ORC, "user", "role", two.email, "admin", "--data-dir", str(tmp_path / "state")], check=True,
                   env=clean_environment(database_environment(tmp_path / "state")))
    anyone = Client(start_server(data_dir=tmp_path / "state").api, contract)
    again = anyone.with_token(log_in(anyone, two.email, two.password))
    assert again.get("/api/v1/users/me").json()["role"] == "admin"


def words_of(process):
    """The command line of a process; empty if it has ended."""
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_nothing_is_left_behind(start_server, contract, tmp_path):
    server = start_server(data_dir=tmp_path / "state")
    admin = make_user(Client(server.api, contract), "one@example.com")
    survivor = str(10_000_000 + secrets.randbelow(1_000_000))  # a number of seconds that no other process of this host sleeps
    upload(admin.client, "leaver", f"sleep {survivor} >/dev/null 2>&1 &\nprintf '{{}}'\n", limits={"timeout_seconds": 5, "grace_seconds": 1})
    assert admin.client.finished(admin.client.submit("leaver", {})["id"])["status"] in ("completed", "failed")
    server.stop()
    lines = [words_of(process) for process in pathlib.Path("/proc").glob("[0-9]*")]
    left = [line for line in lines if str(tmp_path) in line or survivor in line]
    assert not left, left
    mounts = pathlib.Path("/proc/self/mounts").read_text()
    assert str(tmp_path) not in mounts, mounts
