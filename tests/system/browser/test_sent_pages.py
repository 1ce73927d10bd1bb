"""Deliveries and coverage in a real browser: they follow the calls while their pages are open."""

import httpx
from playwright.sync_api import expect

from tests.helpers.receiver import receiving, status
from tests.system.browser.console import Console

BILL = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label design", "price": 480}], "status": "Unpaid"}
HOSTILE = "<img src=x onerror=alert(1)>"


def bill(console: Console, name: str = "Label design") -> None:
    """Create an invoice: one event."""
    body = BILL | {"items": [{"name": name, "price": 480}]}
    url = f"{console.server.url()}/invoiless/v1/invoices"
    reply = httpx.post(url, json=body, headers={"api-key": "invoiless-test-key"}, trust_env=False)
    assert reply.status_code == 201


def test_an_event_is_delivered_and_delivered_again(console: Console) -> None:
    """Its payload, attempts and status are on the page, and text of a client stays text."""
    with receiving() as receiver:
        page = console.open("deliveries/default")
        page.get_by_label("URL of your receiver").fill(receiver.url)
        page.get_by_label("Events").select_option("invoiless: InvoiceCreated")
        console.press("Register")
        console.says("Events of later calls are delivered there.")
        bill(console, HOSTILE)
        row = page.locator("ol[aria-label^=Deliveries] > li").first
        expect(row.locator(".status")).to_have_text("delivered")
        expect(row).to_contain_text("InvoiceCreated invoiless to endpoint-1, 1 attempt")
        row.get_by_text("Payload and attempts").click()
        expect(row.locator("pre").first).to_contain_text(HOSTILE)
        assert page.locator("main img").count() == 0
        console.press("Deliver again: delivery-1")
        console.says("delivery-1 is delivered again.")
        expect(page.locator("ol[aria-label^=Deliveries] > li .status").first).to_have_text("delivered")
        expect(page.locator("ol[aria-label^=Deliveries] > li")).to_have_count(2)
        assert receiver.events == ["InvoiceCreated", "InvoiceCreated"]
        console.press("Remove endpoint-1")
        console.says("endpoint-1 is removed.")
        expect(page.get_by_role("button", name="Deliver again")).to_have_count(0)


def test_a_delivery_that_fails_says_why_and_when_next(console: Console) -> None:
    console.control("PUT", "namespaces/default/clock", {"frozen": True})
    with receiving() as receiver:
        receiver.answers = [status(500, b"no")]
        console.control("POST", "namespaces/default/webhooks", {"url": receiver.url, "retry_seconds": [3600]})
        bill(console)
        page = console.open("deliveries/default")
        row = page.locator("ol[aria-label^=Deliveries] > li").first
        expect(row).to_contain_text("Next attempt at ")
        expect(row.locator("> .why")).to_contain_text("The last attempt: 500, ")
        row.get_by_text("Payload and attempts").click()
        expect(row.locator("details")).to_contain_text("500")
        console.control("POST", "namespaces/default/clock/advance", {"seconds": 86400})
        expect(row.locator(".status")).to_have_text("delivered")
        expect(row.locator("details")).to_have_attribute("open", "")


def test_a_receiver_that_is_not_allowed_is_refused_at_its_form(console: Console) -> None:
    page = console.open("deliveries/default")
    page.get_by_label("URL of your receiver").fill("http://10.0.0.1/hooks")
    console.press("Register")
    expect(page.locator("[id='error-/url']")).to_contain_text("nothing can be delivered to this URL")
    assert console.control("GET", "namespaces/default/webhooks")["endpoints"] == []


def test_coverage_rises_while_its_page_is_open(console: Console) -> None:
    """What was unfolded stays so, and what is not exercised yet is listed with the contract's sentence."""
    page = console.open("coverage/default")
    expect(page.locator(".figure")).to_have_text("0.0 %")
    operation = page.locator("[id='invoicexpress-createPartialPayment']")
    expect(operation).to_contain_text("not called")
    assert console.pay(amount=1).status_code == 200
    operation.locator("summary").click()
    expect(operation).to_contain_text("overpayment-is-refused")
    expect(operation).not_to_contain_text("not called")
    assert console.pay(amount=99999).status_code == 422
    expect(operation).not_to_contain_text("overpayment-is-refused")
    expect(operation).to_have_attribute("open", "")
    expect(operation.locator("summary")).to_be_focused()
    assert page.locator("#invoicexpress h2 small").inner_text() != "0.0 %"
