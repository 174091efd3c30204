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


def test_a_program_that_crashed_counts_as_failed_and_its_last_words_are_told(reports):
    said = "".join(f"[ RUN      ] S.{number}\n" for number in range(40))
    (reports / "ctest.xml").write_text(f'<testsuite><testcase name="crashed" status="fail"><failure/><system-out>{said}\n</system-out></testcase></testsuite>')
    lines, code = counted(reports)
    assert (lines[0], lines[-1], code) == ("failed: program crashed", "0 passed, 1 failed", 1)
    assert lines[1:-1] == [f"  | [ RUN      ] S.{number}" for number in range(25, 40)]


def test_why_a_test_failed_is_told(reports):
    (reports / "gtest/one.xml").write_text('<testsuites><testcase classname="S" name="a" status="run"><failure message="x.cc:7&#x0A;not equal"/></testcase></testsuites>')
    (reports / "pytest.xml").write_text('<testsuites><testcase classname="c" name="x"><failure message="short">one\nE  two</failure></testcase></testsuites>')
    lines, code = counted(reports)
    assert (lines, code) == (["failed: S.a", "  | x.cc:7", "  | not equal", "failed: c.x", "  | one", "  | E  two", "0 passed, 2 failed"], 1)


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


AGAIN = PROGRAM.with_name("judge_again.py")


@pytest.fixture(name="checkout")
def _checkout(tmp_path, reports):
    """A build with one test program, whose cases pass or fail as files say, and a pytest beside it."""
    build = tmp_path / "build"
    build.mkdir()
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\n[ ! -e {tmp_path}/breaks ]\n')
    program.chmod(0o755)
    (build / "CTestTestfile.cmake").write_text(f'add_test(one "{program}")\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/x_test.py").write_text("import pytest\n@pytest.mark.parametrize('word', ['a.b', 'c'])\ndef test_it(word):\n    print(word)\n")

    def judged():
        done = subprocess.run(["/usr/bin/python3", AGAIN, reports, build], cwd=tmp_path, check=True, capture_output=True, text=True)
        return counted(reports), done.stdout

    return judged


def test_a_few_that_failed_beside_others_are_judged_again_by_themselves(checkout, reports):
    gtest(reports, "one", a="failed", b="passed")
    ctest(reports, one=False)
    (reports / "pytest-x.xml").write_text('<testsuites><testcase classname="tests.x_test" name="test_it[a.b]"><failure/></testcase></testsuites>')
    (lines, code), said = checkout()
    assert (lines[-1], code) == ("3 passed, 0 failed", 0), said
    assert {"failed beside others and passed three times by itself: " + name for name in ("S.a", "tests.x_test.test_it[a.b]")} < set(lines)
    assert (reports / "asked").read_text() == "--gtest_filter=S.a\n" * 3


def test_what_fails_by_itself_too_has_failed(checkout, reports):
    gtest(reports, "one", a="failed", b="passed")
    ctest(reports, one=False)
    (reports / "steps").write_text("lint failed\n")
    (reports / "breaks").touch()
    (lines, code), _ = checkout()
    assert (lines[-1], code) == ("1 passed, 2 failed", 1) and {"failed: S.a", "failed: lint"} < set(lines)


def test_many_failures_and_programs_that_broke_are_not_judged_again(checkout, reports):
    gtest(reports, "one", a="failed", b="failed", c="failed", d="failed")
    ctest(reports, one=False)
    assert checkout()[0][0][-1] == "0 passed, 4 failed"
    gtest(reports, "one", a="failed")
    ctest(reports, one=False, two=False)
    assert checkout()[0][0][-1] == "0 passed, 2 failed" and not (reports / "asked").exists()
