"""A worker and a server of releases one apart work together: recorded sessions, played to both ends of today."""
import pytest
import worker_recording
from client import Client, make_user, until
from orc_runner import OrcRunner, worker_key

RECORDINGS = sorted(worker_recording.FOLDER.glob("*.json"))
NAMES = [file.stem for file in RECORDINGS]


def test_there_are_recordings():
    assert {"v1_ends", "v1_reports"} <= set(NAMES)


@pytest.mark.parametrize("file", RECORDINGS, ids=NAMES)
def test_the_server_serves_a_recorded_worker(file, start_server, contract):
    server = start_server("--roles", "api,registry")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    replay = worker_recording.Replay(worker_recording.load(file), admin, admin.with_token(worker_key(admin)))
    replay.play()
    statuses = [admin.get(f"/api/v1/jobs/{job}").json()["status"] for job in replay.jobs.values()]
    assert statuses == ["completed", "completed", "failed", "completed", "cancelled"]
    logs = [admin.get(f"/api/v1/jobs/{job}/logs").json()["items"] for job in replay.jobs.values()]
    assert [line["text"] for line in logs[2]] == ["it went wrong"]
    assert [line["text"] for line in logs[3]] == ["line 1", "line 2", "line 3", "line 4"]


@pytest.mark.parametrize("file", RECORDINGS, ids=NAMES)
def test_the_runner_works_for_a_recorded_server(file, tmp_path):
    steps = worker_recording.load(file)
    server = worker_recording.PlayedServer(steps)
    runner = OrcRunner(server.url, "orc_of_no_account", tmp_path / "runner", ("--workers", "1", "--name", "recorded"))
    until(lambda: sum('"attempt ended"' in line for line in runner.lines) == 5)
    runner.stop()
    assert server.signed_off.is_set()
    recorded = [end for step in server.exchanges if step["request"]["path"].endswith("/finish") for end in step["request"]["body"]["json"]["ends"]]
    said = ("job_id", "fence", "outcome", "output_text", "output_blob", "exit_code", "isolation")
    assert [{name: end.get(name) for name in said} for end in server.ends] == [{name: end.get(name) for name in said} for end in recorded]
    talkative = recorded[3]["job_id"], recorded[3]["fence"]
    assert server.logs[talkative] == {n: f"line {n}" for n in range(1, 5)}, "each line once, whether it was reported or came with the end"
    assert server.unknown == [], "a server of that release does not know these"
