"""The demo's deliberation: three models, of which a verifier in the sandbox finds the one that is right. README.md says more."""
import json
import pathlib
import subprocess

FOLDER = pathlib.Path(__file__).parent
QUESTION = "Pay 87 cents with coins of 50, 20, 10, 5, 2 and 1."
MODELS = ("confident", "careful", "clumsy")
RIGHT = "50 + 20 + 10 + 5 + 2"
SECONDS_MAX = 60


class ModelStub:
    """`orc model-stub` with the recorded answers, on a free loopback port."""

    def __init__(self, orc, environment):
        command = [str(orc), "model-stub", "--listen", "127.0.0.1:0", "--record", str(FOLDER / "answers.jsonl"), "--tokens-per-second", "20"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment)
        first = self._process.stdout.readline()
        if " answers at " not in first:
            self._process.wait()
            raise RuntimeError("orc model-stub did not start")
        self.url = first.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


def run(orc, data_dir, environment):
    """Whether the decision is the right answer. By the command line, as its user would."""
    def command(*words):
        done = subprocess.run([str(orc), *words, "--data-dir", str(data_dir)], check=False, capture_output=True, text=True, env=environment,
                              timeout=SECONDS_MAX)
        if done.returncode != 0:
            raise RuntimeError(f"orc {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    command("plugin", "add", str(FOLDER / "exact-change"))
    print(f"\nAsked of {len(MODELS)} models, with a verifier plugin as the judge: {QUESTION}")
    with ModelStub(orc, environment) as stub:
        models = [word for model in MODELS for word in ("--model", model)]
        taken = command("deliberate", QUESTION, "--preset", "best_of_n", "--verifier", "exact-change", *models, "--endpoint", stub.url, "--json")
    ended = json.loads(taken)
    print(command("deliberation", "get", ended["deliberation_id"]), end="")
    return ended["result"]["proposal"] == RIGHT
