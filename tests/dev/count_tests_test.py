"""The last line of ./dev test: nothing may vanish from it."""
import pathlib
import subprocess

import pytest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools/dev/count_tests.py"


@pytest.fixture(name="reports")
def _reports(tmp_path):
    (tmp_path / "gtest").mkdir()
    return tmp_path


def gtest(reports, program, **cases):
    inside = {"passed": "", "failed": "<failure/>", "skipped": '<skipped message="x_test.cc:7&#x0A;no such host&#x0A;"/>'}
    rows = "".join(f'<testcase classname="S" name="{name}" status="run" result="{"skipped" if outcome == "skipped" else "completed"}">'
                   f'{inside[outcome]}</testcase>' for name, outcome in cases.items())
    (reports / "gtest" / f"{program}.xml").write_text(f"<testsuites><testsuite name='S'>{rows}</testsuite></testsuites>")


def ctest(reports, **programs):
    rows = "".join(f'<testcase name="{name}" status="{"run" if ok else "fail"}">{"" if ok else "<failure/>"}</testcase>' for name, ok in programs.items())
    (reports / "ctest.xml").write_text(f"<testsuite>{rows}</testsuite>")


def counted(reports, *arguments):
    done = subprocess.run(["/usr/bin/python3", PROGRAM, reports, *arguments], check=False, capture_output=True, text=True)
    return done.stdout.splitlines(), done.returncode


def test_cases_are_added_up(reports):
    gtest(reports, "one", a="passed", b="skipped")
    ctest(reports, one=True)
    (reports / "pytest.xml").write_text('<testsuites><testcase classname="c" name="x"/><testcase classname="c" name="y"><skipped message="no root"/></testcase></testsuites>')
    lines, code = counted(reports, "--not-run=threads: ./dev test --tsan")
    assert (lines[-1], code) == ("2 passed, 0 failed, 2 skipped", 0)
    assert "not run: threads: ./dev test --tsan" in lines and "skipped: c.y: no root" in lines and "skipped: S.b: no such host" in lines


def test_a_failure_is_named_and_ends_in_failure(reports):
    gtest(reports, "one", a="failed", b="passed")
    ctest(reports, one=False)
    lines, code = counted(reports)
    assert (lines[-1], code) == ("1 passed, 1 failed", 1) and "failed: S.a" in lines


def test_a_program_that_crashed_counts_as_failed(reports):
    ctest(reports, crashed=False)
    lines, code = counted(reports)
    assert (lines[-1], code) == ("0 passed, 1 failed", 1)


def test_a_program_that_fails_after_its_cases_counts_as_failed(reports):
    gtest(reports, "one", a="passed")
    ctest(reports, one=False)
    lines, code = counted(reports)
    assert (lines[-1], code) == ("1 passed, 1 failed", 1)


def test_no_test_at_all_is_a_failure(reports):
    lines, code = counted(reports)
    assert (lines[-1], code) == ("0 passed, 0 failed", 1)


def test_steps_count(reports):
    (reports / "steps").write_text("build asan passed\nlint failed\n")
    lines, code = counted(reports)
    assert (lines[-1], code) == ("1 passed, 1 failed", 1)
