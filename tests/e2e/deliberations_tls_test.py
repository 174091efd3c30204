"""Deliberations whose model server is behind a proxy that speaks TLS, as hosted ones are."""
import json
import subprocess

import pytest
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit
from fake_model import FakeModel
from orc_server import ORC, clean_environment
from tls_proxy import Authority, TlsProxy

PATH = "/api/v1/deliberations"


class Site:
    """A model server, and proxies before it with certificates of `authority`."""

    def __init__(self, folder):
        self.folder, self.authority, self.model, self._proxies = folder, Authority(folder), FakeModel(), []

    def proxy(self, certificate):
        self._proxies.append(TlsProxy(self.model.url, certificate))
        return self._proxies[-1]

    def end(self):
        for proxy in self._proxies:
            proxy.close()
        self.model.end()


@pytest.fixture(name="site")
def _site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.end()


@pytest.mark.parametrize("host, subject", [("localhost", "DNS:localhost"), ("127.0.0.1", "IP:127.0.0.1")])
def test_models_at_https_are_asked_with_their_key(start_server, contract, site, host, subject):
    proxy = site.proxy(site.authority.certificate("proxy", subject))
    server = start_server("--model-origins", proxy.url(host), "--model-ca-file", str(site.authority.file), environment={"ORC_MODEL_API_KEY": "canary-key"})
    user = make_user(Client(server.api, contract), "one@example.com")
    for _ in range(3):
        done = ended(user.client, submit(user.client, deliberation(site.model, vllm_url=proxy.url(host) + "/v1/")))
        assert done["status"] == "completed" and done["result"]["proposal"] == "eleven"
    assert site.model.keys == ["Bearer canary-key"] * 6
    assert proxy.connections == 2, "connections are kept, with TLS too"
    user.client.post(PATH, deliberation(site.model, vllm_url=proxy.url(host).replace("https", "http")), 403)


def test_a_cancel_closes_a_stream_over_tls(start_server, contract, site):
    proxy = site.proxy(site.authority.certificate("proxy"))
    user = make_user(Client(start_server("--model-ca-file", str(site.authority.file)).api, contract), "one@example.com")
    site.model.close()
    name = submit(user.client, deliberation(site.model, vllm_url=proxy.url()))
    site.model.wait_for_calls(2)
    user.client.post(f"{PATH}/{name}/cancel", {}, 202)
    assert ended(user.client, name)["status"] == "cancelled"
    until(lambda: proxy.left == 2)


STRANGERS = {
    "of an authority that it does not know": ("unable to get local issuer certificate", lambda site: Authority(site.folder, "stranger").certificate("proxy")),
    "of another host": ("hostname mismatch", lambda site: site.authority.certificate("proxy", "DNS:elsewhere.example.org")),
}


@pytest.mark.parametrize("whose", STRANGERS)
def test_nothing_is_said_to_a_server_with_a_certificate(start_server, contract, site, whose):
    reason, make = STRANGERS[whose]
    proxy = site.proxy(make(site))
    server = start_server("--model-origins", proxy.url(), "--model-ca-file", str(site.authority.file), environment={"ORC_MODEL_API_KEY": "canary-key"})
    user = make_user(Client(server.api, contract), "one@example.com")
    body = deliberation(site.model, vllm_url=proxy.url())
    body["constraints"]["max_retries"] = 0
    done = ended(user.client, submit(user.client, body))
    assert done["status"] == "failed" and not site.model.calls
    for call in done["calls"]:
        assert "its certificate is not to be trusted: " + reason in call["error_message"]
    assert "ORC_MODEL_CA_FILE" in done["calls"][0]["error_message"]


def test_https_on_this_host_needs_somebody_who_vouches(start_server, contract, site):
    proxy = site.proxy(site.authority.certificate("proxy"))
    user = make_user(Client(start_server().api, contract), "one@example.com")
    refused = user.client.post(PATH, deliberation(site.model, vllm_url=proxy.url()), 403).json()
    assert "--model-ca-file" in json.dumps(refused)


def models_of_doctor(**environment):
    done = subprocess.run([ORC, "doctor", "--json"], check=False, capture_output=True, text=True, timeout=60, env=clean_environment(environment))
    return next(check for check in json.loads(done.stdout)["checks"] if check["subject"] == "models")


def test_doctor_asks_a_model_server_at_https(site):
    url = site.proxy(site.authority.certificate("proxy")).url()
    assert models_of_doctor(VLLM_URL=url, ORC_MODEL_CA_FILE=str(site.authority.file))["verdict"] == "ok"
    refused = models_of_doctor(VLLM_URL=url, ORC_MODEL_CA_FILE=str(Authority(site.folder, "stranger").file))
    assert refused["verdict"] == "warn" and "its certificate is not to be trusted" in refused["found"]
