"""Runs clang-tidy on C++ sources and remembers, by the hash of everything that a source reads, which of them it has passed."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

BUILD = pathlib.Path("build/asan")
COMMANDS = pathlib.Path("build/clang-tidy")  # as BUILD's, but each source reads its headers itself, precompiled or not
PASSED = pathlib.Path("build/clang-tidy-passed")
CHANGED_FILES_MAX = 40  # a minute or two; a larger change is read whole by --all
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sources():
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    root = pathlib.Path.cwd()
    files = {pathlib.Path(entry["file"]) for entry in entries}
    return sorted(file.relative_to(root) for file in files if file.is_relative_to(root) and not file.is_relative_to(root / "build"))


def git_files(*arguments):
    listed = subprocess.run(["git", *arguments], check=False, capture_output=True, text=True).stdout
    return {pathlib.Path(line) for line in listed.splitlines()}


def changed():
    before = git_files("rev-parse", "--verify", "--quiet", "HEAD~1") and "HEAD~1" or "HEAD"
    return git_files("diff", "--name-only", before) | git_files("ls-files", "--others", "--exclude-standard")


def closure(file, seen):
    """The file and every file of ours that it includes, however deep."""
    if file in seen or not file.is_file():
        return
    seen.add(file)
    for name in INCLUDE.findall(file.read_text(errors="replace")):
        for base in (pathlib.Path("src"), pathlib.Path("."), file.parent):
            if (base / name).is_file():
                closure(base / name, seen)
                break


def fingerprint(file):
    read = set()
    closure(file, read)
    digest = hashlib.sha256(pathlib.Path(".clang-tidy").read_bytes())
    for one in sorted(read):
        digest.update(one.read_bytes())
    return digest.hexdigest()


def write_commands():
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    for entry in entries:
        entry["command"] = re.sub(r"-Winvalid-pch|-Xclang -include(-pch)? -Xclang \S+", "", entry["command"])
    COMMANDS.mkdir(parents=True, exist_ok=True)
    (COMMANDS / "compile_commands.json").write_text(json.dumps(entries))


def check(file):
    done = subprocess.run(["clang-tidy-19", "--quiet", "-p", str(COMMANDS), str(file)], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout


def main():
    arguments = argparse.ArgumentParser()
    scope = arguments.add_mutually_exclusive_group(required=True)
    scope.add_argument("--all", action="store_true")
    scope.add_argument("--changed", action="store_true")
    options = arguments.parse_args()

    every = sources()
    touched = set() if options.all else changed()
    wanted = every if options.all else [file for file in every if file in touched]
    write_commands()
    PASSED.mkdir(parents=True, exist_ok=True)
    prints = {file: fingerprint(file) for file in wanted}
    waiting = [file for file in wanted if not (PASSED / prints[file]).exists()]
    left = [] if options.all else waiting[CHANGED_FILES_MAX:]
    waiting = waiting[:len(waiting) - len(left)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, (code, words) in zip(waiting, pool.map(check, waiting)):
            if code == 0:
                (PASSED / prints[file]).touch()
            else:
                failed += 1
                print(words)
    print(f"clang-tidy: {len(waiting)} files read, {len(wanted) - len(waiting) - len(left)} passed before, {failed} with faults; "
          f"not read: {len(every) - len(wanted)} unchanged, {len(left)} beyond {CHANGED_FILES_MAX} changed ones (./dev lint --all)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
