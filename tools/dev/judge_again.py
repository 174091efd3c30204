"""Runs the few tests that failed beside others again, by themselves. usage: judge_again.py REPORTS BUILD_FOLDER

On a machine that is busy with other things as well, a test that holds a promise of time may fail beside ten others. So what failed is judged once more
when everything else has ended: it counts as passed if it then passes three times in a row, and ./dev test names it all the same. More than three failures
are no bad luck and stay what they are, as does a test program that broke without a record of its cases. A test that drew its steps walks the same ones again,
by the seed that it names: other steps would prove nothing. Writes REPORTS/again, from which count_tests.py knows.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

from test_records import cases

FAILURES_MAX = 3
TIMES = 3
SECONDS_MAX = 600


def programs(build):
    """The command of each test program, by the name of its record."""
    told = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True, text=True).stdout
    return {test["name"]: test["command"] for test in json.loads(told)["tests"]}


def command_of(case, build):
    if case.kind == "gtest":
        return [*programs(build)[case.record], f"--gtest_filter={case.name}"]
    folder_and_file, name = case.name.rsplit(".", 1) if "[" not in case.name else re.match(r"([^\[]*)\.([^.\[]*\[.*)", case.name, re.DOTALL).groups()
    return ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{folder_and_file.replace('.', '/')}.py::{name}"]


def seed_of(case):
    named = re.search(r"ORC_TEST_SEED=\d+", case.reason)
    return named.group().split("=") if named else ()


def passes(command, *seed):
    print("+", "=".join(seed), *command, flush=True)
    environment = os.environ | ({seed[0]: seed[1]} if seed else {})
    try:
        return all(subprocess.run(command, check=False, timeout=SECONDS_MAX, env=environment).returncode == 0 for _ in range(TIMES))
    except subprocess.TimeoutExpired:
        return False


def main():
    reports, build = pathlib.Path(sys.argv[1]), sys.argv[2]
    failed = [case for case in cases(reports) if case.outcome == "failed" and case.kind != "step"]
    if len(failed) > FAILURES_MAX or any(case.kind == "program" for case in failed):
        return
    (reports / "again").write_text("".join(f"{case.name}\n" for case in failed if passes(command_of(case, build), *seed_of(case))))


if __name__ == "__main__":
    main()
