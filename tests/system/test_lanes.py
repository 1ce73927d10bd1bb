"""The lanes of the Makefile hold every test between them, under ids that can be read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.lanes import COLLECTED

ROOT: Final = Path(__file__).parents[2]
MAKEFILE: Final = (ROOT / "Makefile").read_text()
LONGEST_PARAMETERS: Final = 80  # characters between the brackets
LONGEST: Final = 200

Lanes = dict[str, set[str]]

# A pytest plugin that prints each collected test with its marks. In the order before pytest groups the tests that share
# a fixture with parameters, because that depends on which tests a run chooses.
PRINT_MARKS: Final = """
import json
from tests.helpers.lanes import COLLECTED
def pytest_collection_finish(session):
    marks = {item.nodeid: sorted({mark.name for mark in item.iter_markers()}) for item in session.items}
    for test in session.config.stash[COLLECTED]:
        print(json.dumps([test, marks[test]]))
"""


def find_file(test: str) -> str:
    return test.partition("::")[0]


def find_expression(target: str) -> str:
    """The mark expression that a target of the Makefile gives to pytest; empty for all tests."""
    (recipe,) = re.findall(rf"^{target}: .*\n\t(.+)$", MAKEFILE, re.MULTILINE)
    found = re.search(r'-m "([^"]+)"', recipe)
    return found[1] if found else ""


def collect(folder: Path) -> list[str]:
    """All tests as pytest collects them in a process with other hashes than this one, each as JSON with its marks."""
    (folder / "print_marks.py").write_text(PRINT_MARKS)
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    paths = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-qq", "-p", "no:xdist", "-p", "print_marks", "--collect-only"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return [line for line in done.stdout.splitlines() if line.startswith("[")]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All tests, collected once."""
    return collect(tmp_path_factory.mktemp("plugin"))


@pytest.fixture(scope="module")
def lanes(collected: list[str]) -> Lanes:
    """The ids of the tests of each lane, chosen by their marks as pytest does it."""
    tests = dict(map(json.loads, collected))
    found = {}
    for target in ("test", "test-slow", "test-sweeps", "test-all"):
        expression = find_expression(target) or "True"
        names = set(re.findall(r"[a-z_]+", expression)) - {"and", "or", "not"}
        code = compile(expression, target, "eval")
        found[target] = {
            test
            for test, marks in tests.items()
            if eval(code, {name: name in marks for name in names})  # noqa: S307 - an expression of our own Makefile
        }
    return found


def test_every_test_is_in_a_lane(lanes: Lanes) -> None:
    """None is dropped, and only property tests are in two."""
    assert lanes["test"] | lanes["test-slow"] | lanes["test-sweeps"] == lanes["test-all"]
    assert lanes["test-slow"].isdisjoint(lanes["test"] | lanes["test-sweeps"])
    assert len(lanes["test-all"]) > 7000
    assert 0 < len(lanes["test"] & lanes["test-sweeps"]) < 100
    assert all(lanes.values())


def test_workers_agree_on_the_tests(collected: list[str], request: pytest.FixtureRequest) -> None:
    """What this process has collected has the same ids in the same order in another one; xdist wants that.

    Within each file, because a run can be given files in any order.
    """
    own = request.config.stash[COLLECTED]
    known = set(own)
    assert len(own) == len(known)
    others = [test for test, _ in map(json.loads, collected) if test in known]
    assert sorted(own, key=find_file) == sorted(others, key=find_file)


def test_ids_can_be_read(lanes: Lanes) -> None:
    """No id fills more than a line or two of a terminal."""
    assert [test for test in lanes["test-all"] if len(test) > LONGEST] == []
    assert [test for test in lanes["test-all"] if len(test.partition("[")[2]) - 1 > LONGEST_PARAMETERS] == []


def test_slow_folders_are_in_the_slow_lane_only(lanes: Lanes) -> None:
    """Servers, subprocesses and developers' programs are not in the fast lane."""
    assert [test for test in lanes["test"] if test.startswith(("tests/system/", "tests/tools/"))] == []


def test_each_lane_keeps_compiled_code() -> None:
    """Compiling all tests and modules anew in each process took more than half of the time of a run."""
    done = subprocess.run(
        ["make", "--silent", "--eval", "print-variables: ; @env", "print-variables"],  # noqa: S607
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert "PATH=" in done.stdout
    assert "PYTHONDONTWRITEBYTECODE" not in done.stdout
