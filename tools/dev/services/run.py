"""Starts, stops and shows private servers for tests and development; one file beside this one for each.

usage: run.py up|down|status [NAME…] [--folder FOLDER] [--set SETTING=VALUE]…
"""
import argparse
import contextlib
import fcntl
import importlib
import json
import pathlib
import sys

import _process

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


@contextlib.contextmanager
def alone(folder):
    """Several processes of tests may want the same server at once: the first starts it. What it starts does not inherit the lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def setting(text):
    """One of --set."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"'{text}' does not read SETTING=VALUE")
    return name, value


def done(act, name, folder, settings):
    """What there is of that service after the act: its address, or nothing."""
    service = importlib.import_module(name)
    with alone(folder) if act != "status" else contextlib.nullcontext():
        before = service.status(folder)
        if act == "up" and before:
            print(f"services: {name} runs already, as process {before['pid']}", file=sys.stderr)
        if act == "down" and not before:
            print(f"services: {name} does not run", file=sys.stderr)
        if act == "down":
            service.down(folder)
        return service.up(folder, settings) if act == "up" else service.status(folder)


def main():
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run" and not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="./dev services", description="Private servers on this machine, for tests and development.")
    parser.add_argument("act", choices=("up", "down", "status"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; none: all")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/services", help="each has a folder in it (default: build/services)")
    parser.add_argument("--set", type=setting, action="append", default=[], metavar="SETTING=VALUE", help="for the configuration of the one server that is named")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"there is no service '{unknown[0]}'; there are: {', '.join(known)}")
    if arguments.set and len(arguments.names) != 1:
        parser.error("--set is for one server: name it")
    answer, failed = {}, []
    for name in arguments.names or known:
        try:
            answer[name] = done(arguments.act, name, (arguments.folder / name).resolve(), dict(arguments.set))
        except (_process.ServiceFailed, OSError) as error:
            print(f"services: {name}: {error}", file=sys.stderr)
            failed.append(name)
    print(json.dumps(answer))
    if failed:
        raise SystemExit(f"services: {', '.join(failed)} failed")


if __name__ == "__main__":
    main()
