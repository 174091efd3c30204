"""What failed is judged again on the same steps."""
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools/dev"
FAILED = '<testsuites><testcase classname="S" name="walk" status="run"><failure message="x.cc:7&#x0A;replay with ORC_TEST_SEED=12"/></testcase></testsuites>'


@pytest.mark.parametrize("seed_that_fails, again", [("12", ""), ("13", "S.walk\n")])
def test_a_test_that_drew_its_steps_walks_the_same_ones_again(tmp_path, seed_that_fails, again):
    (tmp_path / "gtest").mkdir()
    (tmp_path / "gtest/one.xml").write_text(FAILED)
    build = tmp_path / "build"
    build.mkdir()
    program = tmp_path / "one"
    program.write_text(f'#!/bin/sh\n[ "$ORC_TEST_SEED" != {seed_that_fails} ]\n')
    program.chmod(0o755)
    (build / "CTestTestfile.cmake").write_text(f'add_test(one "{program}")\n')
    subprocess.run([sys.executable, TOOLS / "judge_again.py", tmp_path, build], check=True, capture_output=True)
    assert (tmp_path / "again").read_text() == again
