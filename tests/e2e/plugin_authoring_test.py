"""Writing a plugin: a folder that works at once, tried without a server, registered again on every save."""
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess

import pytest
from orc_command import dev_of, orc, running
from orc_server import ORC, clean_environment

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = {"python": {"words": 6, "longest": "not"}, "cpp": {"sum": 6.5, "count": 3}, "shell": {"bytes": 17, "lines": 0}}


def change(folder, **fields):
    manifest = json.loads((folder / "plugin.json").read_text())
    (folder / "plugin.json").write_text(json.dumps({**manifest, **fields}))


@pytest.fixture(name="shell", scope="module")
def _shell(tmp_path_factory):
    """A copy of a new plugin that is a shell script; its input holds whatever is asked for."""
    root = tmp_path_factory.mktemp("authoring")
    orc("plugin", "new", "fresh", "--shell", cwd=root)

    def copy(folder, script, **fields):
        shutil.copytree(root / "fresh", folder)
        (folder / "run.sh").write_text("#!/bin/sh\n" + script)
        change(folder, **fields)
        return folder

    return copy


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_plugin_passes_at_once(language, tmp_path):
    made = orc("plugin", "new", "my-plugin", f"--{language}", cwd=tmp_path)
    assert "orc plugin test" in made.stderr
    if language == "cpp":
        assert "\nint main() { return orc_plugin::serve(add); }\n" in (tmp_path / "my-plugin" / "main.cc").read_text()
    tried = orc("plugin", "test", "my-plugin", cwd=tmp_path)
    assert json.loads(tried.stdout) == LANGUAGES[language]
    for word in ("log", "usage", "passed", "isolation strict"):
        assert word in tried.stderr
    again = orc("plugin", "new", "my-plugin", f"--{language}", cwd=tmp_path, expect=2)
    assert "there is" in again.stderr or "is there" in again.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_plugin_is_made_added_and_run_in_three_commands(language, tmp_path, server, _admin):
    name = f"three-commands-{language}"
    orc("plugin", "new", name, f"--{language}", cwd=tmp_path)
    added = orc("plugin", "add", name, "--data-dir", server.data_dir, cwd=tmp_path)
    assert name in added.stdout
    done = orc("job", "submit", name, f"@{name}/input.json", "--wait", "--data-dir", server.data_dir, cwd=tmp_path)
    assert json.loads(done.stdout) == LANGUAGES[language]


def test_a_new_plugin_in_cpp_writes_numbers_as_they_are(tmp_path):
    orc("plugin", "new", "sums", "--cpp", cwd=tmp_path)
    tried = orc("plugin", "test", "sums", "--input", "-", cwd=tmp_path, given='{"numbers": [1000000, 1.25]}')
    assert '"sum": 1000001.25,' in tried.stdout


def test_a_new_plugin_in_cpp_takes_many_numbers_in_no_time(tmp_path):
    orc("plugin", "new", "many", "--cpp", cwd=tmp_path)
    change(tmp_path / "many", limits={"timeout_seconds": 3, "memory_mb": 256})
    tried = orc("plugin", "test", "many", "--input", "-", cwd=tmp_path, given=json.dumps({"numbers": [1.25] * 200_000}))
    assert json.loads(tried.stdout) == {"sum": 250_000, "count": 200_000}


def test_a_new_plugin_in_python_takes_a_second_file(tmp_path):
    orc("plugin", "new", "two-files", "--python", cwd=tmp_path)
    shutil.copy(REPOSITORY / "plugins/sdk/python/orc_plugin.py", tmp_path / "two-files")
    (tmp_path / "two-files" / "main.py").write_text(
        'from orc_plugin import serve\nserve(lambda document, context: {"words": 1, "longest": document["text"]})\n')
    tried = orc("plugin", "test", "two-files", "--input", "-", cwd=tmp_path, given='{"text": "alone"}')
    assert json.loads(tried.stdout) == {"words": 1, "longest": "alone"}


@pytest.mark.parametrize("language, kit", [("python", ["python/orc_plugin.py"]), ("cpp", ["cpp/orc_plugin.h", "cpp/orc_json.h"])])
def test_a_new_plugin_that_stays_up_comes_with_its_kit(language, kit, tmp_path, server, admin):
    name = f"stays-up-{language}"
    orc("plugin", "new", name, f"--{language}", "--warm", cwd=tmp_path)
    for file in kit:
        assert (tmp_path / name / pathlib.Path(file).name).read_bytes() == (REPOSITORY / "plugins/sdk" / file).read_bytes()
    tried = orc("plugin", "test", name, cwd=tmp_path)
    assert json.loads(tried.stdout) == LANGUAGES[language] and "passed" in tried.stderr
    orc("plugin", "add", name, "--data-dir", server.data_dir, cwd=tmp_path)
    done = orc("job", "submit", name, f"@{name}/input.json", "--wait", "--data-dir", server.data_dir, cwd=tmp_path)
    assert json.loads(done.stdout) == LANGUAGES[language]
    bad = orc("plugin", "test", name, "--input", "-", cwd=tmp_path, expect=1, given='{"text": " "}' if language == "python" else '{"numbers": []}')
    assert "failed: the text has no words" in bad.stderr or "failed: no numbers" in bad.stderr
    change(tmp_path / name, mode="once")
    assert json.loads(orc("plugin", "test", name, cwd=tmp_path).stdout) == LANGUAGES[language]


@pytest.mark.parametrize("command, program", [(["nope"], "nope"), (["./badshebang"], "./badshebang"), (["/usr/bin/nope"], "/usr/bin/nope")])
def test_a_program_that_cannot_be_started_is_named_and_never_tried_again(shell, tmp_path, command, program):
    folder = shell(tmp_path / "missing", "echo {}", command=command)
    (folder / "badshebang").write_text("#!/usr/bin/nope\n")
    (folder / "badshebang").chmod(0o755)
    done = json.loads(orc("plugin", "test", folder, "--json", cwd=tmp_path, expect=3).stdout)
    assert done["outcome"] == "refused" and done["message"].startswith(f"the program {program}, or the interpreter that its first line names, is not in the sandbox"), done


def test_a_program_that_is_not_in_the_folder_is_refused_with_it(shell, tmp_path):
    for command in ("./absent", "../run.sh"):
        folder = shell(tmp_path / command.strip("./"), "echo {}", command=[command])
        assert "is no file of the package" in orc("plugin", "test", folder, cwd=tmp_path, expect=2).stderr


@pytest.mark.parametrize("arguments", [("new", "two", "--shell", "--warm"), ("new", "Bad Name", "--shell"), ("new", "no-language"), ("new", "two", "--shell", "--cpp")])
def test_a_wrong_new_makes_nothing(arguments, tmp_path):
    orc("plugin", *arguments, cwd=tmp_path, expect=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("script, fields, given, code, said", [
    ("echo sorry >&2; exit 7", {}, "{}", 1, "failed: sorry"),
    ("echo '{\"bytes\": 1}'", {}, "{}", 1, "the plugin's output was refused: "),
    ("echo no json", {}, "{}", 1, "the plugin's output was refused: Invalid JSON"),
    ("echo '{\"a\": 1, \"a\": 2}'", {"output_schema": None}, "{}", 1, "the plugin's output was refused: Invalid JSON"),
    ("true", {"output_schema": None}, "{}", 1, "the plugin printed nothing on standard output"),
    ("echo {}", {}, "{", 2, "the standard input is no JSON"),
    ("echo {}", {}, '{"f": {"$blob": "sha256:1"}}', 2, "64"),
    ("echo '{\"bytes\": 1, \"lines\": 1}'", {"input_schema": {}}, "[1]", 2, "must be a JSON object, such as '{\"features\": [1, 2]}', not [1]"),
    ("echo {}", {"input_schema": {"required": ["n"]}}, "{}", 2, "does not fit input_schema"),
    ("echo {}", {"input_schema": {"type": "thing"}}, "{}", 2, "plugin.json: input_schema"),
    ("echo {}", {"limits": {"memory_mb": 0}}, "{}", 2, "plugin.json: limits.memory_mb"),
    ("sleep 60", {"limits": {"timeout_seconds": 1, "grace_seconds": 0}}, "{}", 1, "timed out after 1 s"),
])
def test_what_is_wrong_is_said_with_its_exit_code(shell, tmp_path, script, fields, given, code, said):
    folder = shell(tmp_path / "wrong", script, **fields)
    assert said in orc("plugin", "test", folder, "--input", "-", cwd=tmp_path, given=given, expect=code).stderr


def test_an_image_is_not_tried_and_where_it_runs_is_said(tmp_path):
    (tmp_path / "plugin.json").write_text(json.dumps({"name": "pictures", "version": "1.0.0", "docker_image_url": "busybox:1"}))
    (tmp_path / "input.json").write_text("{}")
    said = orc("plugin", "test", tmp_path, cwd=tmp_path, expect=2).stderr
    assert "pictures is the image busybox:1, and a trial runs folders only" in said and "isolation" not in said


def test_a_broken_input_is_named_as_it_was_given(shell, tmp_path):
    folder = shell(tmp_path / "broken", "echo {}")
    (tmp_path / "given.json").write_text("{")
    said = orc("plugin", "test", folder, "--input", "given.json", cwd=tmp_path, expect=2).stderr
    assert "given.json is no JSON" in said and "@FILE" not in said


def test_a_missing_folder_or_input_is_not_found(shell, tmp_path):
    orc("plugin", "test", "nowhere", cwd=tmp_path, expect=5)
    folder = shell(tmp_path / "here", "echo {}")
    orc("plugin", "test", folder, "--input", tmp_path / "absent.json", cwd=tmp_path, expect=5)


def test_a_trial_as_json_and_with_a_file(shell, tmp_path):
    folder = shell(tmp_path / "reader", 'echo one >&2; printf \'{"bytes": %d, "lines": 1}\' "$(cat $ORC_INPUT_DIR/* | wc -c)"')
    (tmp_path / "file").write_bytes(b"twelve bytes")
    name = "sha256:" + subprocess.run(["sha256sum", tmp_path / "file"], check=True, capture_output=True, text=True).stdout.split()[0]
    given = json.dumps({"f": {"$blob": name}})
    done = json.loads(orc("plugin", "test", folder, "--input", "-", "--json", "--blob", tmp_path / "file", cwd=tmp_path, given=given).stdout)
    assert done["outcome"] == "succeeded" and done["output"] == {"bytes": 12, "lines": 1} and done["log"] == ["one"]
    assert done["usage"]["peak_bytes"] > 0 and done["exit_code"] == 0
    assert "--blob FILE" in orc("plugin", "test", folder, "--input", "-", cwd=tmp_path, given=given, expect=2).stderr


def test_a_plugin_that_stays_up_is_tried_in_its_mode(shell, tmp_path):
    folder = shell(tmp_path / "warm", """printf '{"ready": true}\\n'
while read -r line; do
  id=${line#*:}
  printf '{"id":%s,"output":{"bytes": 4, "lines": 1}}\\n' "${id%%,*}"
done""")
    change(folder, mode="warm")
    done = json.loads(orc("plugin", "test", folder, "--input", "-", "--json", cwd=tmp_path, given='{"text": "a"}').stdout)
    assert done["outcome"] == "succeeded" and done["output"] == {"bytes": 4, "lines": 1}
    change(folder, command=["/bin/cat"], warm={"start_seconds": 1})
    said = orc("plugin", "test", folder, "--input", "-", cwd=tmp_path, given='{"text": "a"}', expect=1).stderr
    assert 'waiting   for the program\'s {"ready": true}, 1 s at most' in said, said
    assert 'a program that ends after one input is "mode": "once"' in said, said


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_trial_leaves_nothing_behind(shell, tmp_path, monkeypatch, end):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = shell(tmp_path / "plugin", "echo started >&2; sleep 60", limits={"timeout_seconds": 60, "grace_seconds": 0})
    environment = {**clean_environment(None), "TMPDIR": str(tmp_path)}
    # Whoever runs the tests may ignore that signal, as nohup does, and then so would the trial.
    with subprocess.Popen([ORC, "plugin", "test", folder], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
                          preexec_fn=lambda: signal.signal(end, signal.SIG_DFL)) as trial:
        while "started" not in trial.stderr.readline():
            assert trial.poll() is None
        trial.send_signal(end)
        assert "cancelled" in trial.stderr.read()
    assert trial.returncode == 1 and list(tmp_path.iterdir()) == [folder]


def test_the_documentation_begins_with_three_commands_that_write_test_and_run(server, _admin, tmp_path):
    block = (REPOSITORY / "docs/plugins.md").read_text().partition("```sh\n")[2].partition("```")[0]
    write, test, run = (shlex.split(line, comments=True)[1:] for line in block.splitlines())
    orc(*write, cwd=tmp_path)
    assert json.loads(orc(*test, cwd=tmp_path).stdout) == LANGUAGES["python"]
    with running([ORC, *run, "--data-dir", str(server.data_dir)], cwd=tmp_path) as (dev, said, errors):
        assert '"words": 6' in said.next_with("completed")
        errors.next_with("watching")
        dev.send_signal(signal.SIGINT)
        dev.wait(timeout=20)


def test_dev_ends_at_once_while_its_plugin_hangs_and_tells_which_job_goes_on(server, _admin, tmp_path):
    orc("plugin", "new", "hanging", "--shell", cwd=tmp_path)
    folder = tmp_path / "hanging"
    (folder / "run.sh").write_text("#!/bin/sh\necho hangs >&2\nexec sleep 1000\n")
    with dev_of(folder, server) as (dev, said, errors):
        errors.next_with("watching")
        said.next_with("hanging 1.0.0")
        errors.next_with("log       hangs")
        dev.send_signal(signal.SIGINT)
        assert dev.wait(timeout=20) == -signal.SIGINT
        words = errors.next_with("goes on: orc job get").split()
    assert words[0] == "job" and words[-4:] == ["orc", "job", "cancel", words[1]]
    orc("job", "cancel", words[1], "--data-dir", server.data_dir, cwd=tmp_path)


def test_dev_cancels_what_runs_of_the_version_before_and_runs_the_new_one(server, _admin, tmp_path):
    orc("plugin", "new", "replaced", "--shell", cwd=tmp_path)
    folder = tmp_path / "replaced"
    (folder / "run.sh").write_text("#!/bin/sh\necho the first >&2\nexec sleep 1000\n")
    with dev_of(folder, server) as (dev, said, errors):
        errors.next_with("the first")
        (folder / "plugin.json").rename(folder / "kept")
        said.next_with("plugin.json")  # what cannot be registered takes nobody's place
        (folder / "kept").rename(folder / "plugin.json")
        (folder / "run.sh").write_text("#!/bin/sh\necho the second >&2\necho '{\"bytes\": 2, \"lines\": 2}'\n")
        said.next_with("replaced 1.0.0 is current")
        cancelled = said.next_with("ran the version before: cancelled").split()
        errors.next_with("the second")
        assert '"bytes": 2' in said.next_with("completed")
        dev.send_signal(signal.SIGINT)
        assert dev.wait(timeout=20) == 0
    assert json.loads(orc("job", "get", cancelled[1], "--json", "--data-dir", server.data_dir, cwd=tmp_path).stdout)["status"] == "cancelled"


def test_dev_registers_again_on_every_save(server, admin, tmp_path):
    orc("plugin", "new", "dev-plugin", "--shell", cwd=tmp_path)
    folder = tmp_path / "dev-plugin"
    with dev_of(folder, server) as (dev, said, errors):
        assert "added" in said.next_with("dev-plugin 1.0.0")
        assert '"bytes"' in said.next_with("completed")
        errors.next_with("watching")
        (folder / "run.sh").write_text("#!/bin/sh\nexit 9\n")
        said.next_with("is current")
        said.next_with("failed")
        (folder / "plugin.json").write_text("{")
        said.next_with("plugin.json")
        orc("plugin", "new", "dev-plugin", "--shell", "--folder", folder / "later", cwd=tmp_path)
        change(folder / "later", version="1.0.1")
        pathlib.Path(folder / "later" / "plugin.json").rename(folder / "plugin.json")
        said.next_with("dev-plugin 1.0.1 is current")
        dev.send_signal(signal.SIGINT)
        assert dev.wait(timeout=20) in (0, -signal.SIGINT)  # it watched, or was still trying the new version
    versions = admin.client.get("/api/v1/plugins/dev-plugin/versions").json()
    assert {version["version"] for version in versions["items"]} == {"1.0.0", "1.0.1"}


def test_a_trial_whose_words_nobody_reads_any_more_ends(shell, tmp_path):
    shell(tmp_path / "talks", "while sleep 0.1; do echo a line >&2; done\n")
    trial = subprocess.Popen([ORC, "plugin", "test", tmp_path / "talks"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env=clean_environment({"TMPDIR": str(tmp_path)}))
    try:
        while "a line" not in trial.stdout.readline():
            pass
        trial.stdout.close()  # as `head` does; its time-out is a minute
        assert trial.wait(timeout=20) == 1
        assert not list(tmp_path.glob("orc-plugin-test-*"))
    finally:
        trial.kill()


def test_dev_makes_nothing_again_because_of_what_make_wrote(server, admin, tmp_path):
    orc("plugin", "new", "made", "--shell", cwd=tmp_path)
    folder = tmp_path / "made"
    (folder / "Makefile").write_text("all:\n\tdate +%N >stamp; echo >>../count\n")  # always has something to do, and never makes the same
    makes = lambda: len((tmp_path / "count").read_text())
    with dev_of(folder, server) as (dev, said, errors):
        said.next_with("completed")
        errors.next_with("watching")
        said.none_for(1)
        assert makes() == 1
        (folder / "run.sh").write_text("#!/bin/sh\necho '{\"bytes\": 4, \"lines\": 4}'\n")
        said.next_with('"bytes": 4')
        said.none_for(1)
        assert makes() == 2
        (folder / "Makefile").write_text("all:\n\techo >>../count; touch program; rm program; false\n")  # as a linker does
        said.next_with("make failed")
        said.none_for(1)
        assert makes() == 3
        dev.send_signal(signal.SIGINT)
        assert dev.wait(timeout=20) == 0
    assert len(admin.client.get("/api/v1/plugins/made/versions").json()["items"]) == 2


def test_dev_makes_once_more_what_was_saved_while_make_ran(server, _admin, tmp_path):
    orc("plugin", "new", "saved-meanwhile", "--shell", cwd=tmp_path)
    folder, gate = tmp_path / "saved-meanwhile", tmp_path / "gate"
    os.mkfifo(gate)
    (folder / "Makefile").write_text("all:\n\tcp source copy; echo making; read go <../gate\n")
    (folder / "run.sh").write_text("#!/bin/sh\ncat copy\n")
    (folder / "source").write_text('{"bytes": 1, "lines": 1}')
    with dev_of(folder, server) as (dev, said, errors):
        errors.next_with("making")
        (folder / "source").write_text('{"bytes": 2, "lines": 2}')
        gate.write_text("go\n")
        errors.next_with("making")
        gate.write_text("go\n")
        said.next_with('"bytes": 2')
        dev.send_signal(signal.SIGINT)
        dev.wait(timeout=20)
