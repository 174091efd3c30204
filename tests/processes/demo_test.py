"""What ./dev demo does once everything is built: from an empty data directory to finished jobs, on either database."""
import pathlib
import subprocess

import pytest
from orc_server import ORC, clean_environment

DEMO = pathlib.Path(__file__).resolve().parents[2] / "examples/iris/demo.py"


@pytest.mark.parametrize("database", [(), ("--with", "postgres")], ids=["sqlite", "postgres"])
def test_every_job_of_the_demo_completes_with_the_right_result(database):
    done = subprocess.run(["/usr/bin/python3", DEMO, "--orc", ORC, *database], env=clean_environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "166 of 166 jobs completed with the right result" in done.stdout
    assert "Decision of" in done.stdout and "50 + 20 + 10 + 5 + 2" in done.stdout
