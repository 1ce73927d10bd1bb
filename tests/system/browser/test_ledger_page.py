"""The ledger in a real browser: found from a call, followed during calls, and marked where a record breaks it."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.console import Console

INVOICE = "ledger/default/invoicexpress/invoices/1"
# Tables that are wider than their place.
SCROLLED = "() => [...document.querySelectorAll('.wide')].filter((one) => one.scrollWidth > one.clientWidth).length"
RECORD = "namespaces/default/state/invoicexpress/invoices/1"


def test_a_call_leads_to_what_is_owed(console: Console) -> None:
    """And the page follows the next payment without being loaded again."""
    console.pay()
    page = console.open("calls/default-1")
    page.get_by_role("link", name="invoices/1", exact=True).click()
    page.wait_for_url(f"**/{INVOICE}")
    owed = page.locator("#terms tr").last
    expect(owed).to_contain_text("1069.00 Euro")
    console.pay(amount=69)
    expect(owed).to_contain_text("1000.00 Euro")
    expect(page.get_by_role("heading", name="Receipts")).to_be_visible()
    expect(page.locator("strong.missed")).to_have_count(0)


def test_an_edited_record_is_marked_where_it_breaks(console: Console) -> None:
    """At its line, which leads to the invariant with the value found and the value expected."""
    record = console.control("GET", RECORD)
    console.control("PUT", RECORD, {**record, "paid": 5})
    page = console.open("ledger/default/invoicexpress")
    expect(page.get_by_text("1 of 12 invariants broken")).to_be_visible()
    expect(page.locator("#documents tr.broken")).to_have_count(1)
    page.locator("#documents tr.broken").get_by_role("link", name="Invoice 1/A", exact=True).click()
    marked = page.locator("pre .broken")
    expect(marked).to_contain_text('"paid": 5')
    marked.get_by_role("link").click()
    page.wait_for_url("**#breach-1")
    expect(page.locator("#breach-1")).to_contain_text("paid is 5, but its receipts add up to 0")
    expect(page.locator("#breach-1")).to_contain_text("expected 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(console: Console, scheme: str) -> None:
    """In both schemes nothing sticks out of the page, and no table is scrolled sideways."""
    page = console.page
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for provider in ("crm_com", "invisible_collector", "invoicexpress", "invoiless"):
        console.open(f"ledger/default/{provider}?sort=-owed")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate(SCROLLED) == 0, provider
        page.locator("#documents tbody a").first.click()
        expect(page.get_by_role("heading", name="What is owed")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate(SCROLLED) == 0, provider
