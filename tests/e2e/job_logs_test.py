"""What runs say while they go on: log and progress, as they are read and as they are followed."""
import json
import subprocess
import threading

import plugin_package
import pytest
from client import Client, make_user, until
from event_stream import EventStream
from orc_server import ORC, OrcServer, clean_environment

TALKS = r"""
echo one >&2
echo '{"progress": 0.5, "message": "half"}' >&3
echo not json >&3
sleep 1.5
printf 'two \033[31mred\033[0m\n10%%\r20%%\n\303\274ber\n' >&2
echo '{}'
"""


@pytest.fixture(name="talkative", scope="module")
def _talkative(admin):
    plugin_package.upload(admin.client, "talkative", TALKS)
    return "talkative"


def url_of(client, job, rest=""):
    return f"{client.url}/api/v1/jobs/{job['id']}/logs/stream{rest}"


def follow(server, user, job, *more):
    return subprocess.run([ORC, "job", "logs", "-f", str(job["id"]), *more, "--url", server.api, "--token", user.client.token], check=False,
                          capture_output=True, text=True, env=clean_environment(None), timeout=60)


def documents(followed):
    assert followed.stderr == ""
    return [json.loads(line) for line in followed.stdout.splitlines()]


def test_log_and_progress_are_followed_while_the_run_goes_on(alice, talkative):
    job = alice.client.submit(talkative, {})
    with EventStream(url_of(alice.client, job), alice.client.token) as stream:
        events = iter(stream)
        first = next(events)
        assert (first.kind, first.id, first.json["text"], first.json["stream"]) == ("line", "1", "one", "err")
        told = next(events)
        assert (told.kind, told.json) == ("progress", {"progress": 0.5, "message": "half"})
        running = alice.client.get(f"/api/v1/jobs/{job['id']}").json()
        assert (running["status"], running["progress"], running["progress_message"]) == ("processing", 0.5, "half")
        rest = list(events)
    texts = [event.json["text"] for event in rest if event.kind == "line"]
    assert texts[:3] == ["two \x1b[31mred\x1b[0m", "10%\r20%", "über"], "escapes, carriage returns and letters are kept"
    assert "1 lines on descriptor 3" in texts[3]
    assert (rest[-1].kind, rest[-1].json) == ("end", {"status": "completed"})
    ended = alice.client.get(f"/api/v1/jobs/{job['id']}").json()
    assert ended["progress"] is None

    again = alice.client.get(f"/api/v1/jobs/{job['id']}/logs/stream", headers={"Last-Event-ID": "3"}).text
    assert "id: 4\n" in again and "id: 3\n" not in again and "event: end\n" in again
    assert "id: 2\n" in alice.client.get(f"/api/v1/jobs/{job['id']}/logs/stream?from=2", headers={"Last-Event-ID": "1"}).text
    alice.client.get(f"/api/v1/jobs/{job['id']}/logs/stream?from=0", 422)
    assert alice.client.get(f"/api/v1/jobs/{job['id']}/logs?format=text&from=4&limit=1").text == "über\n"


def test_the_files_that_a_job_left_are_told_before_its_end(server, admin, alice):
    plugin_package.upload(admin.client, "leaver", "printf 'a,b' >\"$ORC_OUTPUT_DIR/table 1.csv\"\nprintf '{}'\n")
    job = alice.client.submit("leaver", {})
    with EventStream(url_of(alice.client, job), alice.client.token) as stream:
        *_, file, end = stream
    assert (file.kind, file.json) == ("file", alice.client.get(f"/api/v1/jobs/{job['id']}/artifacts").json()["items"][0])
    assert file.json["name"] == "table 1.csv" and (end.kind, end.json) == ("end", {"status": "completed"})
    followed = follow(server, alice, job)
    assert (followed.stdout, followed.stderr) == ("", "left table 1.csv, 3 bytes\n")
    assert documents(follow(server, alice, job, "--json")) == [{"file": file.json}, {"end": end.json}]


# More than is kept, and goes on then, as long as its job is wanted.
LONG = r"""
seq 1 200000 >&2
printf '{"progress": 1}\n' >&3
exec sleep 1000
"""


@pytest.mark.parametrize("end", ["cancelled", "timed_out"])
def test_a_log_that_is_full_says_so_at_once_and_has_its_last_lines_however_the_run_ends(admin, alice, end):
    plugin_package.upload(admin.client, name := f"long-{end.replace('_', '-')}", LONG, limits={"timeout_seconds": 20 if end == "timed_out" else 600, "grace_seconds": 1})
    job = alice.client.submit(name, {}, max_attempts=1)
    with EventStream(url_of(alice.client, job), alice.client.token) as stream:
        events = iter(stream)
        texts = []
        while not texts or "the log is full here" not in texts[-1]:
            event = next(events)
            texts += [event.json["text"]] if event.kind == "line" else []
        assert alice.client.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "processing", "it is told while the run goes on"
        live = len(texts)
        assert texts[:-1] == [str(n) for n in range(1, live)]
        if end == "cancelled":
            until(lambda: alice.client.get(f"/api/v1/jobs/{job['id']}").json()["progress"] == 1)
            alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202)
        ids = []
        for event in events:
            if event.kind == "line":
                texts.append(event.json["text"])
                ids.append(int(event.id))
    assert event.kind == "end"
    assert ids == list(range(live + 1, len(texts) + 1)), "no line twice, and none renumbered"
    left_out = int(texts[live].split()[1])
    assert "lines left out" in texts[live] and texts[-1] == "200000"
    assert left_out + len(texts) - 2 == 200000
    stored = alice.client.get(f"/api/v1/jobs/{job['id']}/logs?format=text&from={live}&limit=3").text.splitlines()
    assert stored == texts[live - 1:live + 2]
    (attempt,) = alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert attempt["outcome"] == end


def test_a_bar_that_is_redrawn_is_told_while_it_goes_on(admin, alice):
    plugin_package.upload(admin.client, "bar", """for n in 10 20 30 40; do printf '\\r%s%%' "$n" >&2; sleep 1.5; done; echo >&2; echo '{}'\n""")
    job = alice.client.submit("bar", {})
    with EventStream(url_of(alice.client, job), alice.client.token) as stream:
        events = iter(stream)
        texts = [next(events).json["text"]]
        assert alice.client.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "processing"
        texts += [event.json["text"] for event in events if event.kind == "line"]
    assert len(texts) > 1 and "".join(texts) == "\r10%\r20%\r30%\r40%"


def test_a_cancelled_and_a_deleted_job_end_their_streams(alice, for_ever):
    for act, status in ((lambda job: alice.client.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202), "cancelled"),
                        (lambda job: alice.client.delete(f"/api/v1/jobs/{job['id']}"), "deleted")):
        job = alice.client.submit(for_ever, {})
        with EventStream(url_of(alice.client, job), alice.client.token) as stream:
            threading.Thread(target=act, args=(job,)).start()
            last = list(stream)[-1]
        assert (last.kind, last.json) == ("end", {"status": status})


def test_the_command_line_follows_and_ends_as_the_job_does(server, alice, talkative, new_plugin):
    done = follow(server, alice, alice.client.submit(talkative, {}))
    assert done.returncode == 0 and done.stdout.splitlines()[0] == "one" and "über" in done.stdout
    told = documents(follow(server, alice, alice.client.submit(talkative, {}), "--json", "--from", "2"))
    assert [one["n"] for one in told if "n" in one] == [2, 3, 4, 5]
    assert {"progress": 0.5, "message": "half"} in told and told[-1] == {"end": {"status": "completed"}}
    job = alice.client.submit(new_plugin("echo sorry >&2; exit 65"), {})
    failed = follow(server, alice, job)
    assert failed.returncode == 1 and "failed" in failed.stderr and failed.stdout == "sorry\n"
    failed = follow(server, alice, job, "--json")
    assert failed.returncode == 1
    *_, line, end = documents(failed)
    assert line["text"] == "sorry" and end == {"end": {"status": "failed"}}


def test_a_follower_outlives_a_restart_of_the_server(tmp_path, contract):
    """The stream ends without `end` when the server stops, and the command line goes on with the next one."""
    server = OrcServer(tmp_path, ["--stop-seconds", "2"])
    admin = make_user(Client(server.api, contract), "admin@example.com")
    plugin_package.upload(admin.client, "slow", "echo one >&2; sleep 60", limits={"grace_seconds": 0})
    job = admin.client.submit("slow", {})
    command = [ORC, "job", "logs", "-f", str(job["id"]), "--url", server.api, "--token", admin.client.token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(None)) as follower:
        assert follower.stdout.readline() == "one\n"
        server.stop()
        server = OrcServer(tmp_path, ["--listen", server.api.removeprefix("http://")])
        assert follower.stdout.readline() == "one\n", "of the second attempt"
        admin.client.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202)
        assert follower.wait(timeout=30) == 1
        assert "cancelled" in follower.stderr.read()
    server.stop()
