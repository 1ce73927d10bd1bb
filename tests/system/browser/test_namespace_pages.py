"""The pages around a call in a real browser: what their forms do, what they ask first, and where they say errors."""

from datetime import datetime, timedelta

import httpx
from playwright.sync_api import expect

from paysandbox.web.console.faults_view import COMMON
from tests.system.browser.console import Console


def test_a_namespace_is_made_with_variants_and_a_clock(console: Console) -> None:
    page = console.open("manage/default")
    page.get_by_label("Name; without one it is made up").fill("shop")
    page.get_by_label("Its clock stands still at").fill("2026-03-31T12:00:00Z")
    page.get_by_text("Variants of CRM.COM Web API").click()
    page.locator("[name='/variants/crm_com/release']").select_option("R9.1.0")
    console.press("Create")
    page.wait_for_url("**/_sandbox/manage/shop")
    console.says("It is there.")
    made = console.control("GET", "namespaces/shop")
    assert made["clock"] == {"now": "2026-03-31T12:00:00Z", "frozen": True}
    assert made["providers"]["crm_com"]["variants"]["release"] == "R9.1.0"
    expect(page.locator("#crm_com-variants + ul > li").first).to_contain_text("chosen for this namespace")


def test_errors_stand_at_their_fields(console: Console) -> None:
    """Those of the schema, and what only the records tell; nothing is made."""
    page = console.open("manage/default")
    page.get_by_label("Name; without one it is made up").fill("two words")
    page.get_by_label("Its clock stands still at").fill("noon")
    console.press("Create")
    name, clock = page.locator("[name='/name'][aria-invalid]"), page.locator("[name='/now'][aria-invalid]")
    expect(name).to_be_focused()
    expect(page.locator("[id='error-/name']")).to_contain_text("'two words' does not match the expected format")
    expect(page.locator("[id='error-/now']")).to_contain_text("'noon' is not a valid date-time")
    expect(name).to_have_attribute("aria-describedby", "error-/name")
    name.fill("default")
    clock.fill("")
    console.press("Create")
    expect(page.locator("[id='error-/name']")).to_contain_text("there is a namespace 'default' already")
    expect(page.locator(".field-error")).to_have_count(1)
    assert len(console.control("GET", "namespaces")["namespaces"]) == 1


def test_a_namespace_is_forked_reset_and_deleted(console: Console) -> None:
    """What throws something away is asked first, and not done without a yes; `default` stays."""
    console.pay("shop")
    page = console.open("manage/shop")
    page.get_by_label("Copy records, clock and variants").fill("shop-2")
    console.press("Fork")
    page.wait_for_url("**/_sandbox/manage/shop-2")
    assert console.control("GET", "namespaces/shop-2/snapshots/fixtures/diff")["invoicexpress"]
    console.agrees = False
    console.press("Reset records")
    console.press("Delete")
    assert console.control("GET", "namespaces/shop-2/snapshots/fixtures/diff")["invoicexpress"]
    console.agrees = True
    console.press("Reset records")
    console.says("The records of shop-2 are the fixtures.")
    assert console.control("GET", "namespaces/shop-2/snapshots/fixtures/diff") == {}
    console.press("Delete")
    page.wait_for_url("**/_sandbox/manage/default")
    console.says("shop-2 is deleted.")
    names = [one["name"] for one in console.control("GET", "namespaces")["namespaces"]]
    assert names == ["default", "shop"]
    assert console.asked[2:] == [
        "Reset all records of shop-2 to the fixtures?",
        "Delete the namespace shop-2 with all its data?",
    ]
    expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(0)


def test_urls_and_credentials_are_copied_and_work(console: Console) -> None:
    console.pay("shop")
    page = console.open("manage/shop")
    copied = []
    for name in ("url-invoicexpress", "api_key-invoicexpress"):
        page.locator(f"[id='{name}'] button").click()
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    url, key = copied
    assert url == f"{console.server.url()}/ns/shop/invoicexpress"
    assert key == "ix-test-key~shop"
    reply = httpx.get(f"{url}/invoices.json", params={"api_key": key}, trust_env=False)
    assert reply.status_code == 200


def test_the_clock_is_frozen_advanced_and_set(console: Console) -> None:
    """And the dates that passed in between are listed."""
    page = console.open("clock/default")
    console.press("Freeze")
    console.says("The clock stands still.")
    before = console.control("GET", "namespaces/default/clock")
    console.press("+ 7 days")
    console.says("The clock is 7 days ahead.")
    after = console.control("GET", "namespaces/default/clock")
    assert before["frozen"] is after["frozen"] is True
    assert datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"]) == timedelta(days=7)
    page.get_by_label("Set to a time in UTC").fill("9999-12-31T12:00:00Z")
    console.press("Set")
    expect(page.locator("[id='error-/now']")).to_contain_text("9999-12-31T12:00:00Z is out of range")
    page.get_by_label("Set to a time in UTC").fill("2023-10-30T12:00:00Z")
    console.press("Set")
    console.says("The clock is set.")
    expect(page.locator("#coming + ul > li").first).to_contain_text("dueDate 2023-11-01")
    page.get_by_label("Advance by so many seconds").fill("259200")
    console.press("Advance")
    passed = page.locator("#passed + ul")
    expect(passed).to_contain_text("invoiless invoices/651ad0559b3e7d00418c30a4: dueDate 2023-11-01 has passed")
    expect(passed).not_to_contain_text("2023-11-02")
    page.locator("#coming + ul > li", has_text="2023-11-02").first.get_by_role("button").click()
    expect(passed).to_contain_text("dueDate 2023-11-02 has passed")
    assert console.control("GET", "namespaces/default/clock")["now"] == "2023-11-03T00:00:00Z"


def test_what_is_no_number_of_seconds_is_said_at_its_field(console: Console) -> None:
    page = console.open("clock/default")
    page.get_by_label("Advance by so many seconds").fill("soon")
    console.press("Advance")
    expect(page.locator("[id='error-/seconds']")).to_contain_text("'soon' is not a number")


def test_a_fault_is_switched_on_counts_and_is_deleted(console: Console) -> None:
    """Its count rises while the page is open."""
    page = console.open("faults/default")
    page.get_by_label("What goes wrong").select_option("503 twice, then well again")
    page.get_by_label("Where").first.select_option("InvoiceXpress API: createPartialPayment")
    console.press("Switch on")
    console.says("The fault strikes from the next call on.")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("invoicexpress createPartialPayment")
    assert [console.pay().status_code for _ in range(3)] == [503, 503, 200]
    expect(row.locator("td").nth(3)).to_have_text("2")
    console.press("Delete fault-1")
    console.says("fault-1 is deleted.")
    assert console.control("GET", "namespaces/default/faults") == {"faults": []}


def test_every_common_fault_can_be_ordered(console: Console) -> None:
    for at in range(len(COMMON)):
        page = console.open("faults/default")
        page.get_by_label("What goes wrong").select_option(index=at)
        console.press("Switch on")
        console.says("The fault strikes from the next call on.")
    faults = console.control("GET", "namespaces/default/faults")["faults"]
    assert [{name: fault[name] for name in ("when", "then") if name in fault} for fault in faults] == [
        dict(fault) for _, fault in COMMON
    ]
    console.press("Delete all")
    console.says("All faults are deleted.")
    assert console.asked == ["Delete all faults of default?"]


def test_a_fault_with_two_effects_is_refused(console: Console) -> None:
    page = console.open("faults/default")
    page.get_by_text("Another fault").click()
    page.get_by_label("Answer this status").fill("503")
    page.get_by_label("Delay the reply").fill("-1")
    console.press("Create")
    expect(page.locator("[id='error-/then/delay_ms']")).to_contain_text("-1 is less than the minimum of 0")
    expect(page.locator("form output .why")).to_contain_text("/then: exactly one of status, delay_ms")
    assert console.control("GET", "namespaces/default/faults") == {"faults": []}


def test_a_snapshot_is_taken_compared_restored_and_deleted(console: Console) -> None:
    """A record and property that changed has its value before and after, while the page is open too."""
    page = console.open("snapshots/default")
    expect(page.locator("[data-refresh=diff]")).to_contain_text("None: the records are those of fixtures.")
    console.pay(amount=1)
    page.get_by_label("Keep the records under a name").fill("paid once")
    console.press("Take")
    expect(page.locator("[id='error-/name']")).to_contain_text("does not match the expected format")
    page.get_by_label("Keep the records under a name").fill("paid-once")
    console.press("Take")
    console.says("The records are kept.")
    page.get_by_role("link", name="paid-once", exact=True).click()
    expect(page.locator("[data-refresh=diff]")).to_contain_text("None: the records are those of paid-once.")
    console.pay(amount=2)
    change = page.locator(".change.changed", has_text="invoicexpress invoices/1")
    expect(change.locator("tr", has_text="paid").locator("td")).to_have_text(["1.00", "3.00"])
    expect(page.locator(".change.added", has_text="invoicexpress receipts/")).to_have_count(1)
    console.press("Restore paid-once")
    console.says("The records are those of paid-once.")
    assert console.control("GET", "namespaces/default/snapshots/paid-once/diff") == {}
    console.press("Delete paid-once")
    console.says("paid-once is deleted.")
    expect(page.locator(".snapshots li")).to_have_count(1)
    assert console.asked == ["Restore paid-once? What has changed since is lost.", "Delete the snapshot paid-once?"]
    expect(page.get_by_role("button", name="Delete fixtures")).to_have_count(0)
