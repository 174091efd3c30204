"""Adds up what the steps of ./dev test recorded and prints it as one line: `N passed, N failed` (`, N skipped`).

A C++ test program that left no record of its cases (it crashed, say) counts as one failed test, so that nothing vanishes.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ET


class Counts:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = []

    def add(self, outcome, name, reason=""):
        if outcome == "passed":
            self.passed += 1
        elif outcome == "skipped":
            self.skipped.append((name, reason))
        else:
            self.failed += 1
            print(f"failed: {name}")


def count_gtest(folder, counts):
    """Failed cases by program."""
    programs = {}
    for file in sorted(folder.glob("*.xml")):
        before = counts.failed
        for case in ET.parse(file).iter("testcase"):
            name, skipped = f"{case.get('classname')}.{case.get('name')}", case.find("skipped")
            if case.get("status") == "notrun":
                counts.add("skipped", name, "disabled in the code")
            elif case.get("result") == "skipped":
                # The place comes first, then what the test says.
                counts.add("skipped", name, skipped.get("message", "").partition("\n")[2].strip())
            else:
                counts.add("failed" if case.find("failure") is not None else "passed", name)
        programs[file.stem] = counts.failed - before
    return programs


def count_ctest(file, programs, counts):
    if not file.exists():
        return
    for case in ET.parse(file).iter("testcase"):
        name, ok = case.get("name"), case.get("status") == "run" and case.find("failure") is None
        if (name not in programs if ok else not programs.get(name)):
            counts.add("passed" if ok else "failed", f"program {name}")


def count_pytest(file, counts):
    for case in ET.parse(file).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            counts.add("failed", name)
        elif skipped is not None:
            counts.add("skipped", name, skipped.get("message", ""))
        else:
            counts.add("passed", name)


def count_steps(file, counts):
    for line in file.read_text().splitlines() if file.exists() else []:
        name, outcome = line.rsplit(" ", 1)
        counts.add(outcome, name)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("reports", type=pathlib.Path)
    arguments.add_argument("--not-run", action="append", default=[])
    options = arguments.parse_args()
    counts = Counts()
    programs = count_gtest(options.reports / "gtest", counts)
    count_ctest(options.reports / "ctest.xml", programs, counts)
    for file in sorted(options.reports.glob("pytest*.xml")):
        count_pytest(file, counts)
    count_steps(options.reports / "steps", counts)
    for name, reason in counts.skipped:
        print(f"skipped: {name}: {reason}")
    for what in options.not_run:
        print(f"not run: {what}")
    print(f"{counts.passed} passed, {counts.failed} failed" + (f", {len(counts.skipped)} skipped" if counts.skipped else ""))
    return 1 if counts.failed or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main())
