"""What anyone sees: the root, health, the API page and document, metrics, unknown paths, CORS."""
import json
import time

import pytest
import requests
import yaml
from client import Client
from contract import FILE, METHODS
from raw_http import exchange


def test_the_root_says_who_answers(anyone):
    answer = anyone.get("/").json()
    assert answer["docs"] == "/docs" and answer["message"] and answer["version"]


def test_health_is_healthy_on_both_ports(anyone, registry):
    assert anyone.get("/health").json() == {"status": "healthy"}
    assert registry.get("/health").json() == {"status": "healthy"}


def test_readiness_names_each_dependency(anyone, registry):
    for client in (anyone, registry):
        answer = client.get("/health/ready").json()
        assert answer["checks"] and all(check["status"] for check in answer["checks"].values())


def test_readiness_is_looked_at_once_a_second_whoever_asks(start_server, contract):
    anyone = Client(start_server().api, contract)

    def commits():
        text = anyone.get("/metrics").text
        return int(float(next(line for line in text.splitlines() if line.startswith("orc_commit_seconds_count")).split()[1]))

    before, began = commits(), time.monotonic()
    for _ in range(200):
        anyone.get("/health/ready")
    others = 10  # of a worker's beat and the duties, at most a few a second
    assert commits() - before <= (time.monotonic() - began + 1) * (1 + others) < 200


def test_the_registry_has_its_own_front(registry):
    assert registry.get("/").json()["docs"] == "/docs"
    assert registry.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_the_served_document_is_the_one_in_the_repository(anyone):
    assert anyone.get("/openapi.json").json() == json.loads(json.dumps(yaml.safe_load(FILE.read_text())))


def test_the_api_page_asks_no_other_host(anyone):
    page = anyone.get("/docs").text
    assert anyone.get("/docs/").text == page
    assert "swagger" in page.lower()
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page and "//" not in page.replace("://", "").replace("//<", "")


def test_metrics_are_told_to_loopback(anyone, echo, alice):
    alice.client.submit(echo, {})
    text = anyone.get("/metrics").text
    for name in ("requests", "queue", "attempt", "commit"):
        assert name in text, f"no metric with '{name}' in its name"


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/api/v2/jobs", "/api/v1/jobs/1/nowhere", "/API/v1/jobs", "/health/", "/api/v1/jobs/"])
def test_an_unknown_path_is_404(anyone, alice, path):
    anyone.get(path, 404)
    alice.client.get(path, 404)


def test_every_other_method_is_405_with_what_is_allowed(anyone, contract):
    for template in contract.document["paths"]:
        there = {method.upper() for method in METHODS if method in contract.document["paths"][template]}
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} - there:
            answer = anyone.request(method, template.replace("{", "").replace("}", ""), 405)
            allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
            assert there <= allowed and method not in allowed, f"{method} {template}: Allow is {allowed}, documented {there}"


def test_a_method_in_a_header_is_not_obeyed(alice, echo):
    job = alice.client.submit(echo, {})
    alice.client.get(f"/api/v1/jobs/{job['id']}", 200, headers={"X-HTTP-Method-Override": "DELETE"})
    alice.client.get(f"/api/v1/jobs/{job['id']}", 200)


def test_an_allowed_origin_gets_its_preflight(start_server, contract):
    server = start_server("--cors-origins", "https://app.example.com")
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = requests.options(server.api + "/api/v1/jobs", headers=asked, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    assert requests.options(server.api + "/nowhere", headers=asked, timeout=10).status_code == 204
    plain = Client(server.api, contract).get("/health", headers={"Origin": "https://app.example.com"})
    assert plain.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    foreign = Client(server.api, contract).get("/health", headers={"Origin": "https://evil.example.com"})
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_a_preflight_of_another_origin_is_not_answered(start_server):
    server = start_server("--cors-origins", "https://app.example.com")
    asked = {"Origin": "https://evil.example.com", "Access-Control-Request-Method": "POST"}
    answer = requests.options(server.api + "/api/v1/jobs", headers=asked, timeout=10)
    assert answer.status_code == 405 and "Access-Control-Allow-Origin" not in answer.headers


def test_every_origin_may_be_allowed_but_never_with_credentials(start_server, contract):
    server = start_server("--cors-origins", "*")
    for url in (server.api, server.registry):
        asked = {"Origin": "https://any.example.com", "Access-Control-Request-Method": "GET"}
        preflight = requests.options(url + "/api/v1/plugins", headers=asked, timeout=10)
        assert preflight.status_code == 204 and not preflight.content
        refused = Client(server.api, contract).get("/api/v1/jobs", 401, headers={"Origin": "https://any.example.com"})
        for answer in (preflight, refused):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_without_allowed_origins_nobody_is_allowed(anyone):
    answer = anyone.get("/health", headers={"Origin": "https://app.example.com"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("host", "expected"), [("evil.example", 400), ("localhost", 201), ("127.0.0.1", 201)])
def test_a_page_whose_name_was_turned_to_this_address_changes_nothing(start_server, host, expected):
    """DNS rebinding: to the browser it is the page's own origin, so nothing but the Host tells."""
    server = start_server()
    body = b'{"email": "first@example.com", "password": "correct horse"}'
    answer = exchange(server.api, b"POST /api/v1/users HTTP/1.1\r\nHost: " + host.encode() + b":80\r\nOrigin: http://" + host.encode() +
                      b"\r\nContent-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
    assert answer.status == expected
