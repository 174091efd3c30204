"""Uploads: plugin folders that are none, and blobs."""
import gzip
import hashlib
import json
import tarfile
import uuid

import pytest
from plugin_package import manifest, package, tar_of


def entry(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def put(client, name, body, expect=None):
    return client.request("PUT", f"/api/v1/plugins/{name}/package", expect, data=body, headers={"Content-Type": "application/x-tar"})


def with_manifest(name, more=None, **fields):
    return tar_of({"plugin.json": json.dumps(manifest(name, **fields)), "run.sh": "cat\n"} | (more or {}))


BAD = {
    "no manifest": lambda name: tar_of({"run.sh": "cat\n"}),
    "manifest is no json": lambda name: tar_of({"plugin.json": "{", "run.sh": "cat\n"}),
    "manifest of another name": lambda name: with_manifest("another-name"),
    "no command": lambda name: tar_of({"plugin.json": json.dumps({"name": name, "version": "1.0.0"})}),
    "program without its execute bit": lambda name: with_manifest(name, {"run.sh": entry("run.sh", tarfile.REGTYPE)}, command=("./run.sh",)),
    "program that is not there": lambda name: with_manifest(name, command=("./absent",)),
    "program outside": lambda name: with_manifest(name, command=("../run.sh",)),
    "empty command": lambda name: with_manifest(name, command=()),
    "bad version": lambda name: with_manifest(name, version="one"),
    "bad schema": lambda name: with_manifest(name, input_schema={"type": 7}),
    "path upwards": lambda name: with_manifest(name, {"../outside": "x"}),
    "absolute path": lambda name: with_manifest(name, {"/outside": "x"}),
    "link outside": lambda name: with_manifest(name, {"link": entry("link", tarfile.SYMTYPE, "../../outside")}),
    "absolute link": lambda name: with_manifest(name, {"link": entry("link", tarfile.SYMTYPE, "/etc/passwd")}),
    "hard link outside": lambda name: with_manifest(name, {"link": entry("link", tarfile.LNKTYPE, "/etc/passwd")}),
    "device": lambda name: with_manifest(name, {"null": entry("null", tarfile.CHRTYPE)}),
    "fifo": lambda name: with_manifest(name, {"pipe": entry("pipe", tarfile.FIFOTYPE)}),
    "no tar": lambda name: b"this is no archive" * 100,
    "nothing": lambda name: b"",
    "cut": lambda name: gzip.compress(package(name, "cat\n" * 5000))[:-40],
}


@pytest.mark.parametrize("case", BAD)
def test_a_package_that_is_none_is_refused_and_registers_nothing(admin, case):
    name = f"bad-{uuid.uuid4().hex[:12]}"
    answer = put(admin.client, name, BAD[case](name))
    assert answer.status_code in (400, 415, 422), answer.text
    assert answer.json()["detail"]
    admin.client.get(f"/api/v1/plugins/{name}", 404)


def test_a_bomb_of_an_archive_is_refused(admin, server):
    name, before = f"bomb-{uuid.uuid4().hex[:12]}", server.resident_kib()
    body = gzip.compress(tar_of({"plugin.json": json.dumps(manifest(name)), "zeros": b"\0" * (512 * 1024 * 1024)}), compresslevel=1)
    answer = put(admin.client, name, body)
    assert answer.status_code in (413, 422), answer.text
    assert server.resident_kib() - before < 128 * 1024


def test_a_package_over_the_limit_is_413(admin):
    put(admin.client, "too-large", b"\0" * (64 * 1024 * 1024 + 1), 413)


def test_a_plain_user_uploads_no_package(alice):
    put(alice.client, "not-mine", with_manifest("not-mine"), 403)


def test_a_blob_is_kept_under_its_own_hash(alice, echo):
    content = uuid.uuid4().bytes * 1000
    digest = hashlib.sha256(content).hexdigest()
    binary = {"Content-Type": "application/octet-stream"}
    alice.client.request("PUT", f"/api/v1/blobs/{digest}", None, data=content, headers=binary)
    again = alice.client.request("PUT", f"/api/v1/blobs/{digest}", None, data=content, headers=binary)
    assert again.status_code in (200, 201, 204)


def test_a_blob_of_another_hash_is_refused(alice):
    wrong = hashlib.sha256(b"something else").hexdigest()
    binary = {"Content-Type": "application/octet-stream"}
    assert alice.client.request("PUT", f"/api/v1/blobs/{wrong}", None, data=b"content", headers=binary).status_code in (400, 422)
    assert alice.client.request("PUT", "/api/v1/blobs/nothash", None, data=b"content", headers=binary).status_code in (400, 404, 422)


def test_a_blob_in_an_input_becomes_a_file(alice, new_plugin):
    content = b"line of a blob\n" * 3
    digest = hashlib.sha256(content).hexdigest()
    alice.client.request("PUT", f"/api/v1/blobs/{digest}", None, data=content, headers={"Content-Type": "application/octet-stream"})
    name = new_plugin('file=$(printf "%s" "$1" | sed -e \'s/.*"\\(\\/[^"]*\\)".*/\\1/\')\nprintf \'{"bytes": %s}\' "$(wc -c < "$file")"\n')
    given = {"plugin_name": name, "input_data": {"file": {"$blob": f"sha256:{digest}"}}}
    job = alice.client.post("/api/v1/jobs?wait=30", given, 200).json()
    assert (job["status"], job["result"]) == ("completed", {"bytes": len(content)}), job["error_message"]


def test_a_missing_blob_refuses_the_job(alice, echo):
    given = {"plugin_name": echo, "input_data": {"file": {"$blob": "sha256:" + "0" * 64}}}
    assert alice.client.post("/api/v1/jobs", given).status_code in (400, 404, 422)
