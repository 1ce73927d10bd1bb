"""GET /v1/invoices."""

from urllib.parse import quote

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import (
    BAKERY,
    INVOICES,
    NEW,
    PARTIAL,
    RETAINER,
    SHOP,
    THREE,
    UNACCEPTABLE,
    WORKSHOP,
    invoice_path,
    payments_of,
)

WHOLE = {None, WORKSHOP, SHOP}


def listed(api: Client, query: str = "", **headers: str) -> tuple[list[str], int, int]:
    """Get a page: its ids, its number, and the number of pages."""
    found = api.get(
        INVOICES, query=query, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).json
    assert list(found) == ["docs", "page", "pages", "total", "limit"]
    return [invoice["id"] for invoice in found["docs"]], found["page"], found["pages"]


def of(state: InvoilessState, scopes: set[str | None]) -> list[str]:
    """The workshop's invoices in some scopes, oldest first."""
    bakery = state.invoices.get(BAKERY)
    assert bakery is not None
    return [
        invoice.id
        for invoice in state.invoices.records()
        if invoice.scope in scopes and invoice.account != bakery.account
    ]


def test_the_account_s_invoices_are_listed_in_their_order(api: Client, state: InvoilessState) -> None:
    """With retainers, without other accounts'; a new one comes last, whatever its date."""
    before = of(state, WHOLE)
    assert {PARTIAL, RETAINER} < set(before)
    assert listed(api, "limit=100") == (before, 1, 1)
    made = api.post(INVOICES, {**NEW, "date": "2020-01-01"}).json
    assert listed(api, "limit=100") == ([*before, made["id"]], 1, 1)
    assert listed(api, api_key="invoiless-other-key") == (["659805989b3e7d00418c30c7", BAKERY], 1, 1)


def test_each_is_shown_as_a_read_shows_it(api: Client) -> None:
    """With the amount owed now."""
    api.post(payments_of(THREE), {"method": "Card"})
    docs = api.get(INVOICES, query="limit=100").json["docs"]
    assert docs == [api.get(invoice_path(invoice["id"])).json for invoice in docs]
    assert [invoice["status"] for invoice in docs if invoice["id"] == THREE] == ["Paid"]


def test_pages_hold_50_unless_asked_otherwise(api: Client, state: InvoilessState) -> None:
    """A page after the last is empty, not an error."""
    made = [api.post(INVOICES, NEW).json["id"] for _ in range(7)]
    ids = of(state, WHOLE)
    assert 50 < len(ids) <= 60
    assert ids[-7:] == made
    assert listed(api) == (ids[:50], 1, 2)
    assert listed(api, "page=2") == (ids[50:], 2, 2)
    assert listed(api, "page=3") == ([], 3, 2)
    assert listed(api, "page=100000&limit=100") == ([], 100000, 1)
    assert listed(api, "limit=10&page=6") == (ids[50:60], 6, 6)


@pytest.mark.parametrize("scope", [WORKSHOP, SHOP])
def test_a_scope_lists_its_own(api: Client, state: InvoilessState, scope: str) -> None:
    """Invoices of the account as a whole are in no scope."""
    assert listed(api, "limit=100", scope_id=scope) == (of(state, {scope}), 1, 1)
    made = api.post(INVOICES, NEW, headers={"scope-id": scope}).json["id"]
    assert listed(api, "limit=100", scope_id=scope)[0][-1] == made
    assert listed(api, "limit=100")[0][-1] == made


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("INV-2023-145", ["INV-2023-145"]),
        ("inv-2023-14", [f"INV-2023-14{digit}" for digit in "23456789"] + ["INV-2023-140"]),
        ("quill", ["INV-2023-151", "INV-2023-161", "INV-2023-165", "INV-2023-177", "INV-2023-139"]),
        ("RET-", ["RET-2023-007", "RET-2023-008"]),
        ("De Molen", []),
        ("2024-0001", []),
        ("no such thing", []),
    ],
)
def test_a_search_finds_numbers_and_customers(api: Client, search: str, numbers: list[str]) -> None:
    """In any case, and in the own account only."""
    found = api.get(INVOICES, query=f"search={quote(search)}").json
    assert sorted(invoice["number"] for invoice in found["docs"]) == sorted(numbers)
    assert (found["page"], found["pages"]) == (1, 1)


def test_a_search_finds_tags(api: Client) -> None:
    """Any of them, also on a new invoice."""
    made = api.post(INVOICES, {**NEW, "tags": ["print", "Summer fair"]}).json["id"]
    assert listed(api, "search=summer%20FAIR") == ([made], 1, 1)


def test_retainers_can_be_listed_alone(api: Client, state: InvoilessState) -> None:
    """Or left out; the flag goes with a search, pages and a scope."""
    retainers = [invoice.id for invoice in state.invoices.records() if invoice.is_retainer]
    others = [invoice_id for invoice_id in of(state, WHOLE) if invoice_id not in retainers]
    assert len(retainers) == 2
    assert listed(api, "isRetainer=true") == (retainers, 1, 1)
    assert listed(api, "isRetainer=false&limit=10&page=2") == (others[10:20], 2, -(-len(others) // 10))
    assert listed(api, "isRetainer=true&search=2023-007") == ([RETAINER], 1, 1)
    assert listed(api, "isRetainer=false&search=RET-") == ([], 1, 1)
    assert listed(api, "isRetainer=true", scope_id=WORKSHOP)[0] == [
        key for key in retainers if key in of(state, {WORKSHOP})
    ]


def test_a_page_holds_at_most_a_hundred(api: Client, state: InvoilessState) -> None:
    """A higher limit is lowered, and the reply says so; the total counts the records of all pages."""
    made = 101 - len(of(state, WHOLE))
    for _ in range(made):
        api.post(INVOICES, NEW)
    for limit in (100, 101, 999999999999999):
        found = api.get(INVOICES, query=f"limit={limit}").json
        assert (len(found["docs"]), found["pages"], found["total"], found["limit"]) == (100, 2, 101, 100)
    assert listed(api, "page=999999999999999&limit=999999999999999") == ([], 999999999999999, 2)
    found = api.get(INVOICES, query="search=INV-2026&limit=10").json
    assert (found["total"], found["limit"], found["pages"]) == (made, 10, -(-made // 10))


def test_a_search_has_pages_and_keeps_to_its_scope(api: Client, state: InvoilessState) -> None:
    """Ten of all matches, and none of another scope."""
    ids = [
        invoice_id
        for invoice_id in of(state, WHOLE)
        if getattr(state.invoices.get(invoice_id), "number", "").startswith("INV-2023")
    ]
    pages = -(-len(ids) // 10)
    assert listed(api, "search=INV-2023&limit=10&page=2") == (ids[10:20], 2, pages)
    in_scope = [invoice_id for invoice_id in ids if invoice_id in of(state, {SHOP})]
    assert listed(api, "search=inv-2023&limit=100", scope_id=SHOP) == (in_scope, 1, 1)
    assert listed(api, "search=") == listed(api) == listed(api, "isRetainer=&page=&limit=")


@pytest.mark.parametrize(
    "query",
    [
        "limit=9",
        "limit=1000000000000000",
        "isRetainer=1",
        "isRetainer=True",
        "isretainer=true",
        "limit=ten",
        "limit=010",
        "page=0",
        "page=-1",
        "page=1.5",
        "page=1000000000000000",
        "page=1&page=1",
        f"search={'x' * 101}",
        "search=a&search=b",
    ],
)
def test_a_page_that_cannot_be_is_unacceptable(api: Client, query: str) -> None:
    """400; the explanation names the parameter."""
    response = api.get(INVOICES, query=query)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert f"?{query.split('=', maxsplit=1)[0]}" in response.explain
    assert "x-sandbox-reason" not in response.headers
