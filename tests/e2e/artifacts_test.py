"""Files that runs leave: listed, fetched, kept without their worker, gone with their job."""
import hashlib
import subprocess

from orc_server import ORC, clean_environment

LEAVES = """
cd "$ORC_OUTPUT_DIR"
printf 'a,b\\n1,2\\n' >'table 1.csv'
head -c 300000 /dev/urandom >noise.bin
ln -s /etc/passwd passwd
[ "$ORC_ATTEMPT" = 1 ] && echo once >once
[ -n "$FAIL" ] && exit 65
echo '{}'
"""


def listed(client, job):
    return {item["name"]: item for item in client.get(f"/api/v1/jobs/{job['id']}/artifacts").json()["items"]}


def test_files_are_listed_and_fetched_and_go_with_their_job(alice, bob, new_plugin):
    job = alice.client.finished(alice.client.submit(new_plugin(LEAVES), {})["id"])
    assert job["status"] == "completed", job
    files = listed(alice.client, job)
    assert sorted(files) == ["noise.bin", "once", "table 1.csv"]
    path = f"/api/v1/jobs/{job['id']}/artifacts"
    noise = alice.client.get(f"{path}/noise.bin")
    assert hashlib.sha256(noise.content).hexdigest() == files["noise.bin"]["sha256"] and len(noise.content) == files["noise.bin"]["bytes"] == 300000
    table = alice.client.get(f"{path}/table%201.csv")
    assert table.content == b"a,b\n1,2\n" and table.headers["Content-Disposition"] == "attachment; filename*=UTF-8''table%201.csv"
    for absent in ("passwd", "absent", "..%2Fpasswd"):
        assert alice.client.request("GET", f"{path}/{absent}").status_code in (400, 404)
    bob.client.get(path, 403)
    bob.client.get(f"{path}/once", 403)
    (usage,) = [attempt["usage"] for attempt in alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]]
    assert usage["bytes_out"] == 3 + 300000 + 8 + 5 and usage["bytes_in"] == 2 and usage["wall_seconds"] > 0
    assert "3 entries" not in alice.client.get(f"/api/v1/jobs/{job['id']}/logs?format=text").text
    alice.client.delete(f"/api/v1/jobs/{job['id']}")
    alice.client.get(path, 404)


def test_a_name_that_may_stay_is_its_files_and_the_log_tells_which_became_others(alice, new_plugin):
    job = alice.client.finished(alice.client.submit(new_plugin("cd $ORC_OUTPUT_DIR; echo 1 >'a?b'; echo 2 >a_b; echo '{}'"), {})["id"])
    path = f"/api/v1/jobs/{job['id']}"
    assert {name: alice.client.get(f"{path}/artifacts/{name}").text for name in listed(alice.client, job)} == {"a_b": "2\n", "a_b-2": "1\n"}
    assert [line["text"] for line in alice.client.get(f"{path}/logs").json()["items"]] == ['of ORC_OUTPUT_DIR, "a?b" is kept as a_b-2']
    many = new_plugin("cd $ORC_OUTPUT_DIR; for n in $(seq 20); do echo 1 >\"$n?\"; done; echo '{}'")
    lines = alice.client.get(f"/api/v1/jobs/{alice.client.finished(alice.client.submit(many, {})['id'])['id']}/logs").json()["items"]
    assert len(lines) == 11 and lines[-1]["text"] == "10 more files have other names now"


def test_a_failed_job_keeps_its_files_until_it_is_retried(alice, new_plugin, for_ever):
    job = alice.client.finished(alice.client.submit(new_plugin(LEAVES, env={"FAIL": "1"}), {})["id"])
    assert job["status"] == "failed" and "once" in listed(alice.client, job)
    running = alice.client.submit(for_ever, {})
    assert listed(alice.client, running) == {}
    alice.client.post(f"/api/v1/jobs/{running['id']}/cancel", expect=202)


def test_the_command_line_lists_and_fetches(server, alice, new_plugin, tmp_path):
    job = alice.client.finished(alice.client.submit(new_plugin(LEAVES), {})["id"])

    def orc(*arguments, expect=0):
        done = subprocess.run([ORC, "job", *map(str, arguments), "--url", server.api, "--token", alice.client.token], check=False, capture_output=True,
                              env=clean_environment(None), timeout=60, cwd=tmp_path)
        assert done.returncode == expect, done.stderr
        return done.stdout.decode()

    assert "table 1.csv" in orc("artifacts", job["id"])
    assert orc("artifacts", job["id"], "table 1.csv", "-o", "-") == "a,b\n1,2\n"
    orc("artifacts", job["id"], "noise.bin")
    assert (tmp_path / "noise.bin").stat().st_size == 300000
    orc("artifacts", job["id"], "noise.bin", expect=2)
    orc("artifacts", job["id"], "absent", expect=5)
    shown = orc("get", job["id"])
    assert "of memory" in shown and "noise.bin, 300000 bytes" in shown
