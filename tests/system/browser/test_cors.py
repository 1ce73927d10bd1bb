"""`--cors` as a real browser sees it: a page of an allowed origin pays and reads the reply, another page does not."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server

FETCH = """async ([url, method, headers]) => {
  try {
    const reply = await fetch(url, { method, headers });
    return [reply.status, reply.headers.get("x-sandbox-explain")];
  } catch (error) { return [String(error), null]; }
}"""
KEY = {"api-key": "invoiless-test-key", "x-sandbox-namespace": "page"}
BLOCKED = ["TypeError: Failed to fetch", None]


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty page of another port, so of another origin."""
    folder: Path = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text("<!doctype html><title>shop</title>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as pages:
        Thread(target=pages.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()


def fetch(browser: Browser, page_url: str, *calls: tuple[str, str, dict[str, str]]) -> list[Any]:
    """What a script of the page gets of each call: the status and the explanation."""
    page = browser.new_page()
    try:
        page.goto(page_url)
        return [page.evaluate(FETCH, list(call)) for call in calls]
    finally:
        page.close()


def test_a_page_of_an_allowed_origin(browser: Browser, page_url: str) -> None:
    """It calls with a key, which takes a preflight, and reads a refusal's reason; the control plane stays closed."""
    with Server(settings=Settings(cors_origins=(page_url,))) as server:
        api = f"{server.url('invoiless')}/v1/invoices"
        read, refused, health, reset = fetch(
            browser,
            page_url,
            (api, "GET", KEY),
            (f"{api}/none", "GET", KEY),
            (f"{server.url()}/_sandbox/health", "GET", {}),
            (f"{server.url()}/_sandbox/reset", "POST", {"content-type": "application/json"}),
        )
    assert read == [200, None]
    assert refused[0] in {400, 404}
    assert refused[1]
    assert health == reset == BLOCKED


def test_a_page_of_another_origin(browser: Browser, page_url: str) -> None:
    """And any page, where no origin is allowed."""
    for origins in ((), (page_url.replace("127.0.0.1", "localhost"),)):
        with Server(settings=Settings(cors_origins=origins)) as server:
            assert fetch(browser, page_url, (f"{server.url('invoiless')}/v1/invoices", "GET", KEY)) == [BLOCKED]
