"""Tests of calls, as they are, over a store: two workers answer by turns, and the tests see no difference."""

import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import pytest

from tests.helpers.redis_servers import running
from tests.helpers.stores import BY_HAND

ROOT: Final = Path(__file__).parents[2]
SUITES: Final = {
    "flows": [
        "tests/providers/*/test_flows.py",
        "tests/providers/*/test_create_p*.py",
        "tests/providers/invoiless/test_webhooks.py",
    ],
    "ledgers": ["tests/providers/*/test_ledger.py"],
    # Without sessions of browsers: that one was ended, and how many tokens were wrong, each worker knows for itself.
    "control": [f"tests/unit/control/test_{name}.py" for name in ("clock", "duplicate_calls", "faults", "snapshots")],
}


@pytest.mark.parametrize("engine", ["sqlite", "redis"])
@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_passes_over_two_workers(suite: str, engine: str, tmp_path: Path) -> None:
    """Most of its tests run; those that change their sandbox by hand are skipped."""
    with running(tmp_path) if engine == "redis" else nullcontext() as server:
        check_suite(suite, engine if server is None else server.url)


def check_suite(suite: str, store: str) -> None:
    files = [str(path.relative_to(ROOT)) for pattern in SUITES[suite] for path in sorted(ROOT.glob(pattern))]
    assert files
    plugins = ["-p", "no:xdist", "-p", "no:cacheprovider", "-p", "tests.helpers.over_store", "--over-store", store]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        *plugins,
        "--hypothesis-profile",
        "few",
        "-m",
        "not slow",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    skipped = re.search(r"SKIPPED \[(\d+)\].*" + re.escape(BY_HAND), done.stdout)
    assert passed is not None
    assert int(passed[1]) > int(skipped[1] if skipped else 0)
