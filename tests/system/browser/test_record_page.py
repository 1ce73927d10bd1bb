"""The page of a record in a real browser: edited and deleted through the control API, with its errors at the line."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.console import Console

RECORD = "records/default/invoicexpress/invoices/1"
STATE = "namespaces/default/state/invoicexpress/invoices/1"


def test_a_record_is_edited_to_the_last_digit(console: Console) -> None:
    page = console.open(RECORD)
    page.get_by_text("Edit or delete it").click()
    area = page.locator("textarea[name=record]")
    area.fill(area.input_value().replace('"paid": 0', '"paid": 1.10'))
    console.press("Save")
    console.says("The record is saved.")
    expect(page.locator("#said")).to_be_focused()
    expect(page.locator("pre").first).to_contain_text('"paid": 1.10')


def test_an_error_selects_its_line(console: Console) -> None:
    """And nothing is saved."""
    before = console.control("GET", STATE)
    page = console.open(RECORD)
    page.get_by_text("Edit or delete it").click()
    area = page.locator("textarea[name=record]")
    area.fill(area.input_value().replace('"paid": 0', '"paid": "none"'))
    console.press("Save")
    expect(page.locator("form output .why").last).to_contain_text("/paid: ")
    selected = area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert selected.strip().startswith('"paid": "none"')
    assert console.control("GET", STATE) == before


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        (None, "", "the body is empty", ""),
        ('"paid": 0,', '"paid": 0', "(line ", '"'),
        ('"paid": 0', '"paid": nil', "(line ", '"paid": nil'),
    ],
)
def test_what_is_no_json_is_said_with_its_line(
    console: Console, old: str | None, new: str, says: str, line: str
) -> None:
    """And that line is selected."""
    page = console.open(RECORD)
    page.get_by_text("Edit or delete it").click()
    area = page.locator("textarea[name=record]")
    area.fill(new if old is None else area.input_value().replace(old, new, 1))
    console.press("Save")
    expect(page.locator("form output .why").last).to_contain_text(says)
    selected = area.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert selected.strip().startswith(line)
    expect(area).to_be_focused()


def test_a_record_is_deleted_once_that_is_confirmed(console: Console) -> None:
    console.pay()
    changes = console.control("GET", "namespaces/default/requests/default-1")["changes"]
    [key] = [one["key"] for one in changes if one["table"] == "receipts"]
    page = console.open(f"records/default/invoicexpress/receipts/{key}")
    page.get_by_text("Edit or delete it").click()
    console.agrees = False
    console.press("Delete")
    assert console.control("GET", f"namespaces/default/state/invoicexpress/receipts/{key}")
    console.agrees = True
    console.press("Delete")
    page.wait_for_url("**/records/default/invoicexpress?table=receipts")
    assert console.asked == [f"Delete receipts/{key}?"] * 2
    assert key not in console.control("GET", "namespaces/default/state/invoicexpress/receipts")
    console.says("The record is deleted.")
    console.open("records/default/invoicexpress/invoices/1")
    expect(page.locator("#said")).to_be_hidden()


def test_a_success_does_not_stand_beside_a_later_refusal(console: Console) -> None:
    page = console.open(RECORD)
    page.get_by_text("Edit or delete it").click()
    console.press("Save")
    console.says("The record is saved.")
    page.get_by_text("Edit or delete it").click()
    page.locator("textarea[name=record]").fill("{}")
    console.press("Save")
    expect(page.locator("form output .why").last).to_be_visible()
    expect(page.locator("#said")).to_be_hidden()
