"""Every page under axe-core: nothing of it keeps people out who use a keyboard, a screen reader or other colours.

axe-core comes from npm when the tests run, because nothing of others is in the tree.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.system.browser.console import PAY
from tests.system.security.walking import page_paths

CASSETTE: Final = Path(__file__).parents[3] / "examples" / "recordings" / "invoicexpress-2019.yml"
AXE: Final = "axe-core@4.14.1"
GRAVE: Final = {"serious", "critical"}
# Text on its ground, names of fields, and so on, as axe finds them in what can be seen.
RUN: Final = "() => axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"


WANTED: Final = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  window.reachable = all.filter((one) => one.type !== "hidden" && one.checkVisibility());
  return window.reachable.length;
}"""
REACHED: Final = """() => {
  const active = document.activeElement;
  if (!window.reachable.includes(active)) return null;
  return {at: window.reachable.indexOf(active), outline: getComputedStyle(active).outlineStyle};
}"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script, which is evaluated past the policy of the pages."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to get axe-core by")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), AXE]
    subprocess.run(command, check=True, timeout=120)  # noqa: S603 - our own command
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def report(page: Page, path: str, axe: str) -> list[str]:
    """What axe finds that is grave, one line for each element."""
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [
        f"{path}: {one['id']} ({one['impact']}): {one['help']}: {node['html'][:160]} {node['failureSummary'][-200:]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:5]
    ]


def fill(server: Server) -> None:
    """Give each page something to show."""
    for body in ({"partial_payment": {"amount": 1}}, {"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}):
        for _ in range(2):
            httpx.post(f"{server.url()}/{PAY}", json=body, trust_env=False)
    bill = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label", "price": 480}], "status": "Unpaid"}
    control = f"{server.url()}/_sandbox/namespaces/default"
    httpx.post(f"{control}/webhooks", json={"url": "http://127.0.0.1:9/hooks"}, trust_env=False)
    key = {"api-key": "invoiless-test-key"}
    httpx.post(f"{server.url()}/invoiless/v1/invoices", json=bill, headers=key, trust_env=False)
    httpx.get(f"{control}/webhooks", trust_env=False)
    httpx.post(f"{control}/faults", json={"when": {"after": 1000}, "then": {"status": 503}}, trust_env=False)
    httpx.post(f"{control}/snapshots", json={"name": "paid"}, trust_env=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_page_keeps_anybody_out(browser: Browser, axe: str, colours: Literal["light", "dark"]) -> None:
    """Light and dark; the docs of one provider stand for those of all, because they have one template."""
    found: list[str] = []
    with Server() as server:
        fill(server)
        context = browser.new_context(color_scheme=colours, viewport={"width": 1100, "height": 900})
        page = context.new_page()
        paths = [path for path in page_paths(server.runtime) if "/docs/" not in path or "/docs/invoiless" in path]
        assert len(paths) >= 12
        for path in [*paths, "/_sandbox/clock/default?since=2020-01-01T00:00:00Z", "/_sandbox/calls/default-3"]:
            page.goto(f"{server.url()}{path}")
            page.evaluate(
                "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
                if "/docs/" not in path
                else "0"
            )
            found += report(page, path, axe)
        page.goto(f"{server.url()}/_sandbox/open")
        page.locator("#file").set_input_files(CASSETTE)
        page.locator("#calls > li").first.wait_for()
        found += report(page, "an opened file", axe)
        page.locator("#calls .links a").first.click()
        page.locator("#again").wait_for()
        found += report(page, "a call of an opened file", axe)
        context.close()
    assert not found, "\n".join(found)


def test_the_page_to_sign_in_keeps_nobody_out(browser: Browser, axe: str) -> None:
    with Server(settings=Settings(control_token="t" * 20)) as server:
        page = browser.new_page()
        page.goto(f"{server.url()}/_sandbox/")
        assert page.title() == "Sign in - Paysandbox"
        found = report(page, "sign-in", axe)
        page.close()
    assert not found, "\n".join(found)


def test_every_action_is_reached_by_the_keyboard(browser: Browser) -> None:
    """In the order of the page, with a focus that can be seen."""
    with Server() as server:
        fill(server)
        page = browser.new_page()
        for path in ("manage/default", "faults/default", "snapshots/default", "clock/default", "deliveries/default"):
            page.goto(f"{server.url()}/_sandbox/{path}")
            wanted = page.evaluate(WANTED)
            reached = []
            for _ in range(wanted + 5):
                page.keyboard.press("Tab")
                reached.append(page.evaluate(REACHED))
            labels = [one for one in reached if one is not None]
            assert len({one["at"] for one in labels}) == wanted, path
            assert [one for one in labels if one["outline"] in {"", "none", "0px"}] == [], path
        page.close()
