"""Two lanes of tests: the fast one is what `make test` runs, the slow one has the rest.

A test is slow by its folder, or by a mark of its own: `@pytest.mark.slow`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]
# They start servers, browsers, subprocesses and nested runs of pytest, or run the developers' programs.
SLOW_FOLDERS: Final = ("system", "tools")


def mark_lanes(items: Iterable[pytest.Item]) -> None:
    """Mark the tests below the slow folders as slow, and those in a browser as `browser` too."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        folders = item.path.relative_to(TESTS).parts
        if folders[0] in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)
        if "browser" in folders:
            item.add_marker(pytest.mark.browser)
