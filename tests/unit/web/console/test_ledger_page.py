"""GET /_sandbox/ledger/{ns}/{provider}: documents with what is owed; and one with where an invariant breaks."""

import re
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from paysandbox.web.console import ledger_page
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client
from tests.unit.control.test_ledger import EDITED

ROOT: Final = "/_sandbox/ledger/default"
INVOICE: Final = f"{ROOT}/invoicexpress/invoices/538204"  # partly paid, by one receipt
SCRIPT: Final = "<script>alert(1)</script>"


def show(client: Client, path: str, query: str = "") -> Element:
    return read_page(client.get(path, query=query))


def rows(page: Element) -> list[str]:
    return [one.text for one in page.all("th") if one.attributes.get("scope") == "row"]


@pytest.fixture(params=sorted(EDITED))
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_documents_lead_to_their_pages(client: Client, provider: str) -> None:
    page = show(client, f"{ROOT}/{provider}")
    assert "invariants hold" in page.text
    links = [str(one.attributes["href"]) for one in page.all("a")]
    documents = [one for one in links if one.startswith(f"{ROOT}/{provider}/")]
    assert len(documents) == ledger_page.ROWS
    for path in documents:
        told = show(client, path)
        assert "What is owed" in told.text
        assert "✗" not in told.text


def test_a_document_has_its_lines_and_receipts(client: Client) -> None:
    """And what each takes off, in the provider's words."""
    page = show(client, INVOICE)
    [receipts] = [key for key in rows(page) if key == "540179"]
    assert receipts
    for word in ("Receipts", "Credit notes", "before_taxes", "unit_price", "paid", "-1000.00", "1422.85"):
        assert word in page.text


def test_documents_that_owe_nothing_can_be_left_out(client: Client, provider: str) -> None:
    found = client.get(f"/_sandbox/namespaces/default/ledger/{provider}", query="owing=true").json["found"]
    page = show(client, f"{ROOT}/{provider}", "owing=yes&sort=-owed")
    assert f"{found} documents, 1 to " in page.text


@pytest.mark.breaks_invariants
def test_an_edited_record_is_marked_where_it_breaks(client: Client, provider: str) -> None:
    """In the overview with record and property, and on the document's page at the line of its record."""
    table, name = EDITED[provider]
    query = f"table={table}&owing=true&limit=1000"
    documents = client.get(f"/_sandbox/namespaces/default/ledger/{provider}", query=query).json["documents"]
    key = next(one["key"] for one in documents if one["owed"] > 5)
    address = f"/_sandbox/namespaces/default/state/{provider}/{table}/{key}"
    record = client.get(address).json
    wrong = record.get(name, 0) + 1
    assert client.put(address, {**record, name: wrong}).status == 200
    overview = show(client, f"{ROOT}/{provider}")
    assert "✗" in overview.text
    assert f"{table}/{key}" in overview.text
    page = show(client, f"{ROOT}/{provider}/{table}/{key}")
    marked = [one for one in page.all("span") if one.attributes.get("class") == "broken"]
    assert any(one.text.strip().startswith(f'"{name}": ') for one in marked)
    found = re.findall(r"actual ([0-9.]+)", " ".join(page.text.split()))
    assert wrong in [Decimal(value) for value in found]


@pytest.mark.breaks_invariants
def test_a_document_whose_receipt_breaks_an_invariant_is_marked_in_the_list(client: Client) -> None:
    """And no other one; the mark leads to the invariants of its page."""
    query = "text=538204&table=invoices"
    assert not show(client, f"{ROOT}/invoicexpress", query).all("tr", "broken")
    state = client.runtime.namespaces.get("default").state("invoicexpress")
    receipt = state.table("receipts").get(540179)
    assert receipt is not None
    state.table("receipts").put(replace(receipt, account=98327))
    [row] = show(client, f"{ROOT}/invoicexpress", query).all("tr", "broken")
    assert "538204" in row.text
    assert f"{INVOICE}#invariants" in [one.attributes["href"] for one in row.all("a")]
    assert not show(client, f"{ROOT}/invoicexpress", "text=John&table=invoices").all("tr", "broken")


def test_the_arithmetic_of_a_row_can_be_read(client: Client) -> None:
    """Notes have a column; all amounts of a column have decimals, and stand at the right as their heading does."""
    page = show(client, f"{ROOT}/invisible_collector", "text=2016/010")
    [row] = [one for one in page.at("documents").all("tr") if "2016/010" in one.text]
    amounts = [one.text for one in row.all("td", "amount")]
    assert amounts == ["6888.00", "0.00", "-861.00 creditTotal", "6027.00 EUR"]
    headings = page.at("documents").all("th", "amount")
    assert [one.text for one in headings] == ["Total", "Paid", "Other", "Owed"]
    assert "Owed is the total, less what payments have paid, plus the other parts" in page.text
    for one in show(client, f"{ROOT}/invisible_collector").at("documents").all("td", "amount"):
        assert re.match(r"-?[0-9]+\.[0-9]{2,}( |$)", one.text), one.text


def test_documents_are_chosen_by_company(client: Client) -> None:
    page = show(client, f"{ROOT}/invisible_collector")
    [choice] = [one for one in page.all("select") if one.attributes["name"] == "company"]
    [_, *names] = [one.text for one in choice.all("option")]
    assert len(names) > 1
    found = []
    for name in names:
        chosen = show(client, f"{ROOT}/invisible_collector", urlencode({"company": name}))
        found.append(int(chosen.text.split(" documents, 1 to ")[0].rsplit(" ", 1)[1]))
        assert all(name in row.text for row in chosen.at("documents").all("tr")[1:])
    assert f"{sum(found)} documents, 1 to " in page.text
    assert [one.attributes["name"] for one in show(client, f"{ROOT}/crm_com").all("select")] == ["owing"]


@pytest.mark.breaks_invariants
def test_a_broken_entry_is_marked_in_its_row(client: Client) -> None:
    state = client.runtime.namespaces.get("default").state("invoicexpress")
    receipt = state.table("receipts").get(540179)
    assert receipt is not None
    state.table("receipts").put(replace(receipt, account=98327))
    page = show(client, INVOICE)
    [row] = [one for one in page.all("tr") if one.attributes.get("class") == "broken"]
    assert "540179" in row.text


def test_a_call_leads_to_the_documents_that_it_touched(client: Client) -> None:
    """By what it changed, or by the id in its path."""
    body = {"partial_payment": {"amount": 1}}
    client.post("/invoicexpress/documents/538204/partial_payments.json", body, query="api_key=ix-test-key")
    client.get("/invoicexpress/invoices/538204.json", query="api_key=ix-test-key")
    for number in (1, 2):
        page = show(client, f"/_sandbox/calls/default-{number}")
        assert INVOICE in [one.attributes.get("href") for one in page.all("a")]
    assert "421.85" not in show(client, f"{ROOT}/invoicexpress/invoices/1").text
    assert "1421.85" in show(client, INVOICE).text


def test_the_pages_of_records_lead_to_the_ledger(client: Client) -> None:
    for path, query in (
        ("/_sandbox/records/default/invoicexpress", "table=invoices"),
        ("/_sandbox/records/default/invoicexpress/invoices/538204", ""),
    ):
        assert INVOICE in [one.attributes.get("href") for one in show(client, path, query).all("a")]
    links = show(client, "/_sandbox/records/default/invoicexpress", "table=clients").all("a")
    assert [one.text for one in links].count("Ledger") == 1  # that of every page


def test_many_documents_are_checked_on_demand_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the page is there at once."""
    monkeypatch.setattr(ledger_page, "MANY", 3)
    page = show(client, f"{ROOT}/invoicexpress")
    assert "Add up and check all of them" in page.text
    assert "invariants hold" not in page.text
    assert "538204" in page.text
    assert "invariants hold" in show(client, f"{ROOT}/invoicexpress", "check=yes").text
    assert "✓" not in show(client, INVOICE).text
    assert "✓" in show(client, INVOICE, "check=yes").text


def test_script_in_records_is_text(client: Client) -> None:
    """In every property that takes any text, of the document, its lines, its payments and who owes it."""
    state = client.runtime.namespaces.get("default").state("invoiless")
    invoice = next(one for one in state.table("invoices").records() if state.table("payments").all("invoice", one.id))
    customer = state.table("customers").get(invoice.customer)
    assert customer is not None
    item = replace(invoice.items[0], name=SCRIPT, description=SCRIPT)
    state.table("customers").put(replace(customer, name=SCRIPT))
    state.table("invoices").put(
        replace(invoice, number=SCRIPT, currency=SCRIPT, notes=SCRIPT, items=(item, *invoice.items[1:]))
    )
    for payment in state.table("payments").all("invoice", invoice.id):
        state.table("payments").put(replace(payment, notes=SCRIPT))
    for path in (f"{ROOT}/invoiless", f"{ROOT}/invoiless/invoices/{invoice.id}"):
        content = client.get(path, query=f"text={SCRIPT.replace('/', '%2F')}").content.decode()
        assert SCRIPT not in content
        assert "&lt;script&gt;alert(1)" in content


def test_what_is_not_there_is_refused(client: Client) -> None:
    for path, query, status in (
        (f"{ROOT}/nothing", "", 404),
        ("/_sandbox/ledger/missing/invoiless", "", 404),
        (f"{ROOT}/invoiless", "table=customers", 404),
        (f"{ROOT}/invoiless", "sort=key", 422),
        (f"{ROOT}/invoiless", "first=0", 422),
        (f"{ROOT}/invoiless/invoices/none", "", 404),
        (f"{ROOT}/invoiless/customers/none", "", 404),
    ):
        assert client.get(path, query=query).status == status, path
    assert "0 documents." in show(client, f"{ROOT}/invoiless", "first=9999999&text=nothing-has-this").text
