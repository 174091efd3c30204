"""Attack rows J1 to J6: tokens that must not be believed."""
import json
import time

import forged_token
import pytest
from client import Client, make_user
from orc_server import OrcServer

KEY = b"a key of this test that is longer than 32 bytes"
# RFC 8410, section 10.1: what an attacker may know.
PUBLIC_KEY = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory, contract):
    """A server whose key the test knows, so that only the attacked detail is wrong. Yields a client and the user's id."""
    server = OrcServer(tmp_path_factory.mktemp("tokens"), environment={"SECRET_KEY": KEY.decode()})
    user = make_user(Client(server.api, contract), "admin@example.com")
    yield user
    server.stop()


def claims(user, **changes):
    now = int(time.time())
    return {"sub": str(user.id), "exp": now + 600, "iat": now, "jti": "0123456789abcdef"} | changes


def refused(user, token):
    answer = user.client.with_token(None).get("/api/v1/users/me", None, headers={"Authorization": b"Bearer " + token.encode("latin-1")})
    assert answer.status_code == 401, f"{token[:200]!r} was answered {answer.status_code}"
    assert answer.json() == {"detail": "Could not validate credentials"}


def believed(user, token):
    user.client.with_token(token).get("/api/v1/users/me", 200)


def test_a_token_made_with_the_key_is_believed(site):
    believed(site, forged_token.make(claims(site), KEY))


def test_sub_and_exp_alone_are_enough(site):
    full = claims(site)
    believed(site, forged_token.make({"sub": full["sub"], "exp": full["exp"]}, KEY))


def test_the_servers_own_token_has_the_promised_claims(site):
    header, body, _ = (site.client.token.split(".") + [""])[:3]
    assert json.loads(forged_token.decode(header))["alg"] == "HS256"
    found = json.loads(forged_token.decode(body))
    assert found["sub"] == str(site.id) and found["exp"] - found["iat"] == 3600 and found["jti"]


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", ["HS256"], None, 1, {"a": 1}, "hs256", "HS256 "], ids=repr)
def test_j1_no_other_algorithm(site, algorithm):
    signed = forged_token.make(claims(site), KEY, header={"alg": algorithm, "typ": "JWT"})
    refused(site, signed)
    refused(site, signed.rsplit(".", 1)[0] + ".")


def test_j1_a_header_without_algorithm_and_an_empty_signature(site):
    refused(site, forged_token.make(claims(site), KEY, header={"typ": "JWT"}))
    refused(site, forged_token.make(claims(site), KEY).rsplit(".", 1)[0] + ".")


@pytest.mark.parametrize("key", [b"", b"secret", b"your-secret-key-here", b"your-secret-key-change-in-production", b"changeme"], ids=repr)
def test_j2_no_known_key(site, key):
    refused(site, forged_token.make(claims(site), key))


@pytest.mark.parametrize("key", ["secret", "short but not known", ""], ids=repr)
def test_j2_a_weak_key_stops_the_start_beyond_loopback(start_server, key):
    server = start_server("--listen", "0.0.0.0:0", "--insecure-open", environment={"SECRET_KEY": key}, wait=False)
    if key:
        assert server.wait_ended() not in (0, -9)
        assert "SECRET_KEY" in server.output and (len(key) < 8 or key not in server.output)
    else:
        server.kill()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "HS384", "HS512", "PS256", "EdDSA"])
def test_j3_one_algorithm_per_key(site, algorithm):
    header = {"alg": algorithm, "typ": "JWT"}
    refused(site, forged_token.make(claims(site), KEY, header=header, algorithm=algorithm if algorithm.startswith("HS") else "HS256"))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
@pytest.mark.parametrize("key", [PUBLIC_KEY, PUBLIC_KEY.strip(), b"".join(PUBLIC_KEY.split(b"\n")[1:-2])], ids=["pem", "without a last line end", "base64"])
def test_j3_a_public_key_is_no_key(site, algorithm, key):
    refused(site, forged_token.make(claims(site), key, header={"alg": algorithm, "typ": "JWT"}))


def malformed(token):
    header, body, signature = token.split(".")
    last = signature[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bits = alphabet[alphabet.index(last) ^ 1]  # 32 bytes leave two bits of the last character unused
    return {
        "padding": f"{header}.{body}.{signature}=",
        "non-canonical": f"{header}.{body}.{signature[:-1]}{same_bits}",
        "space": f"{header}.{body}. {signature}",
        "tab": f"{header}.{body}\t.{signature}",
        "two parts": f"{header}.{body}",
        "four parts": f"{token}.{signature}",
        "one part": header,
        "empty parts": "..",
        "cut": f"{header}.{body}.{signature[:-2]}",
        "other alphabet": f"{header}.{body}.{'+' if '+' not in signature else '/'}{signature[1:]}",
        "json": json.dumps({"protected": header, "payload": body, "signature": signature}),
        "swapped": f"{body}.{header}.{signature}",
        "not base64": "%%%.%%%.%%%",
    }


@pytest.mark.parametrize("case", list(malformed("a.b.c")))
def test_j4_a_malformed_token(site, case):
    refused(site, malformed(forged_token.make(claims(site), KEY))[case])


def test_j4_a_huge_token_is_too_large_a_header(site):
    site.client.with_token("a" * 65536).get("/api/v1/users/me", 431)


@pytest.mark.parametrize("change", [
    {"exp": None}, {"exp": "tomorrow"}, {"exp": "9999999999"}, {"exp": 1}, {"exp": int(time.time()) - 60}, {"exp": -1}, {"exp": [9999999999]},
    {"exp": True}, {"nbf": int(time.time()) + 86400}, {"nbf": "soon"},
], ids=range(10))  # the same in every process that collects them
def test_j5_times_that_do_not_hold(site, change):
    body = {name: value for name, value in claims(site, **change).items() if value is not None}
    refused(site, forged_token.make(body, KEY))


@pytest.mark.parametrize("exp", ["1e308", "18446744073709551616", "1e999", "NaN"])
def test_j5_an_impossible_number_is_no_time(site, exp):
    refused(site, forged_token.make(f'{{"sub": "{site.id}", "exp": {exp}}}', KEY))


def test_j5_duplicate_claims(site):
    later = int(time.time()) + 600
    refused(site, forged_token.make(f'{{"sub": "{site.id}", "sub": "{site.id}", "exp": {later}}}', KEY))
    refused(site, forged_token.make(f'{{"sub": "{site.id}", "exp": 1, "exp": {later}}}', KEY))


@pytest.mark.parametrize("subject", [None, 1, "", "+1", "01", " 1", "1 ", "1 OR 1=1", "9223372036854775808", "-1", "0", "1.0", "1e0", "999999", "１", ["1"]],
                         ids=repr)
def test_j6_a_subject_that_is_no_user(site, subject):
    body = {name: value for name, value in claims(site, sub=subject).items() if value is not None}
    refused(site, forged_token.make(body, KEY))


def test_j6_a_deleted_user(site):
    gone = make_user(site.client.with_token(None), "gone@example.com")
    site.client.delete(f"/api/v1/users/{gone.id}")
    refused(site, forged_token.make(claims(gone), KEY))
    refused(site, gone.client.token)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token abc", "bearer"], ids=repr)
def test_other_authorization_headers_are_none(site, header):
    answer = site.client.with_token(None).get("/api/v1/users/me", 401, headers={"Authorization": header})
    assert answer.json()["detail"] in ("Not authenticated", "Could not validate credentials")


def test_the_scheme_is_read_whatever_its_case(site):
    site.client.with_token(None).get("/api/v1/users/me", 200, headers={"Authorization": f"bEaReR {site.client.token}"})
