"""The pages in a real browser: they ask no other host, fit a phone, and what is tried there is done or explained."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL
from paysandbox.server.live import Server
from tests.system.browser.conftest import PATIENCE

NAMES: Final = [*(provider.name for provider in find_providers()), CONTROL]
AROUND: Final = ("manage", "clock", "faults", "snapshots", "deliveries", "coverage")
PAY: Final = "/invoicexpress/documents/1/partial_payments.json"
WRONG_DATE: Final = '{"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}'
WIDE: Final[ViewportSize] = {"width": 1100, "height": 900}
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
# The fonts of the text that is in view: family, size, weight and slant.
FONTS: Final = """() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const around = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !around.checkVisibility({contentVisibilityAuto: true})) continue;
    const style = getComputedStyle(around);
    found.add([style.fontFamily, style.fontSize, style.fontWeight, style.fontStyle].join(" "));
  }
  return [...found];
}"""
# What a browser itself writes of a reply that says 4xx; it is no error of the page.
OF_THE_REPLY: Final = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One sandbox for all pages; whatever a test counts on, it makes."""
    with Server() as running:
        yield running


class Watched:
    """A page, and what it did: `errors` of console and script, `strangers` that it asked for anything."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type != "log" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        context.on("request", lambda asked: self.strangers.append(asked.url) if not self._is_home(asked.url) else None)

    def _is_home(self, url: str) -> bool:
        return url.startswith((f"{self.url}/", "data:,"))

    def open(self, path: str) -> Page:
        """Go to a page as a person does who types its address, and unfold all that is folded."""
        answered = self.page.goto(f"{self.url}{path}")
        assert answered is not None
        assert answered.status == 200
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        return self.page

    def form(self, operation: str) -> Locator:
        return self.page.locator(f"[id={operation}] form")


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A window of the size and colours that the test asks for."""
    size, dark = getattr(request, "param", (WIDE, False))
    made = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext, server: Server) -> Iterator[Watched]:
    """A page that, whatever the test does with it, shows no error and asks no other host."""
    made = Watched(context, server.url())
    yield made
    assert made.strangers == []
    assert [one for one in made.errors if not one.startswith(OF_THE_REPLY)] == []


def call(server: Server, body: str) -> httpx.Response:
    """A payment in the default namespace."""
    headers = {"content-type": "application/json"}
    return httpx.post(server.url() + PAY, params={"api_key": "ix-test-key"}, content=body, headers=headers)


def test_a_page_has_few_fonts(watched: Watched, server: Server) -> None:
    """For each font and size the browser asks the system before the first paint."""
    call(server, WRONG_DATE)
    for path in (
        "",
        "calls/default-1",
        "records/default/invoiless",
        "ledger/default/invoiless",
        "docs/invoiless",
        "open",
    ):
        watched.page.goto(f"{server.url()}/_sandbox/{path}")
        fonts = watched.page.evaluate(FONTS)
        assert len(fonts) <= 11, (path, fonts)


@pytest.mark.parametrize(
    "path",
    [
        "/_sandbox/",
        *(f"/_sandbox/docs/{name}" for name in NAMES),
        *(f"/_sandbox/{page}/default" for page in AROUND),
        "/_sandbox/clock/default?since=2020-01-01T00:00:00Z",
    ],
)
@pytest.mark.parametrize("context", [(WIDE, False), (PHONE, True)], indirect=True, ids=["wide", "phone"])
def test_a_page_fits_its_window(watched: Watched, server: Server, tmp_path: Path, path: str) -> None:
    """Nothing of it lies beyond the window's edge, all unfolded; a picture of it is kept."""
    call(server, WRONG_DATE)
    page = watched.open(path)
    assert page.evaluate("document.scrollingElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    page.screenshot(path=tmp_path / "page.png", clip={"x": 0, "y": 0, "width": 360, "height": 740})
    assert (tmp_path / "page.png").stat().st_size > 5000
    assert watched.errors == []


@pytest.mark.parametrize(
    ("context", "ground"),
    [((WIDE, False), "rgb(255, 255, 255)"), ((WIDE, True), "rgb(13, 17, 23)")],
    indirect=["context"],
)
def test_colours_are_those_of_the_system(watched: Watched, ground: str) -> None:
    """The page's style counts, which its policy allows by its hash."""
    expect(watched.open("/_sandbox/").locator("body")).to_have_css("background-color", ground)


def test_from_the_start_page_to_a_refusal_and_its_rule(watched: Watched, server: Server) -> None:
    """The last call is explained, and its links lead to the docs of what it was about."""
    call(server, '{"partial_payment": {"amount": 99999}}')
    page = watched.open("/_sandbox")
    refused = page.locator(".requests > li").first
    expect(refused).to_contain_text("99999.00 is more than the")
    refused.get_by_role("link", name="overpayment-is-refused").click()
    expect(page).to_have_title("createPartialPayment, InvoiceXpress API - Paysandbox")
    expect(page.locator("li:target")).to_contain_text("The amount is at most what the document still owes.")


def test_a_link_to_what_is_folded_unfolds_it(watched: Watched) -> None:
    """A member of a reply that is not shown at first."""
    watched.page.goto(f"{watched.url}/_sandbox/docs/invoicexpress#createPartialPayment-404")
    watched.page.wait_for_url("**/docs/invoicexpress/createPartialPayment#createPartialPayment-404")
    assert watched.page.evaluate("document.getElementById('createPartialPayment-404').open") is True
    assert watched.page.evaluate("document.getElementById('createPartialPayment-401').open") is False
    assert watched.errors == []


def test_a_payment_is_tried(watched: Watched, server: Server) -> None:
    """As the form is filled in; the reply is shown with its digits as sent, and stands in the journal of `docs`."""
    watched.open("/_sandbox/docs/invoicexpress/createPartialPayment")
    form = watched.form("createPartialPayment")
    form.locator("select").select_option("The vendor's own example")
    form.get_by_role("button", name="Reset records").click()
    expect(form.locator("output")).to_contain_text("Records reset.")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("200 OK")
    expect(form.locator("output pre")).to_contain_text('"sequence_number": "28/A"')
    expect(form.locator("output pre")).to_contain_text('\n    "sum": 93.46,\n')
    form.locator("output a").click()
    expect(watched.page).to_have_url(re.compile(f"{server.url()}/_sandbox/calls/docs-[0-9]+"))
    assert not httpx.get(f"{server.url()}/_sandbox/namespaces/default/snapshots/fixtures/diff").json()


def test_a_wrong_date_is_explained(watched: Watched) -> None:
    """InvoiceXpress answers an empty 422; the explanation stands beside it, and the right date then pays."""
    watched.open("/_sandbox/docs/invoicexpress/createPartialPayment")
    form = watched.form("createPartialPayment")
    form.locator("textarea").fill(WRONG_DATE)
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("422 Unprocessable Entity")
    expect(form.locator("output .why")).to_contain_text(
        "'2017-10-26' does not match the expected format, for example '26/10/2017'"
    )
    expect(form.locator("output")).to_contain_text("The reply has no body.")
    form.locator("textarea").fill(WRONG_DATE.replace("2017-10-26", "26/10/2017"))
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("200 OK")
    expect(form.locator("output .why")).to_have_count(0)


def test_examples_credentials_and_parameters_can_be_changed(watched: Watched) -> None:
    """What the form says is sent: another example, no credential, an id that names nothing."""
    watched.open("/_sandbox/docs/invoicexpress/createPartialPayment")
    form = watched.form("createPartialPayment")
    form.locator("select").select_option("The smallest amount that the vendor allows")
    expect(form.locator("textarea")).to_have_value('{\n  "partial_payment": {\n    "note": "Vale de oferta",\n    '
                                                   '"payment_mechanism": "CO",\n    "amount": 0\n  }\n}')  # fmt: skip
    for name, value, status in (
        ("api_key", "", "401"),
        ("api_key", "ix-test-key", "200"),
        ("document-id", "a/b", "404"),
    ):
        form.locator(f"input[name='{name}']").fill(value)
        form.get_by_role("button", name="Send").click()
        expect(form.locator("output .status")).to_contain_text(status)
    expect(form.locator("output")).to_contain_text("/documents/a%2Fb/partial_payments.json")


@pytest.mark.parametrize("name", NAMES[:-1])
def test_the_first_operation_of_each_provider_is_tried(watched: Watched, server: Server, name: str) -> None:
    """With a credential in the query, a header or the body."""
    operation = server.runtime.services[name].contract.operations[0]
    page = watched.open(f"/_sandbox/docs/{name}/{operation.id}")
    form = watched.form(operation.id)
    form.get_by_role("button", name="Reset records").click()
    expect(form.locator("output .note")).to_be_visible()
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_contain_text("20")
    expect(form.locator("output .why")).to_have_count(0)
    assert page.locator("output pre").inner_text().startswith("{\n  ")


def test_the_sandbox_itself_is_driven_from_its_page(watched: Watched, server: Server) -> None:
    """The clock of the default namespace stands still, and goes on."""
    watched.open(f"/_sandbox/docs/{CONTROL}/setClock")
    form = watched.form("setClock")
    for body in ('{"frozen": true}', '{"frozen": false}'):
        form.locator("textarea").fill(body)
        form.get_by_role("button", name="Send").click()
        expect(form.locator("output pre")).to_contain_text(body.strip("{}"))
    assert server.runtime.namespaces.get("default").clock.frozen is False


def test_a_lost_reply_is_told(watched: Watched, server: Server) -> None:
    """A fault of the namespace closes the connection."""
    httpx.post(f"{server.url()}/invoicexpress/nothing", headers={"x-sandbox-namespace": "docs"})
    faults = f"{server.url()}/_sandbox/namespaces/docs/faults"
    httpx.post(faults, json={"provider": "invoicexpress", "then": {"drop": "after"}}).raise_for_status()
    watched.open("/_sandbox/docs/invoicexpress/createPartialPayment")
    form = watched.form("createPartialPayment")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output")).to_contain_text("No reply: ")
    httpx.delete(faults)
    assert [one for one in watched.errors if "ERR_EMPTY_RESPONSE" in one]
    watched.errors.clear()


def test_what_is_tried_is_advised_and_kept(watched: Watched, server: Server) -> None:
    """In the chosen namespace: explanation and advice, the call in its list, and what was typed after a reload."""
    httpx.get(f"{server.url()}/ns/shop/invoiless/v1/nothing")
    page = watched.open("/_sandbox/docs/invoicexpress/createPartialPayment?namespace=shop")
    form = watched.form("createPartialPayment")
    form.locator("textarea").fill(WRONG_DATE)
    form.locator("input[name=api_key]").fill("ix-test-key~shop")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .why")).to_contain_text("'2017-10-26' does not match")
    expect(form.locator("output .advice")).to_contain_text("'26/10/2017', not as year-month-day")
    page.reload()
    expect(form.locator("textarea")).to_have_value(WRONG_DATE)
    expect(form.locator("input[name=api_key]")).to_have_value("ix-test-key")
    watched.open("/_sandbox/docs/invoicexpress/createPartialPayment?namespace=shop")
    form.get_by_role("button", name="As at first").click()
    expect(form.locator("textarea")).not_to_have_value(WRONG_DATE)
    page.reload()
    expect(form.locator("textarea")).not_to_have_value(WRONG_DATE)
    page.goto(f"{watched.url}/_sandbox/?namespace=shop")
    expect(page.locator("#calls > li").first).to_contain_text("2017-10-26")
