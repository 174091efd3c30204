"""P10: what a plugin prints that is no answer. The job fails, and its message quotes a little of it in a way that JSON and people can read."""
import plugin_package
import pytest

QUOTED_BYTES_MAX = 4096
WORDS_BYTES_MAX = 1024  # around it
BAD = {
    "two documents": "printf '{\"a\": 1}{\"a\": 2}'\n",
    "bytes behind it": "printf '{\"a\": 1} and more'\n",
    "not a number": "printf '{\"a\": NaN}'\n",
    "bytes that are no UTF-8": "printf '{\"a\": \"\\377\\376\"}'\n",
    "nothing": "exit 0\n",
    "only spaces": "printf ' \\n\\t '\n",
    "a log before it": "echo 'loading the model'\nprintf '{\"a\": 1}'\n",
    "no JSON, long, with signs that a terminal obeys": "printf '\\033[2J\\000'\nhead -c 20000 /dev/zero | tr '\\0' 'x'\n",
    "more than an output may be": "printf '\"'\nhead -c 100000000 /dev/zero | tr '\\0' 'x'\nprintf '\"'\n",
}


@pytest.mark.parametrize("what", BAD)
def test_p10_an_output_that_is_no_answer_fails_the_job_and_is_quoted(alice, admin, what):
    name = f"p10-{list(BAD).index(what)}"
    plugin_package.upload(admin.client, name, BAD[what], retry={"max_attempts": 1})
    job = alice.client.finished(alice.client.submit(name, {})["id"])
    assert job["status"] == "failed" and job["result"] is None
    message = job["error_message"]
    assert message and len(message.encode()) <= QUOTED_BYTES_MAX + WORDS_BYTES_MAX
    answer = alice.client.get(f"/api/v1/jobs/{job['id']}").content
    assert all(byte >= 0x20 for byte in answer), "what a terminal obeys is escaped"
    (attempt,) = alice.client.get(f"/api/v1/jobs/{job['id']}/attempts").json()["items"]
    assert attempt["outcome"] == "output_rejected"
