"""The browser that the tests of this folder share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE: Final = 120_000  # milliseconds that only a failing test waits


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of the machine's, or the one that playwright has installed."""
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
        if not Path(found).is_file():
            pytest.skip(f"there is no browser: none of {', '.join(names)}, and none by 'playwright install chromium'")
        expect.set_options(timeout=PATIENCE)
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()
