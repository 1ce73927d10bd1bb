"""Opening a recording in a real browser: chosen or dropped, filtered, walked through, sent again, and kept nowhere."""

import json
import re
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.system.browser.conftest import PATIENCE
from tests.system.browser.console import PAY, Console

WRONG_DATE: Final = {"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}
HOSTILE: Final = "<img src=x onerror=alert(1)>"
CASSETTE: Final = Path(__file__).parents[3] / "examples" / "recordings" / "invoicexpress-2019.yml"
DROP: Final = """([text, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
  }
}"""


def record(console: Console, folder: Path, times: int = 1) -> Path:
    """The file of some calls, as it is downloaded."""
    for _ in range(times):
        console.pay("ci")
    httpx.post(f"{console.server.url()}/ns/ci/{PAY}", json=WRONG_DATE, trust_env=False)
    file = folder / "calls.har"
    file.write_bytes(httpx.get(f"{console.server.url()}/_sandbox/calls.har", trust_env=False).content)
    console.control("DELETE", "namespaces/ci")
    return file


def choose(page: Page, file: Path) -> None:
    page.locator("#file").set_input_files(file)
    expect(page.locator("#opened h2").first).to_contain_text(file.name)


def test_a_downloaded_file_is_opened_again(console: Console, tmp_path: Path) -> None:
    """When its namespace is long gone: the list, the call with its violation, and the call again in another one."""
    file = record(console, tmp_path)
    console.control("POST", "namespaces", {"name": "shop"})
    page = console.open("")
    page.get_by_role("link", name="Open a file").click()
    choose(page, file)
    expect(page.locator("#calls > li")).to_have_count(2)
    page.locator("select[name=namespace]").select_option("shop")
    page.locator("select[name=refused]").select_option("refused")
    expect(page.locator("#calls > li")).to_have_count(1)
    page.get_by_role("link", name="ci-2").click()
    expect(page.locator("#opened .broken")).to_contain_text('"payment_date": "2017-10-26"')
    page.get_by_text("Send it again, changed or not").click()
    body = page.locator("#opened textarea")
    body.fill(body.input_value().replace("2017-10-26", "26/10/2017"))
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#opened output .status")).to_have_text(re.compile("^200"))
    assert len(console.control("GET", "namespaces/shop/requests")["requests"]) == 1
    page.go_back()
    expect(page.locator("#calls > li")).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(page.locator("#calls > li")).to_have_count(2)
    page.go_forward()
    expect(page.locator("#calls > li")).to_have_count(2)
    expect(page.locator("nav .chosen strong")).to_have_text("shop")


def test_a_file_can_be_dropped(console: Console, tmp_path: Path) -> None:
    """Also one after another; a refused one says why, and the next is opened."""
    page = console.open("open")
    page.evaluate(DROP, ["{}", "other.json"])
    expect(page.locator("#opened .why")).to_have_text(re.compile("^other.json is not a HAR file"))
    page.evaluate(DROP, [record(console, tmp_path).read_text("utf-8"), "dropped.har"])
    expect(page.locator("#opened h2")).to_contain_text("dropped.har")
    expect(page.locator("#calls > li")).to_have_count(2)


def test_a_recording_of_the_vendor_is_judged(console: Console) -> None:
    page = console.open("open")
    choose(page, CASSETTE)
    expect(page.locator("#opened h2 small")).to_contain_text("20 of 21 calls")
    expect(page.locator("#calls > li")).to_have_count(20)
    page.get_by_role("link", name="call 14", exact=True).click()
    expect(page.get_by_role("heading", name="What the contract says")).to_be_visible()
    expect(page.locator("#opened .why").first).to_contain_text("the vendor took what the contract refuses")
    page.get_by_role("link", name="the next call").click()
    expect(page.locator("#opened h2").first).to_contain_text("call 15")


def test_a_large_file_is_packed_by_the_page(console: Console, tmp_path: Path) -> None:
    """Four megabytes go through a limit of one; what is too large even then is not sent."""
    file = record(console, tmp_path)
    found = json.loads(file.read_bytes())
    found["log"]["entries"] *= 1500
    file.write_text(json.dumps(found))
    assert file.stat().st_size > 4 << 20
    page = console.open("open")
    choose(page, file)
    expect(page.locator("#opened h2 small")).to_contain_text("20 of 3000 calls")
    page.locator("#rows").select_option("200")
    expect(page.locator("#calls > li")).to_have_count(200)
    page.get_by_role("link", name="earlier calls").click()
    page.wait_for_url("**page=2**")
    expect(page.get_by_role("link", name="later calls")).to_be_visible()
    page.evaluate(
        """() => {
          const noise = new Uint8Array(3 << 20);
          for (let at = 0; at < noise.length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
          const data = new DataTransfer();
          data.items.add(new File([noise], "noise.har"));
          document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
        }"""
    )
    expect(page.locator("#opened > .why")).to_contain_text("even after compression")


def test_text_of_a_file_stays_text(console: Console, tmp_path: Path) -> None:
    """In each property, in its name, and in the address."""
    file = record(console, tmp_path)
    found: dict[str, Any] = json.loads(file.read_bytes())
    for entry in found["log"]["entries"]:
        entry["_paysandbox"] |= dict.fromkeys(("explanation", "id", "namespace", "operation"), HOSTILE)
        entry["_paysandbox"]["advice"] = [HOSTILE]
        entry["response"]["content"] = {"text": HOSTILE}
    hostile = tmp_path / f"{HOSTILE.replace('/', '')}.har"
    hostile.write_text(json.dumps(found))
    page = console.open("open")
    choose(page, hostile)
    expect(page.locator("#calls .advice").first).to_have_text(HOSTILE)
    page.locator("#calls .links a").first.click()
    expect(page.get_by_role("heading", name="Request")).to_be_visible()
    assert page.locator("#opened img").count() == 0
    assert console.asked == []


@pytest.mark.parametrize("width", [390, 1100])
def test_a_file_fits_the_screen(console: Console, width: int) -> None:
    page = console.open("open")
    page.set_viewport_size({"width": width, "height": 844})
    choose(page, CASSETTE)
    page.get_by_role("link", name="call 14", exact=True).click()
    expect(page.get_by_role("heading", name="Again")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_session_that_ended_asks_to_sign_in(browser: Browser) -> None:
    """And a file is opened once it is signed in."""
    with Server(settings=Settings(control_token="t" * 20)) as server:
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{server.url()}/_sandbox/open")
        page.locator("input[type=password]").fill("t" * 20)
        page.keyboard.press("Enter")
        choose(page, CASSETTE)
        context.clear_cookies()
        page.locator("select[name=refused]").select_option("refused")
        page.wait_for_function("document.title === 'Sign in - Paysandbox'")
        context.close()
