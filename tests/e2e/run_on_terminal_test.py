"""`orc run` and what else waits for jobs, as a person has it before the eyes: how the job goes on is drawn, and Ctrl-C loses no job."""
import json
import signal
import subprocess

import pytest
from client import until
from on_terminal import CTRL_C, on_terminal
from orc_command import orc
from orc_server import ORC, clean_environment

SCRIPT = """#!/bin/sh
echo '{"progress": 0.25, "message": "a quarter, and a message that is much too long for the single line in which it has to stand, there being no second"}' >&3
exec sleep 1000
"""


@pytest.fixture(name="slow", scope="module")
def _slow(server, _admin, tmp_path_factory):
    """A plugin that tells how far it is, and does not end."""
    folder = tmp_path_factory.mktemp("slow") / "tells-and-stays"
    folder.mkdir()
    (folder / "plugin.json").write_text(json.dumps({"name": "tells-and-stays", "version": "1.0.0", "command": ["./run.sh"], "limits": {"timeout_seconds": 600}}))
    (folder / "run.sh").write_text(SCRIPT)
    (folder / "run.sh").chmod(0o755)
    orc("plugin", "add", folder, "--data-dir", server.data_dir, cwd=folder)
    return folder.name


def cancelled(server, text, cwd):
    """The job that the last words name goes on; it is cancelled as they say."""
    words = text.rpartition("orc job cancel ")[2].split()
    assert words, text
    shown = json.loads(orc("job", "get", words[0], "--json", "--data-dir", server.data_dir, cwd=cwd).stdout)
    orc("job", "cancel", words[0], "--data-dir", server.data_dir, cwd=cwd)
    return shown["status"]


@pytest.mark.parametrize("command", [("run",), ("job", "submit", "--wait")])
def test_progress_is_drawn_at_once_and_ctrl_c_tells_how_to_find_the_job(command, server, slow, tmp_path):
    with on_terminal(*command, slow, "{}", "--data-dir", server.data_dir, columns=60) as run:
        drawn = run.until("25 %  a quarter", patience=10)
        assert max(len(line) for line in drawn.replace("\x1b[K", "").split("\r")) < 60, "it stays in one row"
        run.press(CTRL_C)
        assert run.end() == -signal.SIGINT
    id_ = run.text.rpartition("orc job cancel ")[2].strip()
    assert run.text.endswith(f"\r\x1b[Kjob {id_} goes on: orc job get {id_}, orc job cancel {id_}\r\n")
    assert cancelled(server, run.text, tmp_path) == "processing"


def test_a_result_stands_alone_where_the_progress_was(server, echo):
    with on_terminal("run", echo, '{"n": 1}', "--data-dir", server.data_dir) as run:
        assert run.end() == 0
    assert run.text.rpartition("\x1b[K")[2].strip().startswith("{")


def test_a_batch_that_is_waited_for_says_which_jobs_go_on(server, slow, tmp_path):
    (tmp_path / "inputs").write_text("{}\n{}\n")
    with on_terminal("job", "batch", tmp_path / "inputs", "--plugin", slow, "--wait", "--data-dir", server.data_dir) as batch:
        batch.until("waiting [")
        batch.press(CTRL_C)
        assert batch.end() == -signal.SIGINT
    first, _, last = batch.text.rpartition("jobs ")[2].partition(" go on: orc job list")[0].split()
    for id_ in (first, last):
        orc("job", "cancel", id_, "--data-dir", server.data_dir, cwd=tmp_path)


def test_without_a_terminal_a_signal_says_that_the_job_may_go_on(server, slow, tmp_path):
    def ids():
        return [job["id"] for job in json.loads(orc("job", "list", "--plugin", slow, "--json", "--data-dir", server.data_dir, cwd=tmp_path).stdout)["items"]]

    before = ids()
    with subprocess.Popen([ORC, "run", slow, "{}", "--data-dir", server.data_dir], stderr=subprocess.PIPE, text=True, env=clean_environment(None),
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as run:
        until(lambda: ids() != before)
        run.send_signal(signal.SIGINT)
        assert "The job may be submitted, and goes on then: orc job list" in run.stderr.read()
    assert run.returncode == -signal.SIGINT
    orc("job", "cancel", ids()[0], "--data-dir", server.data_dir, cwd=tmp_path)
