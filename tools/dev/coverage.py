"""Merges the profiles of a counted build, writes an HTML report beside it and fails below a share of covered lines."""
import argparse
import json
import pathlib
import subprocess
import sys

# Tests do not count as covered code, and neither does what the build generates.
IGNORED = r"(_test\.cc$|/tests/|/build/|/usr/)"


def objects_of(build):
    programs = [build / "src/app/orc", build / "src/launch/orc-launch"]
    listed = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1"], check=True, capture_output=True).stdout
    programs += [pathlib.Path(test["command"][0]) for test in json.loads(listed)["tests"] if "command" in test]
    return [program for program in programs if program.exists()]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--lines-min", type=float, required=True, help="per cent")
    options = arguments.parse_args()
    profiles = sorted((options.build / "profiles").glob("*.profraw"))
    if not profiles:
        sys.exit(f"coverage: no profile in {options.build}/profiles; did any test run?")
    merged = options.build / "merged.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", merged, *profiles], check=True)

    programs = objects_of(options.build)
    sources = [programs[0], *[f"-object={program}" for program in programs[1:]]]
    settings = [f"-instr-profile={merged}", f"-ignore-filename-regex={IGNORED}"]
    report = options.build / "report"
    subprocess.run(["llvm-cov-19", "show", *sources, *settings, "-format=html", f"-output-dir={report}"], check=True)
    summary = subprocess.run(["llvm-cov-19", "export", *sources, *settings, "-summary-only"], check=True, capture_output=True)
    lines = json.loads(summary.stdout)["data"][0]["totals"]["lines"]
    print(f"coverage: {lines['percent']:.1f} % of {lines['count']} lines; report: {report}/index.html")
    return 0 if lines["percent"] >= options.lines_min else 1


if __name__ == "__main__":
    sys.exit(main())
