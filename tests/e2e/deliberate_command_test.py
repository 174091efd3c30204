"""`orc deliberate` and `orc deliberation`, against a server and `orc model-stub`."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest
from model_stub import ModelStub
from orc_server import ORC, clean_environment

VERIFIER = pathlib.Path(__file__).resolve().parents[2] / "examples" / "deliberation"
FAST = ("--first-token", 20, "--tokens-per-second", 0)


@pytest.fixture(name="orc")
def _orc(server, admin):  # pylint: disable=unused-argument
    def run(*words, expect=0):
        done = subprocess.run([str(ORC), *map(str, words), "--data-dir", str(server.data_dir)], check=False, capture_output=True, text=True,
                              env=clean_environment(), timeout=60)
        assert done.returncode == expect, done
        return done.stdout + done.stderr

    return run


def asked(stub, *words):
    return ("deliberate", "Name a prime above 10.", "--model", "m", "--endpoint", stub.url, *words)


def test_a_vote_is_printed_with_its_agents_and_what_it_cost(orc, tmp_path):
    with ModelStub(*FAST, record=[{"answers": ["I say 11.", "It is 11"]}], folder=tmp_path) as stub:
        shown = orc(*asked(stub, "--agents", 5, "--preset", "vote", "--extract", "number"))
    assert "Decision of agent-" in shown and " by vote:" in shown and "11" in shown
    assert "answered" in shown and "tokens in" in shown


def test_a_verifier_finds_the_right_answer_of_several_models(orc):
    orc("plugin", "add", VERIFIER / "exact-change")
    with ModelStub(*FAST, "--record", VERIFIER / "answers.jsonl") as stub:
        models = [word for name in ("confident", "careful", "clumsy") for word in ("--model", name)]
        ended = json.loads(orc("deliberate", "Pay 87 cents with coins of 50, 20, 10, 5, 2 and 1.", "--preset", "best_of_n", "--verifier", "exact-change",
                               *models, "--endpoint", stub.url, "--json"))
    assert ended["result"]["proposal"] == "50 + 20 + 10 + 5 + 2"
    assert {one["agent_id"]: one["score"] for one in ended["results"]} == {"agent-1": 0, "agent-2": 1, "agent-3": 0.9167}


def test_whom_the_budget_kept_from_being_asked_is_told_so(orc):
    with ModelStub(*FAST) as stub:
        shown = orc(*asked(stub, "--agents", 4, "--options", '{"budget":{"calls":2}}'))
        assert shown.count("no budget") == 2 and "The budget was reached" in shown and "not needed" not in shown, shown
        refused = orc(*asked(stub, "--agents", 4, "--options", '{"quorum":3,"budget":{"calls":2}}'), expect=2)
    assert "options.budget.calls is 2, but options.quorum is 3" in refused


def test_events_of_a_server_that_publishes_to_none_are_not_published_again(orc):
    assert "publishes events to none" in orc("events", "replay", "--since", "0", expect=5)


def test_one_that_cannot_be_decided_has_an_exit_code_of_its_own(orc):
    with ModelStub(*FAST, "--errors", 1, "--error-status", 400) as stub:
        assert "No decision" in orc(*asked(stub), expect=1)


def test_one_that_runs_is_listed_shown_and_cancelled(orc):
    with ModelStub("--first-token", 3_600_000) as stub:
        name = orc(*asked(stub, "--no-wait")).strip()
        assert name in orc("deliberation", "list", "--status", "running")
        assert "waiting" in orc("deliberation", "get", name)
        assert "cancelled" in orc("deliberation", "cancel", name)
        orc("deliberation", "cancel", name, expect=5)
        assert "cancelled" in orc("deliberation", "get", name)


def test_one_that_is_interrupted_told_how_it_is_ended(orc, server):
    with ModelStub("--first-token", 3_600_000) as stub:
        # Whoever runs these tests in the background has SIGINT ignored, and so all below him.
        command = ["/usr/bin/env", "--default-signal=INT", str(ORC), *map(str, asked(stub)), "--data-dir", str(server.data_dir)]
        asker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=clean_environment())
        told = asker.stderr.readline()
        asker.send_signal(signal.SIGINT)
        assert asker.wait(timeout=10) != 0
        asker.stderr.close()
        name = told.split()[0]
        assert told == f"{name} is under way; orc deliberation cancel {name} ends it\n"
        assert "cancelled" in orc("deliberation", "cancel", name)


def test_what_does_not_exist_and_what_is_not_allowed_are_told(orc):
    assert "orc: " in orc("deliberation", "get", "deliberation-none-1-2", expect=5)
    assert "vllm_url" in orc("deliberate", "x", "--model", "m", "--endpoint", "http://169.254.169.254", expect=4)


def all_of(terminal):
    seen = b""
    while select.select([terminal], [], [], 30)[0]:
        try:
            seen += os.read(terminal, 65536)
        except OSError:  # so Linux says that the other side is closed
            break
    os.close(terminal)
    return seen.decode()


def test_agents_are_shown_side_by_side_while_they_answer(server, tmp_path):
    ours, theirs = pty.openpty()
    slow = ("--first-token", 300, "--tokens-per-second", 4)
    with ModelStub(*slow, record=[{"answer": "It must be either 7 or 11."}], folder=tmp_path) as stub:
        watcher = subprocess.Popen([str(ORC), *map(str, asked(stub)), "--data-dir", str(server.data_dir)], stdin=theirs, stdout=theirs, stderr=theirs,
                                   env=clean_environment({"TERM": "xterm"}))
        os.close(theirs)
        text = all_of(ours)
        assert watcher.wait(timeout=10) == 0
    assert text.index("waiting") < text.index("writing") < text.index("\x1b[32manswered")
    assert text.index("It must") < text.index("either 7") < text.index("\x1b[32manswered"), "it grows word by word"
    assert "Decision" in text


def test_on_a_terminal_with_few_rows_no_more_is_drawn_than_it_has(server, tmp_path):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 80, 0, 0))
    with ModelStub("--first-token", 50, "--tokens-per-second", 10, record=[{"answer": "It must be either 7 or 11."}], folder=tmp_path) as stub:
        watcher = subprocess.Popen([str(ORC), *map(str, asked(stub, "--agents", 20)), "--data-dir", str(server.data_dir)], stdin=theirs, stdout=theirs,
                                   stderr=theirs, env=clean_environment({"TERM": "xterm"}))
        os.close(theirs)
        text = all_of(ours)
        assert watcher.wait(timeout=10) == 0
    assert max(map(int, re.findall(r"\x1b\[(\d+)A", text))) <= 9
    assert "… and 14 more, " in text


CRITICS = '{"stages": [{"kind": "propose"}, {"kind": "critique"}, {"kind": "aggregate"}]}'


def test_on_a_terminal_agents_wait_anew_in_each_phase(server):
    ours, theirs = pty.openpty()
    slow = ("--first-token", 100, "--tokens-per-second", 40, "--tokens", 10)
    with ModelStub(*slow) as stub:
        watcher = subprocess.Popen([str(ORC), *map(str, asked(stub, "--options", CRITICS)), "--data-dir", str(server.data_dir)], stdin=theirs,
                                   stdout=theirs, stderr=theirs, env=clean_environment({"TERM": "xterm"}))
        os.close(theirs)
        text = all_of(ours)
        assert watcher.wait(timeout=10) == 0
    phases = re.findall(r"(propose|critique|aggregate), (\d) of (\d) answered", text)
    for kind, asks in (("propose", "3"), ("critique", "3"), ("aggregate", "1")):
        assert next((count, of) for phase, count, of in phases if phase == kind) == ("0", asks), phases
    first = text[text.index("critique, 0 of 3"):].split("\x1b[J")[0]
    drawn = text[:text.index("critique, 0 of 3")].rsplit("AGENT", 1)[1] + first
    assert drawn.count("waiting") == 3 and "\x1b[32manswered" not in drawn, drawn


def test_one_vote_of_more_than_half_of_the_weight_is_a_majority(orc, tmp_path):
    record = [{"model": "heavy", "answer": "It is 11"}, {"answer": "It is 13"}]
    weighted = {"stages": [{"kind": "propose"}, {"kind": "vote", "rule": "weighted"}], "agents": {"agent-1": {"weight": 10}}}
    with ModelStub(*FAST, record=record, folder=tmp_path) as stub:
        shown = orc("deliberate", "Name a prime above 10.", "--model", "heavy", "--model", "light", "--endpoint", stub.url, "--agents", 2,
                    "--extract", "number", "--options", json.dumps(weighted))
    assert "0.91" in shown and "majority" not in shown, shown


def test_without_a_terminal_what_happens_is_told_in_lines(orc):
    with ModelStub(*FAST) as stub:
        shown = orc(*asked(stub, "--watch", "--options", CRITICS))
    for kind, whom in (("propose", "3 agents are"), ("critique", "3 agents are"), ("aggregate", "1 agent is")):
        assert f"\n{kind}: {whom} asked\n" in shown, shown
    assert len(re.findall(r"^agent-[123] answered after \d+\.\d\d s$", shown, re.MULTILINE)) == 7, shown


def test_a_flag_of_another_preset_is_refused(orc):
    with ModelStub(*FAST) as stub:
        for preset in (("--preset", "vote"), ("--options", '{"stages": [{"kind": "propose"}]}'), ()):
            assert "--strong" in orc(*asked(stub, "--strong", 2, *preset), expect=2)
        assert stub.counts()["asked"] == 0


def test_events_are_lines_where_they_are_asked_for(orc, tmp_path):
    with ModelStub(*FAST, record=[{"answer": "It is 11."}], folder=tmp_path) as stub:
        *events, record = map(json.loads, orc(*asked(stub, "--agents", 2, "--watch", "--json")).splitlines())
        assert record["status"] == "completed" and record["result"]["proposal"] == "It is 11."
        assert [one["agent_id"] for one in events[0]["agents"]] == ["agent-1", "agent-2"]
        assert len(events) >= 4
        assert orc(*asked(stub, "--json")).count("\n") == 1, "without --watch the record alone"
        assert "Decision" in orc(*asked(stub, "--watch"))
        orc(*asked(stub, "--watch", "--no-wait"), expect=2)
