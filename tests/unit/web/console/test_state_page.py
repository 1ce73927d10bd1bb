"""GET /_sandbox/records/{ns}/{provider}: a table of records, found, sorted, and read page by page."""

import pytest

from paysandbox.web.console.state_page import ROWS
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client

URL = "/_sandbox/records/default/invoicexpress"
PAY = "/invoicexpress/documents/1/partial_payments.json"


def show(client: Client, query: str = "table=receipts", path: str = URL) -> Element:
    return read_page(client.get(path, query=query))


def keys(page: Element) -> list[str]:
    return [one.all("summary")[0].text for one in page.all("th") if one.attributes.get("scope") == "row"]


def pay(client: Client, times: int = 1, amount: int = 1) -> None:
    for _ in range(times):
        client.post(PAY, {"partial_payment": {"amount": amount, "note": f"of {amount}"}}, query="api_key=ix-test-key")


def link(page: Element, name: str) -> str:
    [found] = [str(one.attributes["href"]) for one in page.all("a") if one.text == name]
    return found.removeprefix("?")


def test_every_provider_has_its_tables(client: Client) -> None:
    for name in client.runtime.services:
        page = show(client, "", f"/_sandbox/records/default/{name}")
        tables = client.runtime.namespaces.get("default").state(name).table_defs()
        assert {one.text for one in page.all("nav")[1].all("a")} == set(tables)
        for table in tables:
            assert client.get(f"/_sandbox/records/default/{name}", query=f"table={table}").status == 200


def test_what_a_call_has_made_is_there(client: Client) -> None:
    before = keys(show(client))
    pay(client)
    page = show(client)
    [new] = [key for key in keys(page) if key not in before]
    record = client.get(f"/_sandbox/namespaces/default/state/invoicexpress/receipts/{new}").json
    assert f'"id": {record["id"]}' in page.text


def test_records_are_found_by_text_in_any_property(client: Client) -> None:
    pay(client, amount=3)
    pay(client, amount=4)
    assert len(keys(show(client, "table=receipts&text=OF+3"))) == 1
    assert keys(show(client, "table=receipts&text=nothing-has-this")) == []


def test_finding_keeps_the_order(client: Client) -> None:
    [kept] = [
        one for one in show(client, "table=receipts&sort=-id").all("input") if one.attributes.get("name") == "sort"
    ]
    assert kept.attributes["value"] == "-id"
    assert [one for one in show(client).all("input") if one.attributes.get("name") == "sort"] == []


def test_records_are_sorted_by_a_column_in_both_orders(client: Client) -> None:
    for amount in (2, 10, 1):
        pay(client, amount=amount)
    records = client.get("/_sandbox/namespaces/default/state/invoicexpress/receipts").json
    page = show(client, "table=receipts&sort=id")
    assert keys(page) == sorted(records, key=lambda key: records[key]["id"])
    assert keys(show(client, link(page, "id"))) == keys(page)[::-1]


def test_long_tables_are_read_page_by_page(client: Client) -> None:
    pay(client, times=ROWS + 3)
    first = show(client)
    assert len(keys(first)) == ROWS
    second = show(client, link(first, "Records after"))
    records = client.get("/_sandbox/namespaces/default/state/invoicexpress/receipts").json
    assert keys(first) + keys(second) == list(records)
    assert keys(show(client, link(second, "Records before"))) == keys(first)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/_sandbox/records/nobody/invoicexpress", "", 404),
        ("/_sandbox/records/default/paypal", "", 404),
        (URL, "table=nothing", 404),
        (URL, "sort=nothing", 422),
        (URL, "sort=-", 422),
        (URL, "first=0", 422),
        (URL, "first=-1", 422),
        (URL, "first=x", 422),
        (URL, "first=99999999999999999999", 422),
    ],
)
def test_what_cannot_be_shown_is_refused(client: Client, path: str, query: str, status: int) -> None:
    assert client.get(path, query=query).status == status


def test_beyond_the_last_record_there_is_none(client: Client) -> None:
    assert keys(show(client, "table=receipts&first=5000")) == []


def test_numbers_stand_at_the_right_with_their_heading(client: Client) -> None:
    """Those of a column of numbers alone: a code of digits is a text, and true is no number."""
    page = show(client, query="table=receipts")
    names = [one.text for one in page.all("th", "amount")]
    assert "id" in names
    assert "status" not in names
    rows = [one for one in page.all("tr") if one.all("td")]
    assert {len(one.all("td", "amount")) for one in rows} == {len(names)}
