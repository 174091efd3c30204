"""Adds up what the steps of ./dev test recorded and prints it as one line: `N passed, N failed` (`, N skipped`)."""
import argparse
import collections
import pathlib
import sys

from test_records import cases


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("reports", type=pathlib.Path)
    arguments.add_argument("--not-run", action="append", default=[])
    options = arguments.parse_args()
    again = options.reports / "again"
    passed_again = again.read_text().splitlines() if again.exists() else []
    counts = collections.Counter()
    skipped = []
    for case in cases(options.reports):
        outcome = case.outcome
        if outcome == "failed" and case.name in passed_again:
            print(f"failed beside others and passed three times by itself: {case.name}")
            outcome = "passed"
        elif outcome == "failed":
            print(f"failed: {case.name}", *(f"  | {line}" for line in case.reason.splitlines()), sep="\n")
        elif outcome == "skipped":
            skipped.append(f"skipped: {case.name}: {case.reason}")
        counts[outcome] += 1
    print(*skipped, *(f"not run: {what}" for what in options.not_run), sep="\n", end="\n" if skipped or options.not_run else "")
    print(f"{counts['passed']} passed, {counts['failed']} failed" + (f", {counts['skipped']} skipped" if skipped else ""))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
