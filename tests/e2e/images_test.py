"""Container images without Docker: taken in from a file or a registry, and run as plugins."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import urllib.request
import uuid

import container_image
import pytest
from orc_server import ORC, clean_environment

SERVICES = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/services/run.py"
# Shows what it was given and where it is; the shell comes with the image, as nothing of the host is there.
PROGRAM = '#!/bin/sh\nread -r line\nprintf \'{"argument": %s, "line": %s, "mode": "%s", "folder": "%s", "host": "%s"}\' "$1" "$line" "$MODE" "$PWD" "$(echo /usr/bin/python3*)"\n'


def orc(server, *words, expect=0, path=None):
    """`orc image` on the host and for the data directory of who runs plugins."""
    done = subprocess.run([ORC, "image", *map(str, words), "--data-dir", server.worker_data_dir], capture_output=True, text=True, timeout=120, check=False,
                          env=clean_environment() | ({"PATH": path} if path else {}))
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(name="image", scope="module")
def _image(tmp_path_factory):
    """An archive of an image in two layers, the second of which hides a file of the first, and its digest."""
    path = tmp_path_factory.mktemp("image") / "image.tar"
    layers = [container_image.layer(files={"app/gone": "x", "app/run": PROGRAM}, programs=["/bin/sh"]), container_image.layer(files={"app/.wh.gone": ""})]
    return path, container_image.archive(path, layers, name="shown/own-name:1", Entrypoint=["/app/run"], Env=["MODE=of the image"], WorkingDir="/app")


def register(client, reference, **fields):
    name = f"image-{uuid.uuid4().hex[:12]}"
    client.post("/api/v1/plugins", {"name": name, "version": "1.0.0", "docker_image_url": reference} | fields, 201)
    return name


def test_an_image_from_a_file_runs_as_a_plugin(server, admin, image):
    path, digest = image
    told = orc(server, "import", path, "--name", "app:1")
    assert digest in told and "docker.io/library/app:1" in told
    for reference in ("app:1", "docker.io/library/app:1", f"app@{digest}"):
        job = admin.client.finished(admin.client.submit(register(admin.client, reference), {"n": 1})["id"])
        assert job["result"] == {"argument": {"n": 1}, "line": {"n": 1}, "mode": "of the image", "folder": "/app", "host": "/usr/bin/python3*"}
    job = admin.client.finished(admin.client.submit(register(admin.client, "app:1", env={"MODE": "of the plugin"}), {})["id"])
    assert job["result"]["mode"] == "of the plugin"
    assert [attempt["image"] for attempt in admin.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]] == [digest]
    shown = subprocess.run([ORC, "job", "get", str(job["id"]), "--data-dir", server.data_dir], capture_output=True, text=True, timeout=60, check=True,
                           env=clean_environment()).stdout
    assert digest in shown


def test_what_an_import_leaves_out_is_told(server, tmp_path):
    path = tmp_path / "image.tar"
    digest = container_image.archive(path, [container_image.layer(files={"app/run": PROGRAM}, pipes=["app/one", "app/two"])], Entrypoint=["/app/run"])
    assert "left out     2 devices, pipes and sockets" in orc(server, "import", path, "--name", "pipes:1")
    assert json.loads(orc(server, "show", digest, "--json"))["left_out"] == 2


def test_an_image_with_a_cmd_alone_gets_its_input_behind_it_and_is_never_root(server, admin, tmp_path):
    program = '#!/bin/sh\nwhile read -r key own rest; do [ "$key" = Uid: ] && break; done < /proc/self/status\n'
    program += 'printf \'{"given": %s, "behind": "%s", "uid": %s}\' "$2" "$1" "$own"\n'
    path = tmp_path / "image.tar"
    container_image.archive(path, [container_image.layer(files={"app/run": program}, programs=["/bin/sh"])], Cmd=["/bin/sh", "/app/run", "of the image"], User="0")
    orc(server, "import", path, "--name", "cmd:1")
    job = admin.client.finished(admin.client.submit(register(admin.client, "cmd:1"), {"n": 1})["id"])
    assert (job["result"]["given"], job["result"]["behind"]) == ({"n": 1}, "of the image") and job["result"]["uid"] > 0, job


# Answers each request with the number of its process and what the image set.
WARM_PROGRAM = r"""#!/bin/sh
echo '{"ready": true}'
while read -r line; do
  id=${line#*'"id":'}
  printf '{"id": %s, "output": {"pid": %s, "mode": "%s", "folder": "%s", "orc_mode": "%s", "host": "%s"}}\n' "${id%%[,\}]*}" $$ "$MODE" "$PWD" "$ORC_MODE" \
    "$(echo /usr/bin/python3*)"
done
"""


def test_an_image_of_mode_warm_stays_up_in_the_same_sandbox(server, admin, tmp_path):
    path = tmp_path / "warm.tar"
    layer = container_image.layer(files={"app/run": WARM_PROGRAM}, programs=["/bin/sh"])
    digest = container_image.archive(path, [layer], name="warm:1", Entrypoint=["/app/run"], Env=["MODE=of the image"], WorkingDir="/app")
    orc(server, "import", path)
    plugin = register(admin.client, "warm:1", mode="warm")
    jobs = [admin.client.finished(admin.client.submit(plugin, {"n": n})["id"]) for n in range(3)]
    first = jobs[0]["result"]
    assert first == {"pid": first["pid"], "mode": "of the image", "folder": "/app", "orc_mode": "warm", "host": "/usr/bin/python3*"}
    assert [job["result"] for job in jobs] == [first] * 3
    (attempt,) = admin.client.get(f"/api/v1/jobs/{jobs[2]['id']}/attempts").json()["items"]
    assert attempt["image"] == digest
    orc(server, "remove", "warm:1", expect=5)  # a process runs from it


def test_images_are_listed_shown_and_removed(server, image):
    path, digest = image
    orc(server, "import", path)
    assert "shown/own-name:1" in orc(server, "list")
    shown = json.loads(orc(server, "show", "shown/own-name:1", "--json"))
    assert (shown["digest"], shown["entrypoint"], shown["working_folder"]) == (digest, ["/app/run"], "/app")
    orc(server, "remove", "shown/own-name:1")
    assert "orc image import" in orc(server, "show", "shown/own-name:1", expect=5)


def test_a_job_whose_image_is_not_here_says_how_to_get_it(server, admin, image):
    absent = admin.client.finished(admin.client.submit(register(admin.client, "absent:1"), {})["id"])
    assert absent["status"] == "failed" and "orc image pull" in absent["error_message"]
    orc(server, "import", image[0], "--name", "pinned:1")
    other = admin.client.finished(admin.client.submit(register(admin.client, "pinned:1@sha256:" + "0" * 64), {})["id"])
    assert other["status"] == "failed" and image[1] in other["error_message"]


def test_what_is_no_image_is_refused(server, tmp_path):
    (tmp_path / "file").write_text("no tar")
    assert "no readable tar" in orc(server, "import", tmp_path / "file", expect=2)
    assert "no image reference" in orc(server, "pull", "x;id", expect=2)


@pytest.fixture(name="registry")
def _registry(tmp_path):
    """The address of a registry of its own."""
    services = ["/usr/bin/python3", SERVICES]
    up = subprocess.run([*services, "up", "registry", "--folder", tmp_path], capture_output=True, text=True, check=True, timeout=60)
    try:
        yield json.loads(up.stdout)["registry"]["url"]
    finally:
        subprocess.run([*services, "down", "registry", "--folder", tmp_path], check=True, timeout=60, capture_output=True)


def push(image, reference, *words):
    """Gives what the registry knows the image by."""
    subprocess.run(["skopeo", "copy", "--dest-tls-verify=false", *words, f"oci-archive:{image[0]}", f"docker://{reference}"], check=True, timeout=60, capture_output=True)
    told = subprocess.run(["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"], check=True, timeout=60, capture_output=True, text=True).stdout
    return json.loads(told)


def test_an_image_is_pulled_from_a_registry(server, admin, image, registry):
    reference = registry + "/somebody/app:2"
    push(image, reference)
    told = orc(server, "pull", reference, "--plain-http")
    assert "digest       sha256:" in told and "Copying blob" in told, "progress is shown"
    job = admin.client.finished(admin.client.submit(register(admin.client, reference), {"n": 2})["id"])
    assert job["result"]["argument"] == {"n": 2}
    assert "could not fetch" in orc(server, "pull", reference.replace(":2", ":absent"), "--plain-http", expect=3)


def pulled_and_run(server, admin, reference, path=None):
    """The digests that `orc image` and the job's attempt name."""
    pulled = orc(server, "pull", reference, "--plain-http", path=path)
    job = admin.client.finished(admin.client.submit(register(admin.client, reference), {})["id"])
    assert job["status"] == "completed", job
    (attempt,) = admin.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    return pulled.partition("digest       ")[2].split("\n")[0], attempt["image"]


def test_an_image_is_pulled_and_run_by_the_digest_that_docker_push_told(server, admin, image, registry):
    digest = push(image, registry + "/somebody/app:docker", "--format", "v2s2")["Digest"]
    assert digest != image[1] and pulled_and_run(server, admin, f"{registry}/somebody/app@{digest}") == (digest, digest)


def test_a_skopeo_that_writes_manifests_anew_still_brings_the_digest_that_was_asked_for(server, admin, registry, tmp_path):
    image = (tmp_path / "old.tar", container_image.archive(tmp_path / "old.tar", [container_image.layer(files={"run": "#!/bin/sh\necho '{}'\n"}, programs=["/bin/sh"])],
                                                           Entrypoint=["/run"]))
    (tmp_path / "skopeo").write_text(f'#!/bin/sh\ncase "$*" in *--preserve-digests*) exit 1;; esac\nexec {shutil.which("skopeo")} "$@"\n')
    (tmp_path / "skopeo").chmod(0o755)
    digest = push(image, registry + "/somebody/old:docker", "--format", "v2s2")["Digest"]
    own, ran = pulled_and_run(server, admin, f"{registry}/somebody/old@{digest}", path=f"{tmp_path}:/usr/bin:/bin")
    assert own == ran != digest and digest in orc(server, "show", own)


def test_an_image_is_pulled_and_run_by_the_digest_of_an_index_of_several_processors(server, admin, image, registry):
    here = push(image, registry + "/somebody/app:here")
    elsewhere = push(image, registry + "/somebody/app:elsewhere", "--format", "v2s2")
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {"mediaType": mime, "digest": one["Digest"], "size": 0, "platform": {"os": "linux", "architecture": machine}}
        for mime, one, machine in (("application/vnd.docker.distribution.manifest.v2+json", elsewhere, "s390x"),
                                   ("application/vnd.oci.image.manifest.v1+json", here, here["Architecture"]))]}).encode()
    put = urllib.request.Request(f"http://{registry}/v2/somebody/app/manifests/2", index, {"Content-Type": "application/vnd.oci.image.index.v1+json"}, method="PUT")
    with urllib.request.urlopen(put, timeout=60) as answer:
        digest = answer.headers["Docker-Content-Digest"]
    assert digest == "sha256:" + hashlib.sha256(index).hexdigest()
    assert pulled_and_run(server, admin, f"{registry}/somebody/app@{digest}") == (here["Digest"], here["Digest"])
    assert digest in orc(server, "show", digest)
