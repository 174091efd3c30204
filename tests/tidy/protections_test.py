"""What ./dev torture --protections takes away must still be there to be taken away."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/protections"))

from protections import PROTECTIONS  # noqa: E402


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda one: one.name)
def test_a_protection_stands_once_in_its_file_and_can_be_taken_away(protection):
    assert (ROOT / protection.file).read_text().count(protection.there) == 1
    assert protection.there != protection.instead
