"""The browser that the tests of this folder share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from paysandbox.server.live import Server
from tests.system.browser.console import OF_THE_REPLY, Console

PATIENCE: Final = 120_000  # milliseconds that only a failing test waits


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of the machine's, or the one that playwright has installed.

    It ends with its module, because its event loop keeps later tests of the process from running one of their own.
    """
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
        if not Path(found).is_file():
            pytest.skip(f"there is no browser: none of {', '.join(names)}, and none by 'playwright install chromium'")
        expect.set_options(timeout=PATIENCE)
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def console(browser: Browser) -> Iterator[Console]:
    """A sandbox and a page, which in the end has shown no error."""
    with Server() as server:
        context = browser.new_context(viewport={"width": 1100, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield Console(page, server)
        context.close()
        assert [error for error in errors if not error.startswith(OF_THE_REPLY)] == []
