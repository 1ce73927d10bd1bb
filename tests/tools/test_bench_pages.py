"""Each page of the console is opened in a browser, where there is one, and its first paint is timed."""

import shutil

import pytest

from tools.bench import pages
from tools.bench.plan import Plan


def test_without_a_browser_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert list(pages.measured(Plan(rounds=1))) == []


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium")
def test_each_page_has_its_first_paint() -> None:
    figures = {one.what: one for one in pages.measured(Plan(rounds=1))}
    assert figures["a page of one word: first paint"].value > 0
    for path in pages.PAGES:
        assert figures[f"page /{path}: first paint"].value >= figures[f"page /{path}: first byte"].value > 0
        assert figures[f"page /{path}: first paint in a new profile"].value > 0
        assert figures[f"page /{path}: size"].value > 10, "it is cached"
