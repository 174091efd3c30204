"""A deliberation with as many bytes of answers as one may have: the command line begins and reads it, lists show its front, and many who read it at once
take bounded memory."""
import concurrent.futures
import json
import subprocess

import pytest
import requests
from client import Client, make_user, until
from fake_model import FakeModel
from orc_server import ORC, OrcServer, clean_environment

PATH = "/api/v1/deliberations"
AGENTS = 8  # 61 MB of answers together; one deliberation may have 64 MiB
ANSWER = ("A line of an answer that is long.\n" * 230_000)[:7_600_000]
LISTED = 4096
READERS = 16
# One record and its text, and a little; each of the readers took 130 MB, and all of it was kept.
GROWTH_MAX_KIB, KEPT_MAX_KIB = 512 * 1024, 96 * 1024


@pytest.fixture(name="site", scope="module")
def _site(contract, tmp_path_factory):
    server, model = OrcServer(tmp_path_factory.mktemp("large") / "state"), FakeModel(says=lambda request: ANSWER)
    user = make_user(Client(server.api, contract), "one@example.com")
    yield server, model, user
    model.end()
    server.stop()


def orc(site, *words):
    server, _, user = site
    environment = clean_environment({"ORC_URL": server.api, "ORC_TOKEN": user.client.token})
    done = subprocess.run([str(ORC), *map(str, words)], check=False, capture_output=True, env=environment, timeout=120)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


@pytest.fixture(name="large", scope="module")
def _large(site):
    """The id of one that the command line has begun, waited for and read."""
    told = json.loads(orc(site, "deliberate", "Say much.", "--agents", AGENTS, "--model", "m", "--endpoint", site[1].url, "--json"))
    assert told["status"] == "completed" and [call["text"] for call in told["calls"]] == [ANSWER] * AGENTS
    assert told["result"]["proposal"] == ANSWER and "truncated" not in told["result"]
    return told["deliberation_id"]


def test_it_is_read_from_the_command_line(site, large):
    assert ANSWER.encode() in orc(site, "deliberation", "get", large)
    assert b"is decided as it was, to the byte" in orc(site, "deliberation", "replay", large)
    assert large.encode() in orc(site, "deliberation", "list")


def test_it_is_watched_to_its_end(site, large):
    assert ANSWER.encode() in orc(site, "deliberation", "watch", large)


def test_lists_show_its_front(site, large):
    page = site[2].client.get(PATH + "?limit=1").json()
    assert page["total"] == 1 and page["items"][0]["deliberation_id"] == large
    for result in (page["items"][0]["result"], *page["items"][0]["results"]):
        assert result["proposal"] == ANSWER[:LISTED] and result["truncated"] is True
    assert "truncated" not in page["items"][0]["request"] and "truncated" not in page["items"][0]


@pytest.mark.parametrize("tail", ["", "/replay"])
def test_many_who_read_it_at_once_take_bounded_memory(site, large, tail):
    server, _, user = site

    def read(_):
        with requests.get(server.api + PATH + "/" + large + tail, headers={"Authorization": f"Bearer {user.client.token}"}, timeout=60, stream=True) as answer:
            return answer.status_code, answer.headers.get("Retry-After"), sum(map(len, answer.iter_content(1 << 20)))

    before, peak = server.resident_kib(), 0
    with concurrent.futures.ThreadPoolExecutor(READERS) as pool:
        waiting = {pool.submit(read, number) for number in range(READERS)}
        answers = []
        while waiting:
            done, waiting = concurrent.futures.wait(waiting, timeout=0.01)
            answers += [one.result() for one in done]
            peak = max(peak, server.resident_kib())
    served = [size for status, _, size in answers if status == 200]
    assert served and min(served) > 2 * AGENTS * len(ANSWER)
    assert all(status == 200 or (status, again) == (503, "1") for status, again, _ in answers)
    assert peak - before < GROWTH_MAX_KIB * (1 if tail == "" else 1.5)
    until(lambda: server.resident_kib() - before < KEPT_MAX_KIB)
