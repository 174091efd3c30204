"""Callbacks: a job's end is told to its callback_url, signed, at least once, and to nobody who is not allowed."""
import base64
import hashlib
import hmac
import json
import re
import socket
import ssl
import subprocess
import time

import pytest
from callback_receiver import Receiver
from client import Client, make_user, until
from orc_server import OrcServer
from plugin_package import ECHO, upload


@pytest.fixture(name="receivers")
def _receivers():
    """Makes receivers that end with the test."""
    made = []

    def make(*statuses, **arguments):
        made.append(Receiver(*statuses, **arguments))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture(name="serve")
def _serve(tmp_path, contract):
    """Starts a server that allows these origins; gives it and its administrator."""
    servers = []

    def start(*origins, environment=None):
        servers.append(OrcServer(tmp_path / "data", ("--callback-origins", ",".join(origins)), environment))
        admin = make_user(Client(servers[-1].api, contract), "admin@example.com").client
        upload(admin, "echo", ECHO)
        return servers[-1], admin

    yield start
    for server in servers:
        server.stop()


def is_genuine(secret, headers, body):
    """As docs/callbacks.md tells receivers to look."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return False
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(right, given) for given in headers["webhook-signature"].split(" "))


def settled(client, job_id, state):
    """The job's deliveries, once the first of them is so."""
    def look():
        items = client.get(f"/api/v1/jobs/{job_id}/deliveries").json()["items"]
        return items if items and items[0]["state"] == state else None

    return until(look)


def test_the_end_of_a_job_is_told_once_and_signed_for_its_owner(receivers, serve):
    receiver = receivers(204)
    server, admin = serve(receiver.origin)
    secret = admin.get("/api/v1/callback-secret").json()["secret"]
    other = make_user(Client(server.api, admin.contract), "other@example.com").client
    job = admin.submit("echo", {"a": 1}, callback_url=receiver.origin + "/hook?x=y", labels={"team": "red"})
    assert job["callback_url"] == receiver.origin + "/hook?x=y"
    path, headers, body = receiver.next()
    assert path == "/hook?x=y" and is_genuine(secret, headers, body)
    assert not is_genuine(other.get("/api/v1/callback-secret").json()["secret"], headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    told = json.loads(body)
    ended = admin.finished(job["id"])
    assert told == {"type": "job.completed", "timestamp": ended["completed_at"], "data": {
        "id": job["id"], "plugin_name": "echo", "plugin_version": "1.0.0", "status": "completed", "error_message": None,
        "created_at": job["created_at"], "completed_at": ended["completed_at"], "labels": {"team": "red"}}}
    delivery = settled(admin, job["id"], "delivered")[0]
    assert delivery["id"] == headers["webhook-id"] and (delivery["tries"], delivery["answer_status"]) == (1, 204)
    # A retried job ends again, and is told of again under another name.
    admin.post(f"/api/v1/jobs/{job['id']}/retry", expect=202)
    assert receiver.next()[1]["webhook-id"] != headers["webhook-id"]
    assert receiver.got.empty()


def test_what_is_not_taken_is_tried_again_under_the_same_name_until_the_receiver_is_gone(receivers, serve):
    receiver = receivers(503, 302, 410)
    _, admin = serve(receiver.origin)
    job = admin.submit("echo", callback_url=receiver.origin + "/x")
    names = {receiver.next()[1]["webhook-id"] for _ in range(2)}
    waiting = admin.get(f"/api/v1/jobs/{job['id']}/deliveries").json()["items"][0]
    assert waiting["state"] == "waiting" and waiting["tries"] == 2 and waiting["next_try_at"]
    names.add(receiver.next()[1]["webhook-id"])
    given_up = settled(admin, job["id"], "given_up")[0]
    assert names == {given_up["id"]} and given_up["tries"] == 3 and given_up["next_try_at"] is None
    assert given_up["reason"] == "it answered 410: it wants to hear nothing more" and given_up["answer_status"] == 410
    metrics = admin.get("/metrics").text
    assert "orc_callbacks_waiting 0" in metrics
    assert 'orc_callback_tries_total{state="waiting"} 2' in metrics and 'orc_callback_tries_total{state="given_up"} 1' in metrics


def test_a_callback_to_an_origin_that_is_not_allowed_is_refused_with_the_setting_that_allows_it(alice, echo):
    for url in ("http://169.254.169.254/latest", "https://hooks.example.org/x", "http://127.0.0.1:9/"):
        fault = alice.client.submit(echo, expect=422, callback_url=url)["detail"][0]
        assert fault["loc"] == ["body", "callback_url"] and "--callback-origins" in fault["msg"], fault
    for url in ("file:///etc/passwd", "https://a@b/", "https://a/#b", "http://a\\@b/", "http://a/\r\nX: y", 7):
        assert alice.client.submit(echo, expect=422, callback_url=url)["detail"][0]["loc"] == ["body", "callback_url"]
    fault = alice.client.post("/api/v1/jobs:batch", {"jobs": [{"plugin_name": echo}, {"plugin_name": echo, "callback_url": "http://a/"}]}, 422).json()
    assert fault["detail"][0]["loc"] == ["body", "jobs", 1, "callback_url"]
    job = alice.client.submit(echo)
    assert job["callback_url"] is None and alice.client.get(f"/api/v1/jobs/{job['id']}/deliveries").json() == {"total": 0, "items": []}


def test_a_name_that_leads_inside_is_not_connected_to(receivers, serve):
    receiver = receivers()
    named = receiver.origin.replace("127.0.0.1", "localhost")
    _, admin = serve(named)
    job = admin.submit("echo", callback_url=named + "/x")

    def reason():
        return admin.get(f"/api/v1/jobs/{job['id']}/deliveries").json()["items"][0]["reason"] if admin.finished(job["id"]) else None

    assert "which is not on the public internet" in until(reason)
    assert receiver.got.empty()


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory):
    """Good for 127.0.0.1, by its own word."""
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", file.with_suffix(".crt")], check=True, capture_output=True)
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


def test_a_certificate_must_be_good(receivers, serve, certificate):
    receiver = receivers(certificate=certificate)
    _, admin = serve(receiver.origin)
    job = admin.submit("echo", callback_url=receiver.origin + "/x")

    def reason():
        items = admin.get(f"/api/v1/jobs/{job['id']}/deliveries").json()["items"]
        return items and items[0]["reason"]

    assert "certificate" in until(reason)
    assert receiver.got.empty()


def test_a_callback_over_https_arrives_where_the_certificate_is_good(receivers, serve, certificate):
    receiver = receivers(certificate=certificate)
    _, admin = serve(receiver.origin, environment={"SSL_CERT_FILE": str(certificate.with_suffix(".crt"))})
    job = admin.submit("echo", callback_url=receiver.origin + "/x")
    assert receiver.next()[0] == "/x"
    assert settled(admin, job["id"], "delivered")[0]["answer_status"] == 204


def test_a_stop_does_not_wait_for_a_receiver_that_is_silent(tmp_path, contract):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = OrcServer(tmp_path / "data", ("--callback-origins", origin))
        admin = make_user(Client(server.api, contract), "admin@example.com").client
        upload(admin, "echo", ECHO)
        job = admin.submit("echo", callback_url=origin + "/x")
        first, _ = silent.accept()
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 5
        name = re.search(rb"webhook-id: (\S+)", first.recv(4096)).group(1)
        first.close()
        server = OrcServer(tmp_path / "data", ("--callback-origins", origin))
        admin = Client(server.api, contract, admin.token)
        second, _ = silent.accept()
        delivery = admin.get(f"/api/v1/jobs/{job['id']}/deliveries").json()["items"][0]
        assert (delivery["state"], delivery["tries"], delivery["reason"]) == ("waiting", 2, "this service stops"), "it was noted at the stop"
        assert name in second.recv(4096)
        second.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        settled(admin, job["id"], "delivered")
        second.close()
        server.stop()


def test_a_server_that_was_killed_tells_what_it_owes_once_it_is_back(receivers, tmp_path, contract):
    """The row of the outbox is there as soon as the job has ended; where nobody delivers meanwhile, the next process does."""
    receiver = receivers()
    with_origin = ("--callback-origins", receiver.origin)
    server = OrcServer(tmp_path / "data", with_origin)
    admin = make_user(Client(server.api, contract), "admin@example.com").client
    upload(admin, "echo", ECHO)
    job = admin.submit("echo", callback_url=receiver.origin + "/x", run_at="2199-01-01T00:00:00Z")
    server.kill()
    server = OrcServer(tmp_path / "data")  # allows no origin, so that the delivery waits
    admin = Client(server.api, contract, admin.token)
    admin.post(f"/api/v1/jobs/{job['id']}/cancel", expect=202)
    assert admin.get(f"/api/v1/jobs/{job['id']}/deliveries").json()["items"][0]["state"] == "waiting"
    server.kill()
    server = OrcServer(tmp_path / "data", with_origin)
    assert json.loads(receiver.next()[2])["type"] == "job.cancelled"
    settled(Client(server.api, contract, admin.token), job["id"], "delivered")
    server.stop()
