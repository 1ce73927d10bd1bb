"""A copy of the project with one fault in it, and the tests that are asked whether they notice."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tools.mutants.mutant import ROOT, SHARED, Fault, in_place

CONTRACT_SUITES: Final = "contract suites"
WIRE_EDGES: Final = "wire-level edges"
SCENARIO_TESTS: Final = "scenario tests"
STAGES: Final = (CONTRACT_SUITES, WIRE_EDGES, SCENARIO_TESTS)
ALONE: Final = "scenario tests, asked alone"
TIME_LIMIT: Final = 900  # seconds for a fault; the tests of a sound project need a fifth of it

# Not asked: they install and copy the project or read this table, and are not about what a call does.
NOT_ASKED: Final = {"test_layout.py", "test_packaging.py", "test_faults.py"}

_NOT_GREEN: Final = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)
_FAILED: Final = (1, 2)  # pytest's exit codes where a test fails, and where a test file cannot even be read


class RunnerBroke(Exception):
    """The tests could not be run, so that they say nothing about the fault."""


class Verdict(Struct, frozen=True):
    """What came of a fault: who noticed it (None: nobody), the first test that failed, and how long it took."""

    fault: str
    where: str
    noticed_by: str | None
    test: str | None
    seconds: float


def tried(fault: Fault, where: str, project: Path, *, alone: bool = False) -> Verdict:
    """Plant a fault in a copy and ask the suites, the edges and the scenario tests, or these `alone`, which is quick.

    Tests that cannot be run, or do not end in time, have noticed nothing; `test` says so then.

    Raises:
        NotThere: the fault cannot be planted.
    """
    start = time.monotonic()
    broke = None
    with in_place(fault, project):
        for who, arguments in suites(where, alone=alone).items():
            try:
                test = first_failure(project, arguments, TIME_LIMIT - (time.monotonic() - start))
            except RunnerBroke as error:
                broke = str(error)
                break
            if test is not None:
                return Verdict(fault.id, where, who, test, time.monotonic() - start)
    return Verdict(fault.id, where, None, broke, time.monotonic() - start)


def suites(where: str, *, alone: bool = False) -> dict[str, list[str]]:
    """The arguments of pytest for the tests that concern a provider or the shared code, in the order of asking."""
    chosen = [] if where == SHARED else ["-k", where]
    scenarios = _of_shared_code() if where == SHARED else [f"tests/providers/{where}"]
    if alone:
        return {ALONE: scenarios}
    return {
        CONTRACT_SUITES: ["tests/conformance", *chosen],
        WIRE_EDGES: ["tests/conformance/wire_edges", *chosen],
        SCENARIO_TESTS: scenarios,
    }


def _of_shared_code() -> list[str]:
    """The tests that are nearest to the shared code first."""
    rooms = sorted(f"tests/{one.name}" for one in (ROOT / "tests").glob("test_*.py") if one.name not in NOT_ASKED)
    return ["tests/unit/contract", "tests/unit/control", *rooms, "tests/providers"]


def first_failure(project: Path, arguments: Sequence[str], limit: float) -> str | None:
    """The id of the first test that fails in a copy of the project; None if all pass.

    Raises:
        RunnerBroke: pytest found no tests, broke, or took longer than `limit` seconds.
    """
    quiet = ["-q", "-x", "--tb=no", "--no-header", "--color=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *quiet, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTEST_ADDOPTS": "", "COLUMNS": "400"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the servers too that a test has started
            raise RunnerBroke(f"{' '.join(arguments)} took longer than {limit:.0f} s") from None
    if process.returncode == 0:
        return None
    found = _NOT_GREEN.search(said)
    if process.returncode not in _FAILED or found is None:
        raise RunnerBroke(f"{' '.join(arguments)} ended with {process.returncode}:\n{said[-2000:]}")
    return found[1]
