"""The two lanes of the Makefile hold every test between them, under ids that can be read."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MAKEFILE: Final = (ROOT / "Makefile").read_text()
LONGEST_PARAMETERS: Final = 80  # characters between the brackets
LONGEST: Final = 200

Lanes = dict[str, set[str]]


def find_expression(target: str) -> str:
    """The mark expression that a target of the Makefile gives to pytest; empty for all tests."""
    (recipe,) = re.findall(rf"^{target}: .*\n\t(.+)$", MAKEFILE, re.MULTILINE)
    found = re.search(r'-m "([^"]+)"', recipe)
    return found[1] if found else ""


@pytest.fixture(scope="module")
def lanes() -> Lanes:
    """The ids of the tests of each lane, as pytest collects them."""
    collecting = {}
    for target in ("test", "test-slow", "test-all"):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "--collect-only",
            "-m",
            find_expression(target),
        ]
        collecting[target] = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    found = {}
    for target, process in collecting.items():
        printed, _ = process.communicate()
        assert process.returncode == 0, printed[-2000:]
        found[target] = set(re.findall(r"^tests/.*::.*$", printed, re.MULTILINE))
        assert found[target], printed[-2000:]
    return found


def test_every_test_is_in_a_lane(lanes: Lanes) -> None:
    """None is dropped, and only property tests are in both."""
    assert lanes["test"] | lanes["test-slow"] == lanes["test-all"]
    assert len(lanes["test-all"]) > 7000
    assert 0 < len(lanes["test"] & lanes["test-slow"]) < 100


def test_ids_can_be_read(lanes: Lanes) -> None:
    """No id fills more than a line or two of a terminal."""
    assert [test for test in lanes["test-all"] if len(test) > LONGEST] == []
    assert [test for test in lanes["test-all"] if len(test.partition("[")[2]) - 1 > LONGEST_PARAMETERS] == []


def test_slow_folders_are_in_the_slow_lane_only(lanes: Lanes) -> None:
    """Servers, subprocesses and developers' programs are not in the fast lane."""
    assert [test for test in lanes["test"] if test.startswith(("tests/system/", "tests/tools/"))] == []
