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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


@contextlib.contextmanager
def alone(folder):
    """Several processes of tests may want the same server at once: the first starts it. What it starts does not inherit the lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main():
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "run" and not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(prog="./dev services", description="Private servers on this machine, for tests and development.")
    parser.add_argument("act", choices=("up", "down", "status"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; none: all")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/services", help="each has a folder in it (default: build/services)")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="for a server's own configuration")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"there is no service '{unknown[0]}'; there are: {', '.join(known)}")
    settings = dict(entry.split("=", 1) for entry in arguments.set)
    sys.path.insert(0, str(HERE))
    answer = {}
    for name in arguments.names or known:
        service = importlib.import_module(name)
        folder = (arguments.folder / name).resolve()
        with alone(folder) if arguments.act != "status" else contextlib.nullcontext():
            before = service.status(folder)
            if arguments.act == "up" and before:
                print(f"services: {name} runs already, as process {before['pid']}", file=sys.stderr)
            if arguments.act == "down" and not before:
                print(f"services: {name} does not run", file=sys.stderr)
            if arguments.act == "down":
                service.down(folder)
            answer[name] = service.up(folder, settings) if arguments.act == "up" else service.status(folder)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
