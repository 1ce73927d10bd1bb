"""The start page in a real browser: calls appear while they are made, and can be chosen, stopped and walked."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from paysandbox.server.live import Server
from tests.system.browser.conftest import PATIENCE
from tests.system.browser.console import OF_THE_REPLY
from tools.bench.calls import payments
from tools.bench.load import loaded

PAY = "invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"
RIGHT = {"partial_payment": {"amount": 1}}
WRONG_DATE = {"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}
COUNT_FRAMES = """() => {
  window.frames_drawn = 0;
  const count = () => { window.frames_drawn += 1; requestAnimationFrame(count); };
  count();
}"""
IS_DRAWN = "(element) => element.checkVisibility({contentVisibilityAuto: true})"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The start page, live, which in the end has shown no error."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(PATIENCE)
    found = context.new_page()
    errors: list[str] = []
    found.on("console", lambda said: errors.append(said.text))
    found.on("pageerror", lambda error: errors.append(str(error)))
    open_page(found, server)
    yield found
    context.close()
    assert [error for error in errors if not error.startswith(OF_THE_REPLY)] == []


def open_page(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url()}/_sandbox/{query}")
    expect(page.locator("#state")).to_have_text("live, newest first")


def pay(server: Server, body: object = RIGHT, namespace: str = "default", times: int = 1) -> None:
    with httpx.Client(trust_env=False) as client:
        for _ in range(times):
            client.post(f"{server.url()}/ns/{namespace}/{PAY}", json=body)


def test_a_call_appears_as_the_server_would_list_it(page: Page, server: Server) -> None:
    """With links, reason, advice, rules and fault; text of clients stays text."""
    faults = f"{server.url()}/_sandbox/namespaces/default/faults"
    httpx.post(faults, json={"when": {"times": 1}, "then": {"status": 503}})
    for body in (RIGHT, RIGHT, RIGHT, WRONG_DATE, {"partial_payment": {"amount": 99999}}, {HOSTILE: HOSTILE}):
        pay(server, body)
    httpx.get(f"{server.url()}/invoicexpress/{HOSTILE}")
    httpx.get(f"{server.url()}/nothing")
    rows = page.locator("#calls > li")
    expect(rows).to_have_count(8)
    live = rows.evaluate_all("rows => rows.map((row) => row.outerHTML)")
    page.reload()
    assert rows.evaluate_all("rows => rows.map((row) => row.outerHTML)") == live
    assert page.locator("#calls img").count() == 0
    expect(page.locator("#calls")).to_contain_text("overpayment-is-refused")
    expect(page.locator("#none")).to_be_hidden()


def test_a_paused_list_stands_still_and_then_catches_up(page: Page, server: Server) -> None:
    pay(server)
    rows = page.locator("#calls > li")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    pay(server, times=2)
    expect(page.get_by_role("button", name="Go on (2 more)")).to_be_visible()
    assert rows.count() == 1
    page.keyboard.press("p")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(0)
    expect(page.locator("#none")).to_be_visible()


def test_a_filter_has_an_address_that_can_be_shared(page: Page, server: Server) -> None:
    pay(server)
    pay(server, WRONG_DATE)
    pay(server, WRONG_DATE, namespace="other")
    expect(page.locator("#calls > li")).to_have_count(3)
    page.reload()
    page.locator("select[name=namespace]").select_option("other")
    page.wait_for_url("**/_sandbox/?namespace=other")
    expect(page.locator("#calls > li")).to_have_count(1)
    page.locator("select[name=refused]").select_option("refused")
    page.wait_for_url("**/_sandbox/?namespace=other&refused=true")
    pay(server)
    pay(server, namespace="other")
    pay(server, WRONG_DATE, namespace="other")
    expect(page.locator("#calls > li")).to_have_count(2)
    expect(page.locator("#calls > li").first).to_contain_text("other-3")


def test_more_rows_show_earlier_calls(page: Page, server: Server) -> None:
    """Those from before the page was opened too, and the address keeps the choice."""
    pay(server, times=60)
    page.reload()
    expect(page.locator("#calls > li")).to_have_count(20)
    page.locator("#rows").select_option("200")
    page.wait_for_url("**/_sandbox/?rows=200")
    expect(page.locator("#calls > li")).to_have_count(60)
    pay(server, times=1)
    expect(page.locator("#calls > li")).to_have_count(61)
    page.locator("#rows").select_option("20")
    expect(page.locator("#calls > li")).to_have_count(20)
    assert "rows" not in page.url


def test_the_calls_of_a_filter_are_downloaded(page: Page, server: Server) -> None:
    pay(server)
    pay(server, WRONG_DATE)
    pay(server, WRONG_DATE, namespace="other")
    page.locator("select[name=refused]").select_option("refused")
    page.wait_for_url("**/_sandbox/?refused=true")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download as HAR").click()
    assert started.value.suggested_filename == "calls.har"
    entries = json.loads(started.value.path().read_text("utf-8"))["log"]["entries"]
    assert [entry["_paysandbox"]["id"] for entry in entries] == ["default-2", "other-1"]


def test_the_keyboard_walks_through_the_calls(page: Page, server: Server) -> None:
    pay(server, times=3)
    expect(page.locator("#calls > li")).to_have_count(3)
    for key, shown in (("j", "default-3"), ("j", "default-2"), ("k", "default-3")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.textContent") == shown
    page.keyboard.press("/")
    page.keyboard.type("pjc")
    expect(page.locator("input[name=text]")).to_have_value("pjc")
    expect(page.locator("#calls > li")).to_have_count(3)


def test_more_calls_than_a_page_can_show_are_counted(page: Page, server: Server) -> None:
    """The newest twenty are there, and the page still answers."""
    pay(server, {"partial_payment": {"amount": 0}}, times=400)
    expect(page.locator("#calls > li").first).to_contain_text("default-400")
    assert page.locator("#calls > li").count() == 20
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_a_page_that_stays_open_over_a_restart_goes_on(browser: Browser) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    with Server() as first:
        port = int(first.url().rpartition(":")[2])
        open_page(page, first)
        pay(first, times=3)
        expect(page.locator("#calls > li")).to_have_count(3)
    expect(page.locator("#state")).to_have_text("waiting for the sandbox")
    with Server(port=port) as second:
        pay(second)
        expect(page.locator("#calls > li")).to_have_count(4)
        expect(page.locator("#calls > li").first).to_contain_text("default-1")
        context.close()


def test_a_refused_call_is_mended_on_its_page(page: Page, server: Server) -> None:
    """From the list to the violation's place, and to the same call with the right date."""
    pay(server, WRONG_DATE, namespace="other")
    page.get_by_role("link", name="other-1").click()
    expect(page).to_have_title("other-1 - Paysandbox")
    marked = page.locator(".marked .broken")
    expect(marked).to_contain_text('"payment_date": "2017-10-26"')
    marked.get_by_role("link").click()
    expect(page.locator("li:target")).to_contain_text("A date of a request, dd/mm/yyyy")
    page.get_by_text("Send it again, changed or not").click()
    page.locator("textarea").fill('{"partial_payment": {"amount": 1, "payment_date": "26/10/2017"}}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("output .status")).to_have_text("200 OK")
    page.locator("output a").click()
    expect(page).to_have_title("other-2 - Paysandbox")
    expect(page.locator(".marked .broken")).to_have_count(0)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_command_of_a_call_makes_it_again(page: Page, server: Server, tmp_path: Path) -> None:
    pay(server, {"partial_payment": {"amount": 1, "note": 'it\'s "quoted"\n$(id) `id` é'}})
    page.goto(f"{server.url()}/_sandbox/calls/default-1")
    page.get_by_text("As curl").click()
    command = page.locator("details", has_text="As curl").last.locator("pre").inner_text()
    said = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603, S607 - our own command
    assert said.stdout.startswith("HTTP/1.1 200 ")
    first, second = httpx.get(f"{server.url()}/_sandbox/namespaces/default/requests").json()["requests"]
    assert second["request"]["body"] == first["request"]["body"]


def test_a_flood_of_calls_does_not_freeze_the_page(page: Page, server: Server) -> None:
    """As many as one client can send: the page draws on meanwhile, shows the newest, and says how many it left out."""
    page.evaluate(COUNT_FRAMES)
    port = int(server.url().rpartition(":")[2])
    with ThreadPoolExecutor(1) as threads:  # this one has an event loop, that of the browser
        done = threads.submit(loaded, port, payments(0), 3, 16, b"201").result()
    drawn = page.evaluate("window.frames_drawn")
    assert done.answered > 200  # ten times what the page shows, however busy the machine is
    assert drawn > 10
    expect(page.locator("#calls > li").first).to_contain_text(
        f"default-{server.runtime.namespaces.get('default').requests} "  # those on their way at the end included
    )
    expect(page.locator("#skipped")).to_contain_text("more requests are not shown, because they came too fast")
    assert page.locator("#calls > li").count() == 20
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def test_rows_that_are_not_in_view_are_not_drawn(page: Page, server: Server) -> None:
    """Until they are scrolled to, so that a long list costs the first paint no more than a short one."""
    pay(server, times=50)
    page.goto(f"{server.url()}/_sandbox/?rows=50")
    rows = page.locator("#calls > li")
    expect(rows).to_have_count(50)
    assert rows.first.locator("p").first.evaluate(IS_DRAWN)
    last = rows.last.locator("p").first
    assert not last.evaluate(IS_DRAWN)
    rows.last.scroll_into_view_if_needed()
    expect(rows.last).to_be_in_viewport()
    page.wait_for_function(IS_DRAWN, arg=last.element_handle())


def test_a_wrong_filter_is_told_at_its_field(server: Server, page: Page) -> None:
    """And mended there; the page stays what it is."""
    pay(server, RIGHT)
    page.get_by_label("Status").fill("abc")
    page.get_by_role("button", name="Filter").click()
    field = page.locator("input[name=status]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#error-status")).to_have_text("status is 'abc'; it is a number from 100 to 599")
    expect(page.locator("#none")).to_be_visible()
    field.fill("200")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#calls > li")).to_have_count(1)
