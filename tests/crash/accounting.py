"""Accounts for every job of an attacked installation, from what an outsider has: what the client sent and was told, the public API, and what
the plugin itself said: on standard error, and where a Witness is there, in a file that nobody but plugins writes."""
import collections
import dataclasses
import datetime
import json
import pathlib
import shutil
import tempfile
import threading

from installation import FINAL, PAGE

LOST_RUNS_MAX = 4  # of a job, each with its worker
GIVEN_UP_SHARE_MAX = 0.02
NAMED_MAX = 10  # jobs, in a fault's words
WATCH_SECONDS = 0.3
WATCHED_SHARE_MIN = 0.5  # of the jobs that ended: else too few were seen soon after their end to say that results do not change
ECHO_AND_SAY = 'printf "ran %s %s\\n" "$ORC_JOB_ID" "$ORC_ATTEMPT" >&2\nprintf "%s" "$1"\n'  # answers with its input


@dataclasses.dataclass
class Told:
    """The client's own log: how many numbers it sent, and which job it was told for which of them."""
    sent: int = 0
    acked: dict = dataclasses.field(default_factory=dict)

    def submit(self, api, plugin):
        """The next number as a job, which must be taken. Its id."""
        self.sent += 1
        job_id = api.submit(plugin, {"n": self.sent})
        self.acked[job_id] = self.sent
        return job_id


class Witness:
    """What ran, as the runs themselves wrote it down outside of the system: attacks.md, section 1. It takes plugins that may write files, so isolation
    `none`. Ended by close()."""

    def __init__(self):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="orc-witness-"))
        self._folder.chmod(0o755)
        self._file = self._folder / "ran"
        self._file.touch()
        self._file.chmod(0o666)  # plugins have uids of their own

    def program(self, seconds=0):
        """Answers {"given": its input, "run": when it began and which process it was}, after so many seconds."""
        return f"""run=$(date +%s%N).$$
printf '%s %s\\n' "$ORC_JOB_ID" "$run" >> {self._file}
printf 'ran %s\\n' "$run" >&2
{f"sleep {seconds}" if seconds else ":"}
printf '{{"given": %s, "run": "%s"}}' "$1" "$run"
"""

    def runs(self):
        """Job → the names of its runs."""
        runs = collections.defaultdict(list)
        for words in map(str.split, self._file.read_text().splitlines()):
            runs[int(words[0])].append(words[1])
        return runs

    def close(self):
        shutil.rmtree(self._folder)


def _witnessed(witness, jobs, attempts):
    """What is wrong by it: a run that no claim explains, and a result that is not of the last claim's run."""
    faults, runs = collections.defaultdict(list), witness.runs()
    for job_id, job in jobs.items():
        ran = runs[job_id]
        if len(ran) > len(attempts[job_id]):
            faults["runs of one claim"].append(f"{job_id}: {ran}, of {len(attempts[job_id])} attempts")
        if job["status"] != "completed":
            continue
        claimed_at = datetime.datetime.fromisoformat(attempts[job_id][-1]["started_at"].replace("Z", "+00:00"))
        name = job["result"]["run"]
        begun_at = datetime.datetime.fromtimestamp(int(name.partition(".")[0]) / 1e9, datetime.timezone.utc)
        if name not in ran or begun_at < claimed_at:
            faults["results of another run"].append(f"{job_id}: {name}, begun {begun_at}, claimed {claimed_at}, ran {ran}")
    return sum(map(len, runs.values())), faults


class Watcher:
    """Remembers how each job that ended well looked when it was first seen so; it must never look otherwise."""

    def __init__(self, site):
        self._api, self.first_seen, self._over = site.api, {}, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over.wait(WATCH_SECONDS):
            answer = self._api.call("GET", f"/api/v1/jobs?status=completed&limit={PAGE}")
            for job in json.loads(answer[1])["items"] if answer and answer[0] == 200 else []:
                self.first_seen.setdefault(job["id"], job)

    def finish(self):
        self._over.set()
        self._thread.join()


def line(figures, seed, seconds):
    return " ".join(f"{name} {figure}" for name, figure in figures.items()) + f" seed {seed} seconds {seconds:.0f}"


def with_its_input(job):
    return job["result"] == job["input_data"]


def with_what_it_was_given(job):
    """Of a Witness' program."""
    return job["result"]["given"] == job["input_data"]


def with_anything(_):
    return True


def _some(things):
    return f"{list(things)[:NAMED_MAX]}{' …' if len(things) > NAMED_MAX else ''}"


def account(api, told, first_seen, losses_max, say=lambda words: None, ends=None, answers=with_its_input, may_give_up=False,
            numbers_from=1, witness=None):
    """The figures, and a sentence for each thing that is wrong. Each job's input is {"n": number}, of `numbers_from` and up.

    `first_seen`: a Watcher's, or None where nobody watched. `losses_max`: runs that the attack explains beyond one for each job.
    `ends`: how these jobs must end, where that is not `completed`. `answers`: says whether a completed job has its right answer.
    `may_give_up`: kills come so fast that one may hit each of the four runs that a job is given on workers that are lost
    (docs/decisions/lost_workers.md): then it is a dead letter, as it should be.
    """
    ends = ends or {}
    jobs = {job["id"]: job for job in api.all_jobs()}
    sent, acked = told.sent, told.acked
    numbers = collections.Counter(job["input_data"]["n"] for job in jobs.values())
    final = {job_id for job_id, job in jobs.items() if job["status"] in FINAL}
    succeeded, said, attempts = collections.Counter(), 0, {}
    for number, job_id in enumerate(jobs):
        attempts[job_id] = api.attempts(job_id)
        succeeded[job_id] = sum(attempt["outcome"] == "succeeded" for attempt in attempts[job_id])
        said += sum(line["text"].startswith("ran ") for line in api.must("GET", f"/api/v1/jobs/{job_id}/logs")["items"])
        if number % 1000 == 999:
            say(f"accounting: {number + 1} of {len(jobs)} jobs")
    runs = sum(map(len, attempts.values()))
    outcomes = {job_id: [attempt["outcome"] for attempt in of_it] for job_id, of_it in attempts.items()}
    # A run that was given back is no loss and changes nothing of what was lost.
    given_up = {job_id for job_id, job in jobs.items() if may_give_up and job["status"] == "failed"
                and [outcome for outcome in outcomes[job_id] if outcome != "given_back"] == ["worker_lost"] * LOST_RUNS_MAX}
    wrong = {
        "lost": [job_id for job_id in acked if job_id not in final],
        "unexpected": [job_id for job_id, job in jobs.items()
                       if not numbers_from <= job["input_data"]["n"] <= sent or acked.get(job_id, job["input_data"]["n"]) != job["input_data"]["n"]],
        "duplicated": [number for number, count in numbers.items() if count > 1]
        + [job_id for job_id, count in succeeded.items() if count > 1]
        + [job_id for job_id, job in (first_seen or {}).items() if jobs.get(job_id) != job],
        "stuck": [job_id for job_id in jobs if job_id not in final],
        "ended wrongly": [f"{job_id}: {jobs[job_id]['status']} after {outcomes[job_id]}" for job_id in final - given_up
                          if jobs[job_id]["status"] != ends.get(job_id, "completed")],
        "answered wrongly": [job_id for job_id, job in jobs.items() if job["status"] == "completed" and not answers(job)],
    }
    if witness:
        witnessed, seen = _witnessed(witness, jobs, attempts)
        said, wrong = max(said, witnessed), wrong | seen
    faults = [f"{name}: {_some(places)}" for name, places in wrong.items() if places]
    if max(runs, said) > len(jobs) + losses_max:
        again = {job_id: ended for job_id, ended in outcomes.items() if len(ended) > 1}
        faults.append(f"{max(runs, said)} runs of {len(jobs)} jobs; the attack explains {losses_max} beyond one for each: {_some(again.items())}")
    if first_seen is not None and len(first_seen) < WATCHED_SHARE_MIN * len(final):
        faults.append(f"only {len(first_seen)} of {len(final)} ended jobs were watched")
    figures = {"attempt": sent, "acked": len(acked), "ok": len(set(acked) & final), "lost": len(wrong["lost"]), "unexpected": len(wrong["unexpected"]),
               "duplicated": len(wrong["duplicated"]), "recovered": len(set(jobs) - set(acked)), "runs": runs}
    figures |= ({"watched": len(first_seen)} if first_seen is not None else {}) | ({"given_up": len(given_up)} if may_give_up else {})
    figures |= {"witnessed": witnessed} if witness else {}
    if len(given_up) > GIVEN_UP_SHARE_MAX * len(jobs):
        faults.append(f"{len(given_up)} of {len(jobs)} jobs were given up, as four workers in a row were lost with them")
    return figures, faults
