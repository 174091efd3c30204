"""A worker and a server of releases one apart work together: recorded sessions, played to both ends of today."""
import pytest
import worker_recording
from client import Client, make_user, until
from orc_runner import OrcRunner, worker_key

RECORDINGS = sorted(worker_recording.FOLDER.glob("*.json"))
NAMES = [file.stem for file in RECORDINGS]
STATUSES = ["completed", "completed", "failed", "completed", "cancelled", "completed", "completed"]  # of worker_recording.JOBS; older releases had fewer
STALE = "the protocol has grown: record a session of this release (tests/golden/worker_protocol/README.md), and name it as the newest"


def ends_of(steps):
    return [end for step in steps if step.get("request", {}).get("path", "").endswith("/finish") for end in step["request"]["body"]["json"]["ends"]]


def news(now, then):
    """What one side says today and did not say then, by operation."""
    return {operation: said - then.get(operation, set()) for operation, said in now.items() if said - then.get(operation, set())}


def test_there_are_recordings_and_the_newest_has_all_kinds_of_words():
    assert {"v1_ends", "v1_reports", "v1_files"} <= set(NAMES)
    said = worker_recording.words_of([step for step in worker_recording.load(worker_recording.NEWEST) if "request" in step], "request")
    assert {"host", "host_memory_mb", "warm_requests", "runtimes[]", "cpus", "memory_mb", "gpus", "custom", "labels"} <= said["POST", "workers"]
    assert {"ends[].artifacts[].blob", "ends[].wall_ms", "ends[].bytes_in", "ends[].bytes_out"} <= said["POST", "finish"]
    assert {"reports[].progress", "reports[].message"} <= said["POST", "report"]


@pytest.mark.parametrize("file", RECORDINGS, ids=NAMES)
def test_the_server_serves_a_recorded_worker(file, start_server, contract):
    server = start_server("--roles", "api,registry")
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    steps = worker_recording.load(file)
    replay = worker_recording.Replay(steps, admin, admin.with_token(worker_key(admin)))
    replay.play()
    jobs = list(replay.jobs.values())
    assert [admin.get(f"/api/v1/jobs/{job}").json()["status"] for job in jobs] == STATUSES[:len(jobs)]
    logs = [admin.get(f"/api/v1/jobs/{job}/logs").json()["items"] for job in jobs]
    assert [line["text"] for line in logs[2]] == ["it went wrong"]
    assert [line["text"] for line in logs[3]] == ["line 1", "line 2", "line 3", "line 4"]
    for job, end in zip(jobs, ends_of(steps)):  # one worker with one slot: in the order of submission
        left = admin.get(f"/api/v1/jobs/{job}/artifacts").json()["items"]
        assert [(one["name"], one["bytes"]) for one in left] == [(one["name"], one["bytes"]) for one in end.get("artifacts", [])]
    if file == worker_recording.NEWEST:
        recorded = worker_recording.words_of([step for step in steps if "request" in step], "answer")
        assert not news(worker_recording.words_of(replay.exchanges, "answer"), recorded), STALE


@pytest.mark.parametrize("file", RECORDINGS, ids=NAMES)
def test_the_runner_works_for_a_recorded_server(file, tmp_path):
    steps = worker_recording.load(file)
    server = worker_recording.PlayedServer(steps)
    runner = OrcRunner(server.url, "orc_of_no_account", tmp_path / "runner", worker_recording.RUNNER)
    recorded = ends_of(steps)
    until(lambda: sum('"attempt ended"' in line for line in runner.lines) == len(recorded))
    runner.stop()
    assert server.signed_off.is_set()
    said = ("job_id", "fence", "outcome", "output_text", "output_blob", "exit_code", "isolation")
    said += ("artifacts",) if file == worker_recording.NEWEST else ()
    assert [{name: end.get(name) for name in said if name in then} for end, then in zip(server.ends, recorded)] \
        == [{name: end.get(name) for name in said if name in end} for end in recorded]
    talkative = recorded[3]["job_id"], recorded[3]["fence"]
    assert server.logs[talkative] == {n: f"line {n}" for n in range(1, 5)}, "each line once, whether it was reported or came with the end"
    assert server.unknown == [], "a server of that release does not know these"
    if file == worker_recording.NEWEST:
        assert not news(worker_recording.words_of(server.heard, "request"), worker_recording.words_of(server.exchanges, "request")), STALE
