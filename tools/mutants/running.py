"""Plant a mutant in a copy of the project, and run the tests that should kill it."""

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

from tools.mutants.mutant import CHECK, PACKAGE, ROOT, SHARED, Mutant, planted

CONTRACT_SUITES: Final = "contract suites"
WIRE_EDGES: Final = "wire-level edges"
SCENARIO_TESTS: Final = "scenario tests"
STAGES: Final = (CONTRACT_SUITES, WIRE_EDGES, SCENARIO_TESTS)
ALONE: Final = "scenario tests, run alone"
INVARIANT_TESTS: Final = "tests/providers/test_invariants.py"  # of all providers, from data beside the tests of each
CHECK_TESTS: Final = "tests/unit/check"
TIME_LIMIT: Final = 900  # seconds for a mutant; the tests of a sound project need a fifth of it


_NOT_GREEN: Final = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)
_FAILED: Final = (1, 2)  # pytest's exit codes where a test fails, and where a test file cannot even be read


class RunnerBroke(Exception):
    """The tests could not be run, so that they say nothing about the mutant."""


class Verdict(Struct, frozen=True):
    """Which suite killed a mutant (None: it survived), the first test that failed, and the seconds that it took."""

    mutant: str
    area: str
    killed_by: str | None
    test: str | None
    seconds: float


def try_mutant(mutant: Mutant, area: str, project: Path, *, alone: bool = False) -> Verdict:
    """Plant a mutant in a copy and run the suites, the edges and the scenario tests, or these `alone`, which is quick.

    Tests that cannot be run, or do not end in time, have killed nothing; `test` says so then.

    Raises:
        DoesNotApply: the mutant cannot be planted.
    """
    start = time.monotonic()
    broke = None
    with planted(mutant, area, project):
        for suite, arguments in list_suites(area, alone=alone).items():
            try:
                test = find_failure(project, arguments, TIME_LIMIT - (time.monotonic() - start))
            except RunnerBroke as error:
                broke = str(error)
                break
            if test is not None:
                return Verdict(mutant.id, area, suite, test, time.monotonic() - start)
    return Verdict(mutant.id, area, None, broke, time.monotonic() - start)


def list_suites(area: str, *, alone: bool = False) -> dict[str, list[str]]:
    """The arguments of pytest for the tests that concern an area, in the order of asking."""
    if area == CHECK:  # the suites cannot find a mistake of their own
        return {ALONE if alone else SCENARIO_TESTS: [CHECK_TESTS]}
    chosen = [] if area == SHARED else ["-k", area]
    scenarios = _list_shared_tests() if area == SHARED else [f"tests/providers/{area}", INVARIANT_TESTS]
    if alone:
        return {ALONE: scenarios}
    return {
        CONTRACT_SUITES: ["tests/conformance", *chosen],
        WIRE_EDGES: ["tests/conformance/wire_edges", *chosen],
        SCENARIO_TESTS: scenarios,
    }


def _list_shared_tests() -> list[str]:
    """The tests that are nearest to the shared code first."""
    modules = sorted(f"tests/{module.name}" for module in (ROOT / "tests").glob("test_*.py"))
    return ["tests/unit", *modules, "tests/providers"]


def find_failure(project: Path, arguments: Sequence[str], limit: float) -> str | None:
    """The id of the first test that fails in a copy of the project; None if all pass.

    Raises:
        RunnerBroke: pytest found no tests, broke, or took longer than `limit` seconds.
    """
    quiet = ["-q", "-x", "--tb=no", "--no-header", "--color=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *quiet, *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{project}{os.pathsep}{project / PACKAGE.parent}",
        "PYTEST_ADDOPTS": "",
        "COLUMNS": "400",
    }
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
