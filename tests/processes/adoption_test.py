"""A database of the older service is taken over by `orc serve`: who can log in, what is told, what is refused; and starts that wait for others."""
import pathlib
import re
import signal
import subprocess
import time

import pytest

from client import Client, log_in, make_user, until
from orc_server import ORC, clean_environment
from plugin_package import upload

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
OLDER_SERVICE = (REPOSITORY / "src/adapters/postgres/older_service.sql").read_text()
# As passlib writes them: of "secret" and of "other-secret".
SECRET = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"
OTHER_SECRET = "$2b$10$abcdefghijklmnopqrstuuyIPfyILX96PNjG.kiogh.rMt4IRzObK"
SCHEMA_LOCK = "pg_advisory_lock(1869767473, 0)"


@pytest.fixture(name="adopted")
def _adopted(postgres):
    """The URL of a database of the older service, with three more accounts."""
    url = postgres.new_database()
    postgres.sql(OLDER_SERVICE, url)
    postgres.sql(f"INSERT INTO users (email, hashed_password, is_active) VALUES ('ada@example.org', '{OTHER_SECRET}', true), "
                 f"('root@localhost', '{OTHER_SECRET}', true), ('Eve@example.org', '{SECRET}', true)", url)
    return url


def as_role(url, role):
    return url.replace("postgres@", role + "@", 1)


def refused(url, data_dir):
    command = [ORC, "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", "--registry-listen", "off", "--grpc-listen", "off"]
    done = subprocess.run(command, env=clean_environment({"DATABASE_URL": url}), capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_accounts_log_in_with_the_passwords_and_the_addresses_that_they_had(adopted, start_server, contract):
    server = start_server(environment={"DATABASE_URL": adopted})
    anyone = Client(server.api, contract)
    for email, password, spelled in [("Ada@Example.org", "secret", "Ada@Example.org"), ("ada@example.org", "other-secret", "ada@example.org"),
                                     ("root@localhost", "other-secret", "root@localhost"), ("eve@example.org", "secret", "Eve@example.org")]:
        me = anyone.with_token(log_in(anyone, email, password)).get("/api/v1/users/me").json()
        assert me["email"] == spelled
    anyone.post("/api/v1/auth/token", {"username": "Ada@Example.org", "password": "other-secret"}, 401)
    alike, = server.events("accounts differ in the case of their e-mail only")
    assert "user 1 (Ada@Example.org), user 3 (ada@example.org)" in alike["reason"] and "Eve" not in alike["reason"]
    odd, = server.events("accounts have e-mails that are refused today")
    assert "user 4 (root@localhost)" in odd["reason"] and "ada" not in odd["reason"].lower()


def test_foreign_keys_of_other_tables_are_named_before_anything_is_changed(adopted, start_server, postgres, tmp_path):
    postgres.sql("CREATE TABLE notes (job_id integer REFERENCES jobs (id), text text);"
                 "CREATE TABLE tags (job_id integer REFERENCES jobs (id) ON DELETE CASCADE)", adopted)
    code, said = refused(adopted, tmp_path / "refused")
    assert code == 5 and "notes_job_id_fkey of notes to jobs" in said and "tags" not in said, said
    assert postgres.sql("SELECT to_regclass('schema_migrations') IS NULL", adopted) == "t"
    remedy = re.search("ALTER TABLE notes DROP CONSTRAINT [^)]*", said)[0]
    postgres.sql(remedy, adopted)
    server = start_server(environment={"DATABASE_URL": adopted})
    server.stop()
    postgres.sql("ALTER TABLE notes ADD FOREIGN KEY (job_id) REFERENCES jobs (id)", adopted)
    warned, = start_server(environment={"DATABASE_URL": adopted}).events("foreign keys keep rows from being deleted")
    assert "notes_job_id_fkey of notes to jobs" in warned["reason"]


def test_tables_in_a_schema_behind_the_first_one_are_not_passed_over(postgres, tmp_path):
    url = postgres.new_database()
    postgres.sql("CREATE SCHEMA app; SET search_path = app; " + OLDER_SERVICE, url)
    code, said = refused(url + "&options=-csearch_path%3Dpublic,app", tmp_path / "state")
    assert code == 5 and "are in the schema app" in said, said
    assert postgres.sql("SELECT to_regclass('public.jobs') IS NULL", url) == "t"


class Holder:
    """Somebody who has the lock of the schema."""

    def __init__(self, url):
        self._psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._psql.stdin.write(f"SELECT {SCHEMA_LOCK}; SELECT pg_backend_pid();\n")
        self._psql.stdin.flush()
        self._psql.stdout.readline()
        self.pid = int(self._psql.stdout.readline())

    def let_go(self):
        self._psql.communicate(timeout=30)


def test_a_start_that_waits_for_another_process_says_so_and_ends_when_asked(postgres, start_server):
    url = postgres.new_database()
    holder = Holder(url)
    first = start_server(environment={"DATABASE_URL": url}, wait=False)
    first.wait_for_line("the start waits for another process")
    assert f"server process {holder.pid} (psql" in first.events("the start waits for another process")[0]["reason"]
    began = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(30) == 0 and time.monotonic() - began < 2, first.output
    assert "stopped before it was ready" in first.output

    second = start_server(environment={"DATABASE_URL": url}, wait=False)
    second.wait_for_line("the start waits for another process")
    holder.let_go()
    second.wait_ready()


class Reader:
    """Somebody who has read the table of jobs in a transaction that stays open, as pg_dump does."""

    def __init__(self, url):
        self._psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._psql.stdin.write("BEGIN; SELECT count(*) * 0 FROM jobs; SELECT pg_backend_pid();\n")
        self._psql.stdin.flush()
        assert self._psql.stdout.readline() == "0\n"
        self.pid = int(self._psql.stdout.readline())

    def let_go(self):
        self._psql.communicate("COMMIT;\n", timeout=30)


def test_a_migration_that_waits_for_a_table_holds_nobody_up_and_names_who_has_it(adopted, postgres, start_server):
    reader = Reader(adopted)
    server = start_server(environment={"DATABASE_URL": adopted}, wait=False)
    server.wait_for_line("a migration waits for another session")
    assert f"server process {reader.pid} (psql" in server.events("a migration waits for another session")[0]["reason"]
    # As long as the sessions of a server that serves wait for a lock; through more tries than come before a long one.
    until = time.monotonic() + 7
    while time.monotonic() < until:
        postgres.sql("SET lock_timeout = '300ms'; UPDATE jobs SET owner_id = owner_id", adopted)
    reader.let_go()
    server.wait_ready()


def test_a_migration_that_waits_for_a_table_ends_when_asked(adopted, postgres, start_server):
    reader = Reader(adopted)
    server = start_server(environment={"DATABASE_URL": adopted}, wait=False)
    server.wait_for_line("the database is migrated")
    ends_at_once(server)
    reader.let_go()
    assert postgres.sql("SELECT count(*) FROM schema_migrations", adopted) == "0"


def test_a_migration_is_stopped_in_the_midst_and_has_changed_nothing(adopted, postgres, start_server):
    postgres.sql("CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';"
                 "CREATE TRIGGER slow BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION be_slow()", adopted)
    server = start_server(environment={"DATABASE_URL": adopted}, wait=False)
    migrating = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    until(lambda: postgres.sql(f"SELECT count(*) {migrating}", adopted) == "1", 30)
    ends_at_once(server)
    until(lambda: postgres.sql(f"SELECT count(*) {migrating}", adopted) == "0", 10)  # the server has noticed
    postgres.sql("DROP TRIGGER slow ON jobs", adopted)
    assert postgres.sql("SELECT count(*) FROM schema_migrations", adopted) == "0"
    start_server(environment={"DATABASE_URL": adopted})


def ends_at_once(server):
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0 and time.monotonic() - began < 2, server.output


def test_a_server_serves_with_the_rights_that_the_manual_gives_it(postgres, start_server, contract, tmp_path):
    url = postgres.new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    postgres.sql(f"CREATE ROLE orc_owner LOGIN; CREATE ROLE orc_serving LOGIN; ALTER DATABASE {name} OWNER TO orc_owner")
    postgres.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", url)
    code, said = refused(as_role(url, "orc_serving"), tmp_path / "refused")
    assert code == 4 and "run orc migrate" in said and "orc_serving" in said, said

    manual = (REPOSITORY / "docs/operating.md").read_text(encoding="utf-8")
    postgres.sql(re.search("```sql\n(.*?)```", manual, re.DOTALL)[1], as_role(url, "orc_owner"))
    subprocess.run([ORC, "migrate", "--data-dir", str(tmp_path / "migrate")], check=True,
                   env=clean_environment({"DATABASE_URL": as_role(url, "orc_owner")}))
    server = start_server("--retain-jobs", "1s", environment={"DATABASE_URL": as_role(url, "orc_serving")})
    admin = make_user(Client(server.api, contract), "ada@example.org")
    upload(admin.client, "echo", "cat\n")
    job = admin.client.finished(admin.client.submit("echo", {"a": 1})["id"])
    assert job["status"] == "completed" and job["result"] == {"a": 1}
