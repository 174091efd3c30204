"""Who pays for the end of a process that several jobs use, and what each may read of the others."""
import uuid

from warm_files_test import put
from warm_test import upload


def test_who_brings_a_shared_process_down_reads_nothing_of_what_others_made_it_say(alice, bob, admin):
    program = """import orc_plugin, os, sys
def work(document, context):
    sys.stderr.write(document["says"])
    sys.stderr.flush()
    if document.get("falls"):
        context.progress(0.5)
        os._exit(3)
    return {}
orc_plugin.serve(work)
"""
    plugin = upload(admin.client, f"shared-{uuid.uuid4().hex[:12]}", program, warm={"share": "all"}, retry={"max_attempts": 1})
    assert alice.client.finished(alice.client.submit(plugin, {"says": "alice's secret"})["id"])["status"] == "completed"
    fallen = bob.client.finished(bob.client.submit(plugin, {"says": "bob's own", "falls": True})["id"])
    assert fallen["status"] == "failed" and "bob's own" in fallen["error_message"] and "secret" not in fallen["error_message"], fallen


def test_a_job_whose_files_are_on_their_way_pays_for_no_other_that_brings_the_process_down(admin):
    falls = """import orc_plugin, os, sys
def work(document, context):
    if document.get("do") == "fall":
        sys.stderr.write("words of another\\n")
        sys.stderr.flush()
        os._exit(3)
    return {"bytes": os.path.getsize(document["file"])}
orc_plugin.serve(work)
"""
    plugin = upload(admin.client, f"falls-{uuid.uuid4().hex[:12]}", falls, warm={"in_flight": 2, "processes_max": 1}, retry={"max_attempts": 1})
    mine = admin.client.submit(plugin, {"file": put(admin.client, b"x" * 60_000_000)})
    for _ in range(4):  # each comes into the process that waits for the files
        assert admin.client.finished(admin.client.submit(plugin, {"do": "fall"})["id"])["status"] == "failed"
    ended = admin.client.finished(mine["id"])
    assert ended["status"] == "completed" and ended["result"] == {"bytes": 60_000_000}, ended
