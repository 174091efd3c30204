"""Serves a plugin of Orc from one function, in both modes: a process for each run, or one that stays up (docs/plugins.md).

    from orc_plugin import BadInput, serve
    def answer(document, context):
        return {"words": len(document["text"].split())}
    serve(answer)
Copy this file into the plugin's folder. It needs nothing but Python 3.7.
"""
import contextlib
import json
import os
import stat
import sys
import traceback

_IS_HEARD = False
with contextlib.suppress(OSError):
    _IS_HEARD = stat.S_ISFIFO(os.fstat(3).st_mode)  # else the plugin's first file may be 3


class Failure(Exception):
    """The run has failed; its text is the message. It may be tried again."""
    exit_code = 1


class BadInput(Failure):
    """This input is bad: never tried again."""
    exit_code = 65


class Context:
    """What a run is told beside its input, and where it may say how far it is. `variables` are ORC_JOB_ID and so on."""

    def __init__(self, variables, tell):
        self.variables = variables
        self._tell = tell

    @property
    def output_dir(self):
        """What stands there at the answer is kept. None: a warm plugin whose plugin.json says no warm.files_out."""
        return self.variables.get("ORC_OUTPUT_DIR")

    def progress(self, fraction, message=""):
        self._tell({"progress": min(1, max(0, fraction)), "message": message})  # NaN: 0

    def log(self, text):
        self._tell({"log": text, "stream": "err"})


def serve(answer, load=None):
    """Calls answer(document, context) for each run. `load()` is called first, once for each process: models are read there."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the plugin prints is log, and no answer
    sys.stdout = sys.stderr
    with contextlib.suppress(AttributeError):  # it is the plugin's own
        sys.stderr.reconfigure(line_buffering=True)  # from Python 3.9 on it is so
    serve_in_mode = _serve_warm if os.environ.get("ORC_MODE") == "warm" else _serve_once
    serve_in_mode(answers, answer, load)


def _serve_once(answers, answer, load):
    try:
        if load:
            load()
        output = answer(json.load(sys.stdin), Context(dict(os.environ), _tell_once))
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(failure.exit_code)
    with answers:
        answers.write(json.dumps(output, allow_nan=False, ensure_ascii=False).encode())  # NaN is no JSON, nor half a surrogate pair


def _tell_once(saying):
    if "log" in saying:
        print(saying["log"], file=sys.stderr, flush=True)
    elif _IS_HEARD:
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(3, json.dumps(saying, ensure_ascii=False).encode(errors="replace") + b"\n")


def _serve_warm(answers, answer, load):
    if load:
        load()

    def say(saying, errors="replace"):
        answers.write(json.dumps(saying, allow_nan=False, ensure_ascii=False).encode(errors=errors) + b"\n")
        answers.flush()  # at once: nobody knows how long the next one takes

    say({"ready": True})
    for request in map(json.loads, sys.stdin.buffer):
        number = request["id"]
        context = Context(request["context"], lambda saying, number=number: say({"id": number, **saying}))
        try:
            say({"id": number, "output": answer(request["input"], context)}, "strict")  # an answer is not changed
        except Failure as failure:
            say({"id": number, "error": str(failure), "exit_code": failure.exit_code})
        except Exception as error:
            context.log(traceback.format_exc().rstrip())
            say({"id": number, "error": traceback.format_exception_only(type(error), error)[-1].strip()})
