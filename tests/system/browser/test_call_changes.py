"""What a call changed, on its page in a real browser: property by property, each record with a way to its own page."""

from playwright.sync_api import expect

from tests.system.browser.console import Console


def test_a_payment_changes_an_invoice_and_adds_a_receipt(console: Console) -> None:
    """Old and new value stand beside each other; of a new record there is no old one."""
    assert console.pay(amount=70).status_code == 200
    page = console.open("calls/default-1")
    expect(page.get_by_role("heading", name="What it changed")).to_be_visible()
    invoice = page.locator(".change.changed").filter(has_text="invoices/1")
    paid = invoice.get_by_role("row").filter(has_text="paid")
    expect(paid.locator("del")).to_have_text("0")
    expect(paid.locator("ins")).to_have_text("70.00")
    receipt = page.locator(".change.added").filter(has_text="receipts/")
    expect(receipt.locator("ins")).to_contain_text("payment_mechanism: ")
    expect(receipt.locator("del")).to_have_count(0)
    invoice.get_by_role("link", name="invoicexpress invoices/1").click()
    page.wait_for_url("**/records/default/invoicexpress/invoices/1")
    expect(page.locator("#history ~ ol").first).to_contain_text("default-1")


def test_a_refused_call_changes_nothing(console: Console) -> None:
    assert console.pay(amount=-1).status_code >= 400
    page = console.open("calls/default-1")
    expect(page.get_by_text("It changed no record.")).to_be_visible()
    expect(page.locator(".change")).to_have_count(0)
