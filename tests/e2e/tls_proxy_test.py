"""`orc runner` and the client commands with an API that is behind a proxy which speaks TLS."""
import subprocess

import plugin_package
import pytest
from client import Client, make_user
from orc_runner import RUNNER, OrcRunner, worker_key
from orc_server import ORC, clean_environment
from tls_proxy import Authority, TlsProxy


class Site:
    """A server without a worker; proxies before it with certificates of `authority`."""

    def __init__(self, start_server, contract, folder):
        self.server, self.folder, self.authority = start_server("--roles", "api,registry"), folder, Authority(folder)
        self.admin = make_user(Client(self.server.api, contract), "admin@example.com").client
        self.key = worker_key(self.admin)
        plugin_package.upload(self.admin, "echo", plugin_package.ECHO)
        self._ends = []

    def proxy(self, certificate):
        self._ends.append((proxy := TlsProxy(self.server.api, certificate)).close)
        return proxy

    def runner(self, url, *arguments, **options):
        self._ends.append((runner := OrcRunner(url, self.key, self.folder / "runner", arguments, **options)).kill)
        return runner

    def end(self):
        for end in reversed(self._ends):
            end()


@pytest.fixture(name="site")
def _site(start_server, contract, tmp_path):
    site = Site(start_server, contract, tmp_path)
    yield site
    site.end()


@pytest.mark.parametrize("host, subject", [("localhost", "DNS:localhost"), ("127.0.0.1", "IP:127.0.0.1")])
def test_a_job_runs_on_a_runner_that_trusts_the_authority_of_the_proxy(site, host, subject):
    proxy = site.proxy(site.authority.certificate("proxy", subject))
    runner = site.runner(proxy.url(host), "--ca-file", str(site.authority.file), "--workers", "1")
    for text in ("short", "x" * 100_000):  # the long one as a blob, there and back
        assert site.admin.finished(site.admin.submit("echo", {"text": text})["id"])["result"] == {"text": text}
    runner.stop()
    assert 0 < proxy.connections <= 8, "connections are kept, with TLS too"


def test_the_authorities_of_the_host_are_trusted_where_none_is_named(site):
    proxy = site.proxy(site.authority.certificate("proxy"))
    site.runner(proxy.url(), environment={"SSL_CERT_FILE": str(site.authority.file)})
    assert site.admin.finished(site.admin.submit("echo", {"n": 1})["id"])["status"] == "completed"


STRANGERS = {
    "of an authority that it does not know": ("unable to get local issuer certificate", lambda site: Authority(site.folder, "stranger").certificate("proxy")),
    "of another host": ("hostname mismatch", lambda site: site.authority.certificate("proxy", "DNS:elsewhere.example.org")),
    "that has expired": ("certificate has expired", lambda site: site.authority.certificate("proxy", days=-1)),
}


@pytest.mark.parametrize("whose", STRANGERS)
def test_a_runner_gives_its_key_to_nobody_whose_certificate_is(site, whose):
    reason, make = STRANGERS[whose]
    proxy = site.proxy(make(site))
    runner = site.runner(proxy.url(), "--ca-file", str(site.authority.file), wait=False)
    runner.wait_for_line("trying again")
    assert "its certificate is not to be trusted" in runner.output and reason in runner.output and "--ca-file" in runner.output
    assert site.admin.get("/api/v1/workers").json()["total"] == 0


@pytest.mark.parametrize("url, arguments, words", [
    ("https://localhost:1", ("--ca-file", "/nowhere.pem"), "/nowhere.pem is no file of certificate authorities"),
    ("http://localhost:1", ("--ca-file", "/nowhere.pem"), "--ca-file"),
    ("https://", (), "is not a server's address"),
])
def test_a_bad_setting_is_named(tmp_path, url, arguments, words):
    done = subprocess.run([RUNNER, "--api", url, "--data-dir", tmp_path / "runner", *arguments], capture_output=True, text=True, check=False, timeout=30,
                          env=clean_environment({"ORC_TOKEN": "orc_of_no_account"}))
    assert done.returncode == 2 and words in done.stderr, done.stderr


def orc(home, *words, given=None):
    return subprocess.run([ORC, *words], capture_output=True, text=True, check=False, timeout=30, input=given,
                          env=clean_environment({"XDG_CONFIG_HOME": str(home)}))


def test_a_login_behind_a_proxy_is_kept_with_the_authority_that_vouches_for_it(site):
    proxy, home = site.proxy(site.authority.certificate("proxy")), site.folder / "home"
    refused = orc(home, "login", proxy.url(), "--email", "admin@example.com", given="a good long password\n")
    assert refused.returncode == 3 and "its certificate is not to be trusted" in refused.stderr and "--ca-file" in refused.stderr
    done = orc(home, "login", proxy.url(), "--email", "admin@example.com", "--ca-file", str(site.authority.file), given="a good long password\n")
    assert done.returncode == 0, done.stderr
    plugins = orc(home, "plugin", "list", "--json")
    assert plugins.returncode == 0 and "echo" in plugins.stdout, plugins.stderr
    stranger = Authority(site.folder, "stranger")
    refused = orc(home, "plugin", "list", "--ca-file", str(stranger.file))
    assert refused.returncode == 3 and "its certificate is not to be trusted" in refused.stderr


def test_who_says_https_where_none_is_spoken_is_told_so(site):
    refused = orc(site.folder / "home", "plugin", "list", "--url", site.server.api.replace("http://", "https://"))
    assert refused.returncode == 3 and "begin its URL with http://" in refused.stderr
