"""The command line, as its user and as a program see it."""
import json
import pathlib
import re
import subprocess

import pytest
from orc_server import ORC, clean_environment

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
COMMANDS = ("serve", "run", "plugin", "job", "user", "key", "runner", "login", "migrate", "backup", "doctor", "bench", "blob", "version", "model-stub", "deliberate", "deliberation", "dead-letter")
SUBCOMMANDS = {"plugin": ("new", "test", "dev", "add", "list", "show", "rollback", "remove"), "job": ("submit", "batch", "get", "list", "logs", "artifacts", "cancel", "retry"),
               "user": ("add", "list", "role", "password", "disable", "enable"), "dead-letter": ("list", "redrive"), "key": ("add", "list", "remove"), "blob": ("put",), "deliberation": ("list", "get", "watch", "cancel", "replay")}


def orc(*arguments, expect=0, environment=None, given=None):
    done = subprocess.run([ORC, *map(str, arguments)], check=False, capture_output=True, text=True, env=clean_environment(environment), input=given,
                          timeout=120)
    if expect is not None:
        assert done.returncode == expect, f"orc {arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(name="local", scope="module")
def _local(server, admin):
    """Runs a command against the session's server by its data directory, as its owner would."""
    def run(*arguments, **options):
        return orc(*arguments, "--data-dir", server.data_dir, **options)

    return run


def test_version_says_one():
    assert orc("version").stdout.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command):
    text = orc(command, "--help").stdout
    assert f"orc {command}" in text and "xample" in text and "Exit codes: 0 " in text


@pytest.mark.parametrize("noun, verb", [(noun, verb) for noun, verbs in SUBCOMMANDS.items() for verb in verbs])
def test_every_subcommand_explains_itself(noun, verb):
    text = orc(noun, verb, "--help").stdout
    assert verb in text and "Exit codes: 0 " in text


@pytest.mark.parametrize("arguments", [("fly",), ("job",), ("job", "fly"), ("serve", "--fly"), ("job", "get")])
def test_a_wrong_command_says_what_to_do(arguments):
    done = orc(*arguments, expect=None)
    assert done.returncode not in (0, 1, -6, -11) and "help" in (done.stderr + done.stdout).lower()


def test_an_unknown_command_is_answered_with_the_choices_and_the_nearest():
    assert 'did you mean "job"?' in orc("jbo", "list", expect=2).stderr
    assert "Commands: submit, batch" in orc("job", "nonsense", expect=2).stderr
    assert all(orc(*words, expect=2).stderr.startswith("orc: ") for words in (("fly",), ("job",), ("serve", "--fly"), ("job", "get")))


@pytest.mark.parametrize("arguments", [("backup", "copy.db", "--data-dir"), ("plugin", "test"), ("plugin", "add", "--url", "http://127.0.0.1:9")])
def test_a_folder_that_cannot_be_entered_is_told_in_words(tmp_path, arguments):
    (tmp_path / "loop").symlink_to("loop")
    done = orc(*arguments, tmp_path / "loop/state", expect=3)
    assert "Too many levels of symbolic links" in done.stderr, done.stderr


def test_what_nobody_foresaw_ends_in_words_and_an_exit_code_too():
    done = orc("doctor", environment={"TMPDIR": "/there/is/no/such/folder"}, expect=None)
    assert done.returncode in (1, 6) and "terminate called" not in done.stderr, done.stderr


def test_what_is_no_id_is_refused_in_words():
    assert "'abc' is no job's id" in orc("job", "get", "abc", expect=2).stderr


def test_a_plugin_folder_is_registered_run_listed_and_removed(local, tmp_path):
    folder = tmp_path / "greeter"
    folder.mkdir()
    (folder / "plugin.json").write_text(json.dumps({"name": "greeter", "version": "1.0.0", "command": ["/bin/sh", "run.sh"]}))
    (folder / "run.sh").write_text("cat\n")
    local("plugin", "add", folder)
    assert "greeter" in local("plugin", "list").stdout
    assert json.loads(local("plugin", "show", "greeter", "--json").stdout)["plugin"]["version"] == "1.0.0"
    assert json.loads(local("run", "greeter", '{"a": 1.50}', "--json").stdout)["result"] == {"a": 1.5}
    local("plugin", "remove", "greeter")
    assert local("plugin", "show", "greeter", expect=None).returncode != 0


def test_files_are_uploaded_for_the_input_of_a_job(local, new_plugin, tmp_path):
    reads_its_files = new_plugin("""cat "$ORC_INPUT_DIR"/* | wc -c\n""")
    (tmp_path / "big.csv").write_bytes(b"1,2\n" * 500_000)
    (tmp_path / "small").write_text("small")
    reference = json.loads(local("blob", "put", tmp_path / "small").stdout)
    done = local("run", reads_its_files, json.dumps({"small": reference}), "--file", f"big={tmp_path / 'big.csv'}")
    assert json.loads(done.stdout) == 2_000_005
    assert "the input has a member a already" in local("run", reads_its_files, '{"a": 1}', "--file", f"a={tmp_path / 'small'}", expect=2).stderr
    assert "No such file" in local("blob", "put", tmp_path / "none", expect=2).stderr


def test_a_job_is_submitted_read_listed_cancelled_and_retried(local, echo, two_lines, for_ever):
    job = json.loads(local("job", "submit", echo, '{"n": 1}', "--share-key", "team-7", "--json").stdout)
    assert job["plugin_name"] == echo and job["share_key"] == "team-7"
    *rows, count = [line.split() for line in local("job", "list").stdout.splitlines()]
    assert [row[1] for row in rows if row[0] == str(job["id"])] == [echo] and "of" in count
    assert json.loads(local("job", "get", job["id"], "--json").stdout)["id"] == job["id"]
    talked = local("run", two_lines, "{}", "--json")
    assert local("job", "logs", json.loads(talked.stdout)["id"]).stdout.splitlines() == ["one", "two"]
    running = json.loads(local("job", "submit", for_ever, "{}", "--json").stdout)
    def status():
        return json.loads(local("job", "get", running["id"], "--json").stdout)["status"]

    local("job", "cancel", running["id"])
    assert status() == "cancelled"
    local("job", "retry", running["id"])
    assert status() in ("queued", "processing")
    local("job", "cancel", running["id"])


def test_a_file_of_inputs_becomes_a_batch(local, echo, tmp_path):
    file = tmp_path / "inputs.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(20)))
    assert "20" in local("job", "batch", file, "--plugin", echo, "--wait").stdout


def test_users_are_added_listed_and_given_roles(local):
    local("user", "add", "by-hand@example.com", given="a good long password\n")
    assert "by-hand@example.com" in local("user", "list").stdout
    local("user", "role", "by-hand@example.com", "admin")
    users = json.loads(local("user", "list", "--json").stdout)["items"]
    assert [user["role"] for user in users if user["email"] == "by-hand@example.com"] == ["admin"]


def test_a_lost_password_is_replaced_and_an_account_is_shut_and_opened(server, local, tmp_path):
    home = {"HOME": str(tmp_path)}

    def sign_in(password, expect):
        orc("login", server.api, "--email", "lost@example.com", given=password + "\n", environment=home, expect=expect)

    local("user", "add", "lost@example.com", given="a good long password\n")
    assert "lost@example.com (user)" in local("user", "password", "lost@example.com", given="another long password\n").stdout
    sign_in("a good long password", 4)
    sign_in("another long password", 0)
    local("user", "password", "lost@example.com", given="a third long password\n")
    orc("job", "list", environment=home)  # by the key that the login has made
    assert "(user, disabled)" in local("user", "disable", "lost@example.com").stdout
    orc("job", "list", environment=home, expect=4)
    sign_in("a third long password", 2)
    local("user", "enable", "lost@example.com")
    orc("job", "list", environment=home)
    sign_in("a third long password", 0)
    assert "at least" in local("user", "password", "lost@example.com", given="short\n", expect=2).stderr


def test_the_only_administrators_lost_password_is_replaced_while_no_server_runs(start_server, tmp_path):
    orc("user", "add", "only@example.com", "--data-dir", tmp_path, given="a good long password\n")
    orc("user", "password", "only@example.com", "--data-dir", tmp_path, given="another long password\n")
    assert "disabled" not in orc("user", "disable", "only@example.com", "--data-dir", tmp_path, expect=None).stdout, "nobody would be left to open it"
    server = start_server(data_dir=tmp_path)
    orc("login", server.api, "--email", "only@example.com", given="another long password\n", environment={"HOME": str(tmp_path)})


def test_a_job_that_failed_for_good_is_listed_and_run_again(local, new_plugin):
    name = new_plugin("echo it went wrong >&2; exit 1\n", retry={"max_attempts": 1, "backoff_seconds": []})
    job = json.loads(local("run", name, "{}", "--json", expect=1).stdout)["id"]
    line = next(line for line in local("dead-letter", "list", "--limit", "1000").stdout.splitlines() if line.split()[0] == str(job))
    assert name in line and "it went wrong" in line
    assert f"job {job} is " in local("dead-letter", "redrive", job).stdout
    local("dead-letter", "redrive", "999999999", expect=5)


def test_a_plugin_is_rolled_back_to_an_earlier_version(local, tmp_path):
    folder = tmp_path / "turncoat"
    folder.mkdir()
    for version in ("1.0.0", "1.1.0"):
        (folder / "plugin.json").write_text(json.dumps({"name": "turncoat", "version": version, "command": ["/bin/sh", "run.sh"]}))
        (folder / "run.sh").write_text(f"printf '\"{version}\"'\n")
        local("plugin", "add", folder)
    assert json.loads(local("run", "turncoat", "{}", "--json").stdout)["result"] == "1.1.0"
    assert "turncoat 1.0.0 (id " in local("plugin", "rollback", "turncoat", "1.0.0").stdout
    assert json.loads(local("run", "turncoat", "{}", "--json").stdout)["result"] == "1.0.0"
    (folder / "run.sh").write_text("printf '\"changed\"'\n")
    assert "changed under the same number" in local("plugin", "add", folder).stderr
    versions = json.loads(local("plugin", "show", "turncoat", "--json").stdout)["versions"]["items"]
    assert [version["version"] for version in versions] == ["1.1.0", "1.1.0", "1.0.0"]
    for version, said in ((versions[1], "1.1.0"), (versions[0], "changed")):
        assert f"(id {version['version_id']}) is current" in local("plugin", "rollback", "turncoat", version["version_id"]).stdout
        assert json.loads(local("run", "turncoat", "{}", "--json").stdout)["result"] == said


def test_a_key_is_made_shown_once_used_and_ended(server, alice):
    def as_alice(*words):
        return orc(*words, environment={"ORC_URL": server.api, "ORC_TOKEN": alice.client.token})

    key = as_alice("key", "add", "by hand", "--scope", "read").stdout.strip()
    made = [one for one in json.loads(as_alice("key", "list", "--json").stdout)["items"] if one["name"] == "by hand"]
    assert len(made) == 1 and key.startswith(made[0]["prefix"]) and made[0]["scopes"] == ["read"]
    assert key not in as_alice("key", "list").stdout
    with_key = {"ORC_URL": server.api, "ORC_TOKEN": key}
    orc("job", "list", environment=with_key)
    assert "administrator may" in orc("plugin", "remove", "nobodys", "--yes", environment=with_key, expect=4).stderr
    as_alice("key", "remove", made[0]["id"])
    orc("job", "list", environment=with_key, expect=4)


def test_a_job_that_is_not_waited_for_to_its_end_has_a_code_of_its_own(local, for_ever):
    done = local("run", for_ever, "{}", "--wait", "0", expect=7)
    assert "it goes on" in done.stderr or "it waits" in done.stderr
    local("job", "cancel", done.stderr.split("orc job get ")[1].split()[0])


def test_a_job_that_waits_names_the_command_that_says_why(local, new_plugin):
    nowhere = new_plugin("cat", resources={"custom": {"unicorn": 1}})
    done = local("run", nowhere, "{}", "--wait", "0", expect=7)
    [job] = re.findall("Why it does not run yet: orc job why ([0-9]+)\n", done.stderr)
    assert re.search(f"^why +orc job why {job}$", local("job", "get", job).stdout, re.MULTILINE)
    local("job", "cancel", job)


def test_what_is_refused_says_why(local, server):
    assert "404 Plugin not found" in local("bench", "submit", "--plugin", "nope", "--seconds", "0.1", "--connections", "1", expect=1).stderr
    assert "must be a JSON object" in local("run", "nope", "[1]", expect=2).stderr
    elsewhere = orc("job", "list", "--url", server.api + "/elsewhere", expect=5).stderr
    assert server.api + "/elsewhere; is there an orc server?" in elsewhere
    assert "http://127.0.0.1:5900" in orc("job", "list", environment={"ORC_URL": "nonsense"}, expect=2).stderr
    assert "nothing to do" in orc("serve", "--listen", "off", "--roles", "api", expect=2).stderr


def test_a_plugin_that_jobs_wait_for_is_removed_only_if_that_is_said(local, tmp_path):
    folder = tmp_path / "awaited"
    folder.mkdir()
    (folder / "plugin.json").write_text(json.dumps({"name": "awaited", "version": "1.0.0", "command": ["/bin/cat"]}))
    local("plugin", "add", folder)
    job = json.loads(local("job", "submit", "awaited", "{}", "--run-at", "2199-01-01T00:00:00Z", "--json").stdout)
    assert "1 job waits for awaited" in local("plugin", "remove", "awaited", expect=5).stderr
    assert json.loads(local("job", "get", job["id"], "--json").stdout)["status"] == "queued"
    local("plugin", "remove", "awaited", "--yes")
    assert local("plugin", "show", "awaited", expect=5)


def test_a_login_is_kept_and_serves_later_commands(server, tmp_path):
    home = {"HOME": str(tmp_path)}
    orc("user", "add", "kept@example.com", "--data-dir", server.data_dir, given="a good long password\n")
    orc("login", server.api, "--email", "kept@example.com", given="a good long password\n", environment=home)
    assert "total" in json.loads(orc("job", "list", "--json", environment=home).stdout)
    wrong = orc("login", server.api, "--email", "kept@example.com", given="a wrong password\n", environment=home, expect=4)
    assert "Incorrect email or password" in wrong.stderr and "orc login" not in wrong.stderr


def test_an_unknown_job_ends_with_its_own_code_and_the_servers_words(local):
    done = local("job", "get", "999999999", expect=5)
    assert "Job not found" in done.stderr and "orc job list" in done.stderr


def test_without_a_server_the_error_says_what_to_do(tmp_path):
    done = orc("job", "list", "--data-dir", tmp_path, expect=None)
    assert done.returncode != 0 and ("orc serve" in done.stderr or "orc login" in done.stderr)


def test_the_environment_names_server_and_token(server, alice):
    done = orc("job", "list", "--json", environment={"ORC_URL": server.api, "ORC_TOKEN": alice.client.token})
    assert "items" in json.loads(done.stdout)


def test_doctor_says_what_this_host_can_give():
    text = orc("doctor", expect=None).stdout
    for word in ("sandbox", "cgroup", "uids", "disk", "descriptors", "clock", "docker", "nats"):
        assert word in text.lower()
