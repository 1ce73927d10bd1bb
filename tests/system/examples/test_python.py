"""The example in Python passes its own tests, alone and with `paysandbox exec` around it."""

import shutil
import sys
from pathlib import Path

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.pytest_projects import PYTEST, ROOT, run
from tests.system.examples.around import sandboxed

EXAMPLE = ROOT / "examples/python"
TESTS = 13


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_example_passes(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """In a sandbox of its own, from a copy that stands alone; with two workers in two."""
    shutil.copytree(EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "example/pytest.ini").write_text("[pytest]\n")
    ran = run(tmp_path / "example", *PYTEST, *workers)
    assert ran.outcomes == {"passed": TESTS}, ran.output


def test_the_example_pays_through_every_vendor(tmp_path: Path, base_runtime: Runtime) -> None:
    """Each contract is exercised; the plugin finds the sandbox that `exec` has started."""
    command = [*PYTEST, "-c", "/dev/null", "--rootdir", str(EXAMPLE), str(EXAMPLE)]
    done = sandboxed(tmp_path, sys.executable, *command)
    assert done.code == 0, done.told
    assert f"{TESTS} passed" in done.told
    exercised = done.exercised()
    assert set(exercised) == set(base_runtime.services)
    assert min(exercised.values()) > 0
