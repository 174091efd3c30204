"""Files that jobs of plugins that stay up are given, and leave."""
import hashlib
import uuid

import pytest
from warm_test import batch, upload

# Reads the files that its input names, leaves some, and tells what else it sees.
CLERK = """
import os, pathlib, signal, sys
from orc_plugin import Failure, serve

def work(document, context):
    folder = context.output_dir
    if document.get("leave"):
        for name, text in document["leave"].items():
            pathlib.Path(folder, name).write_text(text)
    if document.get("bytes"):
        pathlib.Path(folder, "large").write_bytes(bytes(document["bytes"]))
    if document.get("mess"):
        os.symlink("/etc/passwd", f"{folder}/link")
        os.mkdir(f"{folder}/folder")
        pathlib.Path(f"{folder}/folder/inner").write_text("x")
        os.chmod(f"{folder}/folder", 0)
    if document.get("do") == "fail":
        raise Failure("it failed")
    if document.get("do") == "exit":
        os._exit(3)
    if document.get("do") == "hang":
        print("it hangs", file=sys.stderr, flush=True)
        signal.pause()
    files = document.get("files", [])
    return {"pid": START, "texts": [pathlib.Path(file).read_text() for file in files], "folder": folder, "input": context.variables.get("ORC_INPUT_DIR"),
            "others": sorted(os.listdir(os.path.dirname(folder))) if folder else [], "inputs": sorted(os.listdir("/input")) if os.path.isdir("/input") else []}

START = os.getpid()
serve(work)
"""


@pytest.fixture(name="clerk")
def _clerk(admin):
    def make(files_out=True, limits=None, **warm):
        return upload(admin.client, f"clerk-{uuid.uuid4().hex[:12]}", CLERK, warm={"files_out": files_out} | warm, limits={"timeout_seconds": 20, "grace_seconds": 1} | (limits or {}),
                      retry={"max_attempts": 1})

    return make


def put(client, content):
    digest = hashlib.sha256(content).hexdigest()
    client.request("PUT", f"/api/v1/blobs/{digest}", None, data=content, headers={"Content-Type": "application/octet-stream"})
    return {"$blob": f"sha256:{digest}"}


def left(client, job):
    path = f"/api/v1/jobs/{job}/artifacts"
    return {item["name"]: client.get(f"{path}/{item['name']}").text for item in client.get(path).json()["items"]}


def test_a_request_is_given_its_files_and_what_it_leaves_is_kept(alice, clerk):
    plugin = clerk()
    first = alice.client.finished(alice.client.submit(plugin, {"files": [put(alice.client, b"one"), put(alice.client, b"two")], "leave": {"a.txt": "A"}})["id"])
    assert first["status"] == "completed", first
    assert first["result"]["texts"] == ["one", "two"] and first["result"]["input"] and left(alice.client, first["id"]) == {"a.txt": "A"}
    second = alice.client.finished(alice.client.submit(plugin, {"leave": {"b.txt": "B"}})["id"])
    told = second["result"]
    assert told["pid"] == first["result"]["pid"], "the process stayed up"
    assert told["folder"] != first["result"]["folder"] and len(told["others"]) == 1, "the first one's folder is gone"
    assert told["inputs"] == [] and told["input"] is None, "so are its files"
    assert left(alice.client, second["id"]) == {"b.txt": "B"}
    (attempt,) = alice.client.get(f"/api/v1/jobs/{first['id']}/attempts").json()["items"]
    assert attempt["usage"]["bytes_in"] > 6 and attempt["usage"]["bytes_out"] > 1 and attempt["usage"]["cpu_seconds"] is not None


def test_files_are_given_also_where_none_may_be_left(alice, clerk):
    plugin = clerk(files_out=False)
    done = alice.client.finished(alice.client.submit(plugin, {"files": [put(alice.client, b"three")]})["id"])
    assert done["result"]["texts"] == ["three"] and done["result"]["folder"] is None
    gone = alice.client.finished(alice.client.submit(plugin, {"files": []})["id"])
    assert gone["result"]["inputs"] == []


def test_jobs_in_one_process_keep_their_files_apart(alice, clerk):
    plugin = clerk(in_flight=8)
    files = [put(alice.client, f"file {n}".encode()) for n in range(30)]
    jobs = batch(alice.client, plugin, [{"files": [files[n]], "leave": {"out.txt": str(n)}} for n in range(30)])
    for n, job in enumerate(jobs):
        done = alice.client.finished(job)
        assert done["status"] == "completed" and done["result"]["texts"] == [f"file {n}"], done
        assert left(alice.client, job) == {"out.txt": str(n)}


def test_a_failure_leaves_its_files_and_what_is_none_is_left_out(alice, clerk):
    plugin = clerk()
    failed = alice.client.finished(alice.client.submit(plugin, {"leave": {"a.txt": "A"}, "mess": True, "do": "fail"})["id"])
    assert failed["error_message"] == "it failed" and left(alice.client, failed["id"]) == {"a.txt": "A"}
    assert "2 entries of ORC_OUTPUT_DIR were not kept" in alice.client.get(f"/api/v1/jobs/{failed['id']}/logs?format=text").text
    after = alice.client.finished(alice.client.submit(plugin, {})["id"])
    assert len(after["result"]["others"]) == 1, "nothing of the mess is there"


def test_who_brings_the_process_down_leaves_nothing_and_the_others_are_given_their_files_again(alice, clerk):
    plugin = clerk(in_flight=4)
    file = put(alice.client, b"again")
    bad, *good = batch(alice.client, plugin, [{"leave": {"lost.txt": "x"}, "do": "exit"}] + [{"files": [file], "leave": {"n.txt": str(n)}} for n in range(6)])
    assert alice.client.finished(bad)["status"] == "failed" and left(alice.client, bad) == {}
    for n, job in enumerate(good):
        assert alice.client.finished(job)["result"]["texts"] == ["again"]
        assert left(alice.client, job) == {"n.txt": str(n)}


def test_a_cancelled_job_leaves_nothing(alice, clerk):
    plugin = clerk()
    job = alice.client.submit(plugin, {"leave": {"a.txt": "A"}, "do": "hang"})["id"]
    alice.client.in_status(job, "processing")
    alice.client.post(f"/api/v1/jobs/{job}/cancel", None, 202)
    assert alice.client.finished(job)["status"] == "cancelled" and left(alice.client, job) == {}
    assert alice.client.finished(alice.client.submit(plugin, {})["id"])["status"] == "completed"


def test_what_is_left_counts_against_the_scratch_space_until_it_is_fetched(alice, clerk):
    plugin = clerk(limits={"scratch_mb": 2, "memory_mb": 256})
    for n in range(4):  # together they would not fit
        done = alice.client.finished(alice.client.submit(plugin, {"bytes": 1_500_000})["id"])
        assert done["status"] == "completed", (n, done)
    full = alice.client.finished(alice.client.submit(plugin, {"bytes": 2_500_000})["id"])
    assert full["status"] == "failed" and ("No space" in full["error_message"] or "too large" in full["error_message"]), full


def test_a_process_that_is_ready_and_ends_is_not_started_for_ever_for_a_job_whose_files_are_on_their_way(admin):
    ready_and_gone = "import os\nos.write(1, b'{\"ready\": true}\\n')\nos._exit(3)\n"
    plugin = upload(admin.client, f"gone-{uuid.uuid4().hex[:12]}", ready_and_gone, retry={"max_attempts": 1})
    job = admin.client.submit(plugin, {"files": [put(admin.client, b"x" * 30_000_000)]})
    ended = admin.client.finished(job["id"])
    assert ended["status"] == "failed" and "the warm process ended" in ended["error_message"], ended
    assert "exit code 3" in ended["error_message"]
