"""Signing in where the sandbox has a control token: by the token, by the printed link, and out again."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.system.browser.conftest import PATIENCE

TOKEN = "t0ken-of-the-control-plane"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(settings=Settings(control_token=TOKEN)) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context()
    found.set_default_timeout(PATIENCE)
    yield found
    found.close()


def test_by_the_token_and_out_again(context: BrowserContext, server: Server) -> None:
    """Live calls come in between, as the stream is sent the cookie; scripts do not see it."""
    page = context.new_page()
    page.goto(f"{server.url()}/_sandbox/docs/invoiless")
    expect(page).to_have_title("Sign in - Paysandbox")
    page.get_by_label("Control token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("this is not the control token")
    page.get_by_label("Control token").fill(f"  {TOKEN} ")  # as it is pasted from a terminal
    page.keyboard.press("Enter")
    expect(page).to_have_title("Invoiless REST API - Paysandbox")
    assert page.evaluate("document.cookie") == ""
    page.goto(f"{server.url()}/_sandbox/")
    expect(page.locator("#state")).to_have_text("live, newest first")
    httpx.get(f"{server.url()}/invoicexpress/nothing")
    expect(page.locator("#calls > li")).to_have_count(1)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in - Paysandbox")


def test_by_the_link_of_the_banner_once(context: BrowserContext, tmp_path: Path) -> None:
    """Its code stays out of the server's log, the history and the address."""
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--control-token", TOKEN, "--access-log"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own command
    ):
        try:
            assert process.stdout is not None
            link = ""
            while not link:
                line = process.stdout.readline()
                assert line
                link = "".join(re.findall(r"http://\S+#\S+", line))
            address, _, code = link.partition("#")
            page = context.new_page()
            page.goto(link)
            expect(page).to_have_title("Paysandbox")
            assert page.url == address
            page.go_back()
            assert code not in page.url
            context.clear_cookies()
            page.goto("about:blank")
            page.goto(link)
            expect(page.locator("#said")).to_contain_text("has expired or was used before")
        finally:
            process.kill()
    said = (tmp_path / "log").read_text()
    assert "POST /_sandbox/session" in said
    assert code not in said
    assert TOKEN not in said
