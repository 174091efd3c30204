"""The TLS settings of DATABASE_URL mean what they mean to PostgreSQL's own library, and nothing secret is told when they fail."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

import pytest

from client import Client, make_user
from orc_server import ORC, clean_environment
from private_postgres import PrivatePostgres

PASSWORD = "hunter2-and-more"


def make_certificate(folder, name, subject="localhost"):
    """A certificate that is its own root."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={subject}",
                    "-addext", f"subjectAltName=DNS:{subject}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
                   check=True, capture_output=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class TlsPostgres:
    """A PostgreSQL server that is reached over TLS, with the user orc, who needs a password and TLS, and certified, whose certificate is asked for."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-tls-"))
        for name in ("server", "stranger"):
            make_certificate(self.folder, name)
        make_certificate(self.folder, "client", "certified")
        if os.geteuid() == 0:  # then the server runs as another account
            account = pwd.getpwnam("postgres")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        self.port = free_port()
        self.hba = self.folder / "hba.conf"
        self.hba.write_text("local all postgres trust\nhostssl all orc 127.0.0.1/32 scram-sha-256\nhostssl all certified 127.0.0.1/32 cert\n")
        self.hba.chmod(0o644)
        settings = {"ssl": "on", "ssl_cert_file": self.folder / "server.crt", "ssl_key_file": self.folder / "server.key",
                    "ssl_ca_file": self.folder / "client.crt", "listen_addresses": "127.0.0.1", "port": self.port, "hba_file": self.hba}
        self.server = PrivatePostgres(settings=settings)
        made = f"CREATE ROLE orc LOGIN PASSWORD '{PASSWORD}'; CREATE DATABASE orc OWNER orc; CREATE ROLE certified LOGIN; CREATE DATABASE certified OWNER certified"
        for statement in made.split("; "):
            subprocess.run(["psql", "-X", "-q", f"{self.server.url}&port={self.port}", "-c", statement], check=True, capture_output=True)

    def url(self, mode, root=None, host="localhost", password=PASSWORD):
        trust = f"&sslrootcert={urllib.parse.quote(str(self.folder / root), safe='')}" if root else ""
        return f"postgresql://orc:{password}@{host}:{self.port}/orc?sslmode={mode}{trust}"

    def certified_url(self, certificate=None, key=None):
        names = {"sslmode": "verify-full", "sslrootcert": self.folder / "server.crt"}
        if certificate:
            names |= {"sslcert": self.folder / certificate, "sslkey": self.folder / key}
        return f"postgresql://certified@localhost:{self.port}/certified?{urllib.parse.urlencode(names)}"

    def close(self):
        self.server.close()
        shutil.rmtree(self.folder)


@pytest.fixture(name="tls", scope="module")
def _tls():
    one = TlsPostgres()
    yield one
    one.close()


def refused(data_dir, url):
    """What a server says that does not start with this URL."""
    command = [ORC, "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", "--registry-listen", "off", "--grpc-listen", "off"]
    done = subprocess.run(command, env=clean_environment({"DATABASE_URL": url}), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_server_whose_certificate_the_given_root_vouches_for_is_used(tls, start_server, contract):
    server = start_server(environment={"DATABASE_URL": tls.url("verify-full", "server.crt")})
    user = make_user(Client(server.api, contract), "ada@example.com")
    user.client.get("/api/v1/auth/me")
    server.stop()
    assert PASSWORD not in server.output


def test_without_a_root_the_server_may_be_anybody_but_nothing_goes_in_the_clear(tls, start_server, contract):
    server = start_server(environment={"DATABASE_URL": tls.url("require")})
    make_user(Client(server.api, contract), "eve@example.com").client.get("/api/v1/auth/me")
    asked = subprocess.run(["psql", "-X", "-At", f"{tls.server.url}&port={tls.port}", "-c",
                            "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'orc'"],
                           check=True, capture_output=True, text=True).stdout.strip().split("|")
    assert int(asked[0]) >= 2 and asked[0] == asked[1], asked
    server.stop()
    assert PASSWORD not in server.output


def test_who_is_asked_for_a_certificate_shows_the_one_of_the_url(tls, start_server, contract):
    server = start_server(environment={"DATABASE_URL": tls.certified_url("client.crt", "client.key")})
    make_user(Client(server.api, contract), "joe@example.com").client.get("/api/v1/auth/me")
    server.stop()


@pytest.mark.parametrize(("certificate", "key", "words"), [
    (None, None, "requires a valid client certificate"),
    ("stranger.crt", "stranger.key", "unknown ca"),
    ("client.crt", "stranger.key", "key values mismatch"),
    ("client.crt", "missing.key", "missing.key"),
])
def test_one_whose_certificate_is_not_the_users_is_refused_with_the_reason(tls, tmp_path, certificate, key, words):
    said = refused(tmp_path / "state", tls.certified_url(certificate, key))
    assert words in said, said
    assert "PRIVATE KEY" not in said


@pytest.mark.parametrize(("mode", "root", "words"), [
    ("verify-full", "stranger.crt", "certificate verify failed"),
    ("verify-ca", "stranger.crt", "certificate verify failed"),
    ("verify-full", "missing.crt", "missing.crt"),
    ("disable", None, "no pg_hba.conf entry"),
])
def test_one_that_is_not_trusted_is_refused_with_the_reason(tls, tmp_path, mode, root, words):
    said = refused(tmp_path / "state", tls.url(mode, root))
    assert words in said, said
    assert PASSWORD not in said


def test_a_certificate_of_another_host_is_refused_where_its_name_counts(tls, tmp_path, start_server):
    said = refused(tmp_path / "state", tls.url("verify-full", "server.crt", host="127.0.0.1"))
    assert "does not match host name" in said, said
    start_server(environment={"DATABASE_URL": tls.url("verify-ca", "server.crt", host="127.0.0.1")}).stop()


def test_a_wrong_password_is_not_told(tls, tmp_path):
    said = refused(tmp_path / "state", tls.url("require", password="hunter3-and-more"))
    assert "password authentication failed" in said and "hunter3" not in said, said


@pytest.mark.parametrize("url", ["postgresql://orc:hunter2%zz@localhost/orc", "postgresql://orc:hunter2@[localhost/orc", "postgresql://orc:hunter2@localhost/orc?sslmude=require",
                                 "postgresql://orc:hunter2@localhost/orc?sslmode=requyre"])
def test_a_url_that_cannot_be_read_is_not_told_either(tmp_path, url):
    said = refused(tmp_path / "state", url)
    assert "hunter2" not in said
    assert "DATABASE_URL" in said or "sslmode" in said, said
