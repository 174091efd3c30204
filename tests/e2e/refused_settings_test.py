"""Whoever follows the refusal of a setting sets something that is read: it names the flag, and the variable that `--help` gives for that flag."""
import pathlib
import re
import subprocess

import pytest
from orc_server import ORC, clean_environment

ORC_ROOT = pathlib.Path(__file__).resolve().parents[2]

# What a runner needs before anything else of it is looked at.
NEEDED = {"serve": {}, "runner": {"ORC_URL": "http://127.0.0.1:1", "ORC_TOKEN": "orc_of_no_account"}}

# By flag, what is refused of it.
OF_BOTH = {"workers": "0", "isolation": "weak", "isolation-most": "weak", "sandbox-uids": "0-10", "runtime": "ray", "docker-socket": "docker.sock",
           "stop-seconds": "-1", "log-level": "loud"}
BAD = {
    "runner": OF_BOTH | {
        "api": "https://", "ca-file": "/nowhere.pem", "token-file": "/nowhere.key", "token": "two\nlines", "memory-mb": "0", "gpus": "-1",
        "resource": "licence", "label": "zone", "name": "x" * 201},
    "serve": OF_BOTH | {
        "database-url": "mysql://h/db", "retain-jobs": "a week", "retain-logs": "a week", "retain-log-mb": "-1", "retain-deliberations": "soon",
        "retain-events": "soon", "retain-audit": "soon", "listen": "5900", "registry-listen": ":x", "allowed-hosts": "http://orc.example.org", "cors-origins": "app", "callback-origins": "app",
        "http-memory-mb": "95", "plugin-registry-url": "registry", "plugin-registry-ca-file": "/nowhere.pem", "nats": "here", "events-stream-mb": "0",
        "roles": "api,cook", "worker-memory-mb": "0", "worker-gpus": "-1", "worker-resource": "licence", "worker-label": "zone",
        "grpc-listen": "nowhere", "grpc-token": "two words", "grpc-tls-cert": "/nowhere.pem", "grpc-tls-key": "/nowhere.pem",
        "model-origins": "ftp://a", "model-replicas": "http://a:1", "model-ca-file": "/nowhere.pem", "model-first-token-seconds": "0",
        "model-api-key": "orphan", "user-tokens-per-day": "0", "registration": "maybe", "login-rate": "0", "password-cost": "9", "submit-rate": "-1",
        "access-token-expire-minutes": "0"}}
# Any text is good, or the parser of the command line refuses it, or only the file system can.
FREE = {"share-port", "insecure-open", "data-dir", "host-network", "worker-host-network"}
_FLAG = re.compile(r"^  --([a-z-]+) .*\(Env:([A-Z_]+)\)", re.MULTILINE)
_OURS = re.compile(r"\bORC_[A-Z_]+\b")


@pytest.fixture(name="variables", scope="module")
def _variables():
    """Of each command, by flag, as its help has them."""
    return {name: dict(_FLAG.findall(subprocess.run([ORC, name, "--help"], check=True, capture_output=True, text=True, timeout=30).stdout))
            for name in BAD}


@pytest.mark.parametrize("name", BAD)
def test_each_flag_of_the_help_is_tried(variables, name):
    assert len(variables[name]) > 15, "the pattern finds the flags"
    assert variables[name].keys() - FREE == BAD[name].keys()


@pytest.mark.parametrize("name, flag", [(name, flag) for name, values in BAD.items() for flag in values])
def test_a_refusal_names_the_flag_and_its_own_variable(variables, tmp_path, name, flag):
    variable = variables[name][flag]
    places = {known: str(tmp_path) for known in ("ORC_DATA_DIR", "ORC_RUNNER_DATA_DIR")}
    done = subprocess.run([ORC, name], check=False, capture_output=True, text=True, timeout=30,
                          env=clean_environment(NEEDED[name] | places | {variable: BAD[name][flag]}))
    assert done.returncode == 2, done.stderr
    assert f"--{flag}" in done.stderr and variable in done.stderr, done.stderr
    assert set(_OURS.findall(done.stderr)) <= set(variables[name].values()), done.stderr


def test_no_run_with_the_hosts_network_finds_grpc_without_a_token(tmp_path):
    done = subprocess.run([ORC, "serve", "--worker-host-network"], check=False, capture_output=True, text=True, timeout=30,
                          env=clean_environment({"ORC_DATA_DIR": str(tmp_path)}))
    assert done.returncode == 2, done.stderr
    assert "--worker-host-network (ORC_WORKER_HOST_NETWORK)" in done.stderr and "ORC_GRPC_TOKEN" in done.stderr, done.stderr


def test_a_misspelt_setting_is_refused_in_a_file_and_told_of_in_the_environment(tmp_path):
    def said(*command, **environment):
        done = subprocess.run([*command], env=clean_environment(environment), check=False, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stderr

    settings = tmp_path / "settings"
    settings.write_text("ORC_WORKRES=2\n")
    code, words = said(ORC, "serve", "--env-file", settings)
    assert code == 2 and "--env-file: ORC_WORKRES means nothing; did you mean ORC_WORKERS?" in words, words
    settings.write_text("ORC_IMAGE_OF_COMPOSE=2\n")
    code, words = said(ORC, "serve", "--roles", "none", "--env-file", settings)
    assert "warning: --env-file: ORC_IMAGE_OF_COMPOSE means nothing; --help" in words and "--roles" in words, words
    code, words = said(ORC, "serve", "--roles", "none", ORC_LISTN="1", ORC_DATABASE_URL="x", ORC_PORT_5900_TCP="tcp://10.0.0.1:5900")
    assert "warning: ORC_LISTN means nothing; did you mean ORC_LISTEN?" in words and "did you mean DATABASE_URL?" in words, words
    assert "5900" not in words, words
    _, words = said(ORC.with_name("orc-runner"), "--api", "nothing", ORC_TOEKN="x")
    assert "orc-runner: warning: ORC_TOEKN means nothing; did you mean ORC_TOKEN?" in words, words


def test_every_setting_of_the_example_is_known(tmp_path):
    names = re.findall("^#?(ORC_[A-Z_]+)=", (ORC_ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(names) > 50
    done = subprocess.run([ORC, "serve", "--roles", "none"], check=False, capture_output=True, text=True, timeout=30,
                          env=clean_environment(dict.fromkeys(names, "")))
    assert "means nothing" not in done.stderr, done.stderr
