"""Three lanes of tests: `make test` runs the fast one, `make test-slow` the slow one, `make test-sweeps` the sweeps.

A test is slow by its folder, or by a mark of its own: `@pytest.mark.slow`. A slow test that shows with many cases, or
over each store, what another test shows with few is a sweep by its mark, and no part of the slow lane. Property tests
are in the fast lane with few examples, and in that of the sweeps with all of them.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import is_hypothesis_test

TESTS: Final = Path(__file__).parents[1]
# They start servers, browsers, subprocesses and nested runs of pytest, or run the developers' programs.
SLOW_FOLDERS: Final = ("system", "tools")
COLLECTED: Final = pytest.StashKey[list[str]]()  # the ids of all collected tests, those of other lanes among them


def mark_lanes(items: Iterable[pytest.Item]) -> None:
    """Mark the tests below the slow folders `slow`, and those that want a browser, a Redis server, or hypothesis."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        folders = item.path.relative_to(TESTS).parts
        if folders[0] in SLOW_FOLDERS or item.get_closest_marker("sweep") is not None:
            item.add_marker(pytest.mark.slow)
        elif is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.property)
        if "browser" in folders:
            item.add_marker(pytest.mark.browser)
        if folders[:2] == ("system", "redis"):
            item.add_marker(pytest.mark.redis)
