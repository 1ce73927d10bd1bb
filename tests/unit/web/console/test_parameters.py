"""A wrong parameter of a page's address: the page is shown without it, and says at its place what is wrong."""

from typing import Final
from urllib.parse import parse_qs

import pytest

from paysandbox.web.console.snapshots_view import ROWS
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client
from tests.unit.control.asking import check_problem

HTML: Final = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RECORDS: Final = "/_sandbox/records/default/invoicexpress"
LEDGER: Final = "/_sandbox/ledger/default/invoicexpress"
COMPANIES: Final = "/_sandbox/ledger/default/invisible_collector"
SNAPSHOTS: Final = "/_sandbox/snapshots/default"
WRONG: Final = [
    ("/_sandbox/", "rows=51", "rows", 422, "rows is '51'; it is one of 20, 50, 200, 1000"),
    (RECORDS, "table=receits", "table", 404, "there is no table 'receits'; there are "),
    (RECORDS, "table=receipts&sort=ids", "sort", 422, "there is no property 'ids' to sort by; there are "),
    (RECORDS, "table=receipts&sort=-", "sort", 422, "there is no property '-' to sort by"),
    (RECORDS, "table=receipts&first=0", "first", 422, "first is '0'; it is a number from 1 to 9999999"),
    (LEDGER, "table=receipts", "table", 404, "invoicexpress has no documents in 'receipts'; it has "),
    (LEDGER, "sort=key", "sort", 422, "documents cannot be sorted by 'key'; they can be by "),
    (LEDGER, "owing=no", "owing", 422, "owing is 'no'; it is 'yes' or left out"),
    (LEDGER, "check=1", "check", 422, "check is '1'; it is 'yes' or left out"),
    (LEDGER, "company=x", "company", 422, "no document is of the company 'x'; "),
    (COMPANIES, "company=x", "company", 422, "no document is of the company 'x'; there are "),
    (LEDGER, "first=x", "first", 422, "first is 'x'; it is a number from 1 to 9999999"),
    (SNAPSHOTS, "first=-1", "first", 422, "first is '-1'; it is a number from 1 to 9999999"),
    ("/_sandbox/clock/default", "since=noon", "since", 422, "noon"),
]


def pay(client: Client, times: int) -> None:
    for _ in range(times):
        body = {"partial_payment": {"amount": 1, "note": "paid"}}
        client.post("/invoicexpress/documents/1/partial_payments.json", body, query="api_key=ix-test-key")


def list_links(page: Element) -> dict[str, str]:
    return {one.text: str(one.attributes.get("href")) for one in page.all("a")}


@pytest.mark.parametrize(("path", "query", "name", "status", "says"), WRONG)
def test_the_page_stays_and_says_what_is_wrong(
    client: Client, path: str, query: str, name: str, status: int, says: str
) -> None:
    """A program gets the same as a problem document."""
    pay(client, 2)
    page = read_page(client.get(path, query=query, headers=HTML), status)
    assert says in page.at(f"error-{name}").text
    check_problem(client.get(path, query=query), status, says)
    rest = "&".join(pair for pair in query.split("&") if not pair.startswith(f"{name}="))
    right = read_page(client.get(path, query=rest, headers=HTML))
    for heading in ("h1", "h2", "th"):
        assert [one.text for one in page.all(heading)] == [one.text for one in right.all(heading)]
    assert [one.text for one in page.all("a")] == [one.text for one in right.all("a")]


@pytest.mark.parametrize(("path", "query", "name"), [row[:3] for row in WRONG])
def test_no_link_leads_to_what_is_wrong(client: Client, path: str, query: str, name: str) -> None:
    pay(client, 2)
    page = read_page(client.get(path, query=query, headers=HTML), 404 if name == "table" else 422)
    [given] = parse_qs(query)[name]
    for link in list_links(page).values():
        assert parse_qs(link.partition("#")[0].partition("?")[2]).get(name) != [given], link


def test_several_wrong_parameters_are_all_named(client: Client) -> None:
    page = read_page(client.get(RECORDS, query="table=x&sort=y&first=z", headers=HTML), 404)
    for name, value in (("table", "x"), ("sort", "y"), ("first", "z")):
        assert repr(value) in page.at(f"error-{name}").text


def test_what_is_wrong_is_text(client: Client) -> None:
    script = "<script>alert(1)</script>"
    for path in (RECORDS, LEDGER):
        response = client.get(path, query=f"table={script}&sort={script}&first={script}", headers=HTML)
        assert script.encode() not in response.content
        assert script in read_page(response, 404).at("error-table").text


def test_changes_since_a_snapshot_are_read_part_by_part(client: Client) -> None:
    """Each of them once, also those of several tables."""
    pay(client, ROWS + 3)
    query, seen = "", []
    while True:
        page = read_page(client.get(SNAPSHOTS, query=query))
        changes = [one.all("h3")[0].text for one in page.all("section", "change")]
        assert len(changes) <= ROWS
        seen += changes
        links = list_links(page)
        if "Records after" not in links:
            break
        query = links["Records after"].removeprefix("?").removesuffix("#diff")
    assert links["Records before"] == "?#diff" if len(seen) <= 2 * ROWS else "Records before" in links
    difference = client.get("/_sandbox/namespaces/default/snapshots/fixtures/diff").json
    kinds = [(kind, table, key) for tables in difference.values() for table in tables for kind in tables[table]
             for key in tables[table][kind]]  # fmt: skip
    assert len(seen) == len(set(seen)) == len(kinds) > ROWS
    assert f"{len(kinds)} records, " in page.text
