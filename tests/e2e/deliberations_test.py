"""Deliberations over REST against a model server of the test's own: decisions, accounts, cancelling, restarts, and whom the server may ask (attack
rows L1, L4, L5 and R18)."""
import datetime
import subprocess
import time
import urllib.parse

import pytest
from client import Client, make_user, until
from deliberation_bodies import deliberation, ended, submit
from fake_model import FakeModel
from model_stub import ModelStub
from orc_server import ORC, clean_environment
from plugin_package import FOR_EVER, upload
from set_up import needs_one_process

PATH = "/api/v1/deliberations"


def orc(*arguments):
    done = subprocess.run([ORC, *arguments], capture_output=True, text=True, env=clean_environment(), timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_task_is_put_to_each_agent_and_one_answer_comes_back(alice, model):
    done = ended(alice.client, submit(alice.client, deliberation(model, agents=3)))
    assert (done["status"], done["result"]["proposal"], done["result"]["score"]) == ("completed", "eleven", 1)
    assert [one["agent_id"] for one in done["results"]] == ["a", "b", "c"]
    assert done["owner_id"] == alice.id and done["ended_at"] >= done["created_at"]
    assert sorted(call["model"] for call in model.calls) == ["a", "b", "c"]
    assert [message["role"] for message in model.calls[0]["messages"]] == ["system", "user"]
    assert model.keys == [None] * 3


def test_what_it_used_is_told_by_agent_and_by_stage(alice, model, new_plugin):
    options = {"samples": 2, "stages": None, "prices": {"a": {"in": 1.0, "out": 10.0, "cached": 0}, "b": {"in": 2.0, "out": 20.0, "cached": 0}}}
    done = ended(alice.client, submit(alice.client, deliberation(model, preset="best_of_n", options=options | {"verifier": new_plugin("echo '{}'")})))
    assert done["status"] == "failed" and 'no number "score"' in done["error_message"]
    asked = [call for call in done["calls"] if call["kind"] == "propose"]
    assert [(call["agent_id"], call["sample"]) for call in sorted(asked, key=lambda call: (call["agent_id"], call["sample"]))] == [
        ("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    by_agent = {account["agent_id"]: account for account in done["by_agent"]}
    assert (by_agent["a"]["tokens_in"], by_agent["a"]["tokens_out"], by_agent["a"]["money"]) == (20, 4, 0.00006)
    assert by_agent["b"]["money"] == 0.00012
    assert [stage["kind"] for stage in done["by_stage"]] == ["propose", "verify"]
    assert done["usage"]["tokens_in"] == 40 and done["usage"]["calls"] == len(done["calls"])


def test_the_majority_decides_a_vote(alice):
    model = FakeModel(says=lambda request: "The answer is 9." if request["model"] == "b" else "I say 11.")
    body = deliberation(model, agents=3, preset="vote", options={"extract": {"kind": "number"}})
    done = ended(alice.client, submit(alice.client, body))
    assert done["status"] == "completed" and done["result"]["proposal"] == "I say 11."
    model.end()


def test_a_verifier_plugin_judges_in_its_sandbox(alice, new_plugin):
    model = FakeModel(says=lambda request: {"a": "nine", "b": "eleven"}[request["model"]])
    judge = new_plugin('read -r input\ncase "$input" in *eleven*) echo \'{"score": 0.9}\' ;; *) echo \'{"score": 0.1}\' ;; esac\n')
    done = ended(alice.client, submit(alice.client, deliberation(model, preset="best_of_n", options={"verifier": judge})))
    assert done["status"] == "completed", done["error_message"]
    assert (done["result"]["proposal"], done["result"]["score"]) == ("eleven", 0.9)
    jobs = alice.client.get(f"/api/v1/jobs?plugin_name={judge}").json()
    assert jobs["total"] == 2 and {job["status"] for job in jobs["items"]} == {"completed"}
    model.end()


def test_an_ended_one_is_decided_again_without_a_model(alice, model):
    done = ended(alice.client, submit(alice.client, deliberation(model, agents=3, preset="vote")))
    calls = len(model.calls)
    replay = alice.client.get(f"{PATH}/{done['deliberation_id']}/replay").json()
    assert replay["same"] and replay["replayed"]["decision"] == done["result"] and len(model.calls) == calls
    told = orc("deliberation", "replay", done["deliberation_id"], "--url", alice.client.url, "--token", alice.client.token)
    assert "to the byte" in told and done["result"]["proposal"] in told
    assert done["status"] in orc("deliberation", "get", done["deliberation_id"], "--url", alice.client.url, "--token", alice.client.token)
    assert done["deliberation_id"] in orc("deliberation", "list", "--url", alice.client.url, "--token", alice.client.token)


def test_one_that_runs_is_not_replayed(alice, model):
    model.close()
    name = submit(alice.client, deliberation(model))
    alice.client.get(f"{PATH}/{name}/replay", 409)
    orc("deliberation", "cancel", name, "--url", alice.client.url, "--token", alice.client.token)
    assert alice.client.get(f"{PATH}/{name}/replay").json()["same"]


def test_what_a_user_has_used_is_summed(new_user, admin, model):
    user = new_user()
    for _ in range(2):
        ended(user.client, submit(user.client, deliberation(model)))
    used = user.client.get(f"{PATH}/usage").json()
    assert (used["deliberations"], used["calls"], used["tokens_in"], used["failed_calls"]) == (2, 4, 40, 0)
    user.client.get(f"{PATH}/usage?scope=all", 403)
    assert admin.client.get(f"{PATH}/usage?owner_id={user.id}").json() == used
    assert admin.client.get(f"{PATH}/usage?scope=all").json()["calls"] >= 4


def test_a_budget_is_kept(alice, model):
    done = ended(alice.client, submit(alice.client, deliberation(model, agents=3, options={"budget": {"calls": 2}})))
    assert len(model.calls) == 2 and done["usage"]["calls"] == 2


def test_its_time_ends_it_and_hangs_up(alice):
    with ModelStub("--first-token", 3_600_000) as stub:
        body = deliberation(stub, agents=3, constraints={"story_id": "s", "timeout_seconds": 1})
        begun = time.monotonic()
        done = ended(alice.client, submit(alice.client, body))
        assert done["status"] == "failed" and "timeout" in done["error_message"], done
        assert time.monotonic() - begun < 3
        assert {call["outcome"] for call in done["calls"]} == {"timed_out"}
        until(lambda: stub.counts()["open"] == 0)


def test_all_agents_failed_is_failed(alice):
    model = FakeModel(says=lambda request: 400)
    done = ended(alice.client, submit(alice.client, deliberation(model)))
    assert done["status"] == "failed" and "all agents failed" in done["error_message"]
    assert done["result"] is None and [call["outcome"] for call in done["calls"]] == ["failed", "failed"]
    model.end()


def test_a_cancel_hangs_up(alice, bob, model):
    model.close()
    name = submit(alice.client, deliberation(model))
    model.wait_for_calls(2)
    bob.client.post(f"{PATH}/{name}/cancel", {}, 403)
    assert alice.client.post(f"{PATH}/{name}/cancel", {}, 202).json()["status"] == "cancelled"
    alice.client.post(f"{PATH}/{name}/cancel", {}, 409)
    done = ended(alice.client, name)
    assert [(call["outcome"], call["error_message"]) for call in done["calls"]] == [("cancelled", "the deliberation was cancelled")] * 2
    assert alice.client.get(f"{PATH}/{name}/replay").json()["same"]
    told = alice.client.get(f"{PATH}/{name}/stream").text
    assert told.count('"state":"cancelled"') == 2 and told.rindex('"state"') < told.index("event: end")


@pytest.mark.parametrize("task_id", ["story/7", "a\\b", "..", "50% of; a#b?c=d&e", "füße \u2603"])
def test_one_is_found_whatever_its_task_is_called(alice, model, task_id):
    name = submit(alice.client, deliberation(model) | {"task_id": task_id})
    path = f"{PATH}/{urllib.parse.quote(name, safe='')}"
    until(lambda: alice.client.get(path).json()["status"] == "completed")
    assert alice.client.get(path).json()["task_id"] == task_id and alice.client.get(f"{path}/replay").json()["same"]
    assert task_id.split("/")[0].split("\\")[0] in name
    assert orc("deliberation", "get", name, "--url", alice.client.url, "--token", alice.client.token)


def test_those_of_a_deleted_user_are_cancelled(new_user, admin, model):
    user = new_user()
    model.close()
    name = submit(user.client, deliberation(model))
    model.wait_for_calls(2)
    admin.client.delete(f"/api/v1/users/{user.id}", 204)
    done = ended(admin.client, name)
    assert done["status"] == "cancelled" and [call["outcome"] for call in done["calls"]] == ["cancelled"] * 2


def test_one_reads_what_is_ones_own(alice, bob, admin, model):
    name = submit(alice.client, deliberation(model))
    ended(alice.client, name)
    bob.client.get(f"{PATH}/{name}", 403)
    bob.client.get(f"{PATH}?scope=all", 403)
    assert admin.client.get(f"{PATH}/{name}").json()["deliberation_id"] == name
    listed = alice.client.get(f"{PATH}?limit=1").json()
    assert listed["total"] >= 1 and listed["items"][0]["deliberation_id"] == name
    assert name in [one["deliberation_id"] for one in admin.client.get(f"{PATH}?scope=all&status=completed").json()["items"]]
    alice.client.get(f"{PATH}/deliberation-nobody", 404)
    alice.client.get(f"{PATH}?status=done", 400)


@pytest.mark.parametrize("changes, place", [
    ({"task_id": " "}, ["body", "task_id"]),
    ({"agents": []}, ["body", "agents"]),
    ({"agents": [{"id": "x\r\nPUB evil", "role": "r", "model": "m"}]}, ["body", "agents", 0, "id"]),
    ({"constraints": None}, ["body", "constraints"]),
    ({"constraints": {"story_id": "s", "max_retries": -1}}, ["body", "constraints", "max_retries"]),
    ({"preset": "guess"}, ["body", "preset"]),
    ({"options": {"budget": {"calls": "many"}}}, ["body", "options", "budget", "calls"]),
    ({"preset": "vote", "options": {"stages": [{"kind": "propose"}]}}, ["body", "options", "stages"]),
    ({"preset": "vote", "options": {"quorum": 3}}, ["body", "options", "quorum"]),
    ({"preset": "best_of_n", "options": {"verifier": "nobody"}}, ["body", "options", "verifier"]),
    ({"options": {"budget": {"token": 20000}}}, ["body", "options", "budget", "token"]),
    ({"options": {"budget": {"tokens": 100}}}, ["body", "options", "budget", "tokens"]),
    ({"options": {"quorum": 2, "budget": {"calls": 1}}}, ["body", "options", "budget", "calls"]),
    ({"options": {"stages": [{"kind": "propose"}, {"kind": "vote", "quorum": 9000}]}}, ["body", "options", "stages", 1, "quorum"]),
    ({"vllm_url": "file:///etc/passwd"}, ["body", "vllm_url"]),
])
def test_what_breaks_a_rule_is_told_with_its_place(alice, model, changes, place):
    faults = alice.client.post(PATH, deliberation(model) | changes, 422).json()["detail"]
    assert [fault["loc"] for fault in faults] == [place], faults
    assert model.calls == []


def test_members_that_mean_nothing_are_ignored_and_named(alice, model):
    body = deliberation(model) | {"option": {"budget": {"calls": 1}}, "budget": {"calls": 1}, "constraints": {"story_id": "s", "timeout": 1}}
    body["agents"][1]["weight"] = 2
    message = alice.client.post(PATH, body, 202).json()["message"]
    assert message.endswith(": option, budget, constraints.timeout, agents.1.weight"), message
    known = {"preset": "", "constraints": {"story_id": "s", "plan_id": "p", "timeout_seconds": 60, "max_retries": 1, "metadata": {"a": "b"}},
             "agents": [{"id": "a", "role": "r", "model": "m", "prompt_template": "{task}"}], "options": "{}"}
    assert alice.client.post(PATH, deliberation(model) | known, 202).json()["message"] == "Deliberation submitted"


def test_all_that_breaks_a_rule_is_told_at_once(alice, model):
    body = deliberation(model) | {
        "task_id": 7, "role": "", "constraints": {"story_id": "", "timeout_seconds": -1},
        "agents": [{"id": "a", "role": "r", "model": ""}, {"id": "a\nb", "role": "r", "model": "m"}, {"id": "a", "role": [], "model": "m"}],
        "vllm_url": "file:///etc/passwd", "options": {"temperature": 3, "agents": {"a": {"weight": -1}}}}
    places = [fault["loc"][1:] for fault in alice.client.post(PATH, body, 422).json()["detail"]]
    assert sorted(map(str, places)) == sorted(map(str, [
        ["task_id"], ["role"], ["constraints", "story_id"], ["constraints", "timeout_seconds"], ["agents", 0, "model"], ["agents", 1, "id"],
        ["agents", 2, "id"], ["agents", 2, "role"], ["vllm_url"], ["options", "temperature"], ["options", "agents", "a", "weight"]]))


@pytest.mark.parametrize("url", [
    "http://169.254.169.254", "http://[fd00:ec2::254]", "http://10.0.0.7:8000", "http://[::ffff:127.0.0.1]:{port}", "http://127.1:{port}",
    "http://0x7f000001:{port}", "http://2130706433:{port}", "http://127.0.0.1:{port}@evil.example", "http://127.0.0.1:{port}#@evil.example",
    "http:\\\\127.0.0.1:{port}", "http://localhost.:{port}", "https://127.0.0.1:{port}", "gopher://127.0.0.1:{port}", "unix:/run/x", "http://a\r\nb",
])
def test_l1_l4_only_allowed_origins_are_asked(alice, model, url):
    port = model.url.rsplit(":", 1)[1]
    answer = alice.client.post(PATH, deliberation(model, vllm_url=url.replace("{port}", port)))
    assert answer.status_code in (403, 422) and "vllm_url" in answer.text
    assert model.calls == []


def test_l1_the_servers_own_ports_are_no_model_servers(alice, server, model):
    for own in (server.api, server.registry):
        alice.client.post(PATH, deliberation(model, vllm_url=own), 403)


def test_l5_the_key_goes_to_its_own_origin_only(start_server, contract, model):
    elsewhere = FakeModel()
    server = start_server("--model-origins", model.url, environment={"ORC_MODEL_API_KEY": "canary-key"})
    user = make_user(Client(server.api, contract), "one@example.com")
    user.client.post(PATH, deliberation(elsewhere), 403)
    assert ended(user.client, submit(user.client, deliberation(model)))["status"] == "completed"
    assert model.keys == ["Bearer canary-key"] * 2 and elsewhere.calls == []
    server.stop()
    assert "canary-key" not in server.output
    elsewhere.end()


def test_l5_of_two_origins_each_has_its_own_key(start_server, contract, model):
    other = FakeModel()
    server = start_server("--model-origins", f"{model.url},{other.url}", environment={"ORC_MODEL_API_KEY": f"{model.url}=canary-key"})
    user = make_user(Client(server.api, contract), "one@example.com")
    body = deliberation(model, options={"agents": {"b": {"endpoint": other.url}}})
    assert ended(user.client, submit(user.client, body))["status"] == "completed"
    assert (model.keys, other.keys) == (["Bearer canary-key"], [None])
    server.stop()
    assert "canary-key" not in server.output
    other.end()


def slow(request):
    return request["model"] == "b"


def test_r18_after_a_kill_it_goes_on_with_the_missing_calls(start_server, contract, tmp_path, model):
    model.close(only=slow)
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    name = submit(user.client, deliberation(model, agents=3))
    model.wait_for_calls(3)
    until(lambda: len(user.client.get(f"{PATH}/{name}").json()["calls"]) == 2)
    server.kill()
    model.open()
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, user.client.token)
    done = ended(again, name)
    assert done["status"] == "completed" and len(done["results"]) == 3
    assert sorted(call["model"] for call in model.calls) == ["a", "b", "b", "c"]


def test_r18_a_deadline_that_passed_while_the_server_was_down_ends_it_at_the_start(start_server, contract, tmp_path, model):
    model.close()
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    submitted = time.monotonic()
    name = submit(user.client, deliberation(model, constraints={"story_id": "s", "timeout_seconds": 2}))
    model.wait_for_calls(2)
    server.kill()
    until(lambda: time.monotonic() - submitted > 2.5)
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, user.client.token)
    done = ended(again, name)
    assert done["status"] == "failed" and "timeout" in done["error_message"], done
    assert len(model.calls) == 2, "no model is asked any more"


@needs_one_process("its worker ends with it")
def test_r18_after_a_kill_the_plugin_that_verifies_is_not_started_twice(start_server, contract, tmp_path, model):
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    upload(user.client, "judge", FOR_EVER, limits={"timeout_seconds": 600, "grace_seconds": 1})
    name = submit(user.client, deliberation(model, agents=1, preset="best_of_n", options={"samples": 1, "verifier": "judge"}))
    judging = "/api/v1/jobs?plugin_name=judge"
    job = until(lambda: user.client.get(judging).json()["items"])[0]
    user.client.in_status(job["id"], "processing")
    server.kill()
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, user.client.token)
    again.in_status(job["id"], "processing")
    again.post(f"{PATH}/{name}/cancel", {}, 202)
    assert again.finished(job["id"])["status"] == "cancelled"
    assert again.get(judging).json()["total"] == 1 and len(model.calls) == 1


def test_sigterm_lets_calls_end_and_the_next_start_goes_on(start_server, contract, tmp_path, model):
    model.close()
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    name = submit(user.client, deliberation(model, options={"stages": [{"kind": "propose"}, {"kind": "exchange"}]}))
    model.wait_for_calls(2)
    server.terminate()
    server.wait_for_line("stopping")
    model.open()
    assert server.wait_ended() == 0
    assert len(model.calls) == 2
    again = Client(start_server(data_dir=tmp_path / "state").api, contract, user.client.token)
    assert ended(again, name)["usage"]["calls"] == 4
    assert len(model.calls) == 4


def test_ended_ones_go_after_their_time_and_their_figures_stay(start_server, contract, tmp_path, model):
    server = start_server(data_dir=tmp_path / "state")
    user = make_user(Client(server.api, contract), "one@example.com")
    name = submit(user.client, deliberation(model))
    ended_at = datetime.datetime.fromisoformat(ended(user.client, name)["ended_at"])
    used = user.client.get(f"{PATH}/usage").json()
    server.stop()
    until(lambda: datetime.datetime.now(datetime.timezone.utc) - ended_at > datetime.timedelta(seconds=1))
    again = Client(start_server("--retain-deliberations", "1s", data_dir=tmp_path / "state").api, contract, user.client.token)
    until(lambda: again.request("GET", f"{PATH}/{name}").status_code == 404)
    assert again.get(PATH).json()["total"] == 0 and again.get(f"{PATH}/usage").json() == used
