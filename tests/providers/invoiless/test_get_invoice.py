"""GET /v1/invoices/{id}, retainers included."""

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    BAKERY,
    CANCELED,
    DRAFT,
    NOBODY,
    NOT_FOUND,
    PAID,
    PENDING,
    PROVIDER,
    REFUNDED,
    RETAINER,
    THREE,
    THREE_LAST,
    UNTOUCHED,
    WORKSHOP,
    invoice_path,
    path_of,
)

CUSTOMER = "60815bf59b3e7d00418c2f31"


def test_an_invoice_is_shown_with_its_customer_and_what_is_owed(api: Client) -> None:
    """Amounts are plain numbers, dates the times at which they begin."""
    shown = api.get(invoice_path(THREE)).json
    items = shown.pop("items")
    assert [set(item) for item in items] == [{"id", "_id", "name", "description", "quantity", "price"}]
    assert items[0]["quantity"] * items[0]["price"] == 5400
    assert shown == {
        "id": THREE,
        "_id": THREE,
        "__v": 0,
        "kind": "Invoice",
        "url": f"https://invoiless.com/i/{THREE}",
        "number": "INV-2023-145",
        "status": "Partial",
        "isRetainer": False,
        "customer": {
            "id": CUSTOMER,
            "_id": CUSTOMER,
            "email": "finance@harbourstreet.example",
            "billTo": {"name": "Harbour Street Theatre", "shortName": "HS", "email": "finance@harbourstreet.example"},
        },
        "scope": WORKSHOP,
        "currency": "GBP",
        "subTotal": 5400,
        "netTotal": 5400,
        "tax": 0,
        "total": 5400,
        "balance": pytest.approx(1549.5),
        "date": "2023-10-09T00:00:00.000Z",
        "dueDate": "2024-01-07T00:00:00.000Z",
        "isOverdue": True,
        "overdueAlertSent": False,
        "lang": "en",
        "terms": None,
        "notes": None,
        "tags": [],
        "taxIncluded": False,
        "shipTo": False,
        "createdAt": "2023-10-09T09:03:05.980Z",
    }


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (DRAFT, "Draft"),
        (PENDING, "Pending"),
        (UNTOUCHED, "Unpaid"),
        (CANCELED, "Canceled"),
        (THREE, "Partial"),
        (PAID, "Paid"),
        (REFUNDED, "Refunded"),
    ],
)
def test_an_invoice_of_each_status_is_shown(api: Client, key: str, status: str) -> None:
    """All seven that the vendor documents."""
    assert api.get(invoice_path(key)).json["status"] == status


def test_a_retainer_is_an_invoice(api: Client) -> None:
    """It has the same path, and a flag."""
    shown = api.get(invoice_path(RETAINER)).json
    assert (shown["isRetainer"], shown["number"], shown["balance"]) == (True, "RET-2023-007", 3000)


def test_reading_changes_nothing(api: Client) -> None:
    """However often."""
    with nothing_changes(api, PROVIDER):
        assert len({api.get(invoice_path(THREE)).content for _ in range(3)}) == 1


def test_it_is_as_before_once_a_payment_is_changed_back(api: Client) -> None:
    """A payment leaves no other trace on its invoice."""
    before = api.get(invoice_path(THREE)).content
    payment = api.get(path_of(THREE_LAST)).json
    api.patch(path_of(THREE_LAST), {"amount": 1})
    assert api.get(invoice_path(THREE)).content != before
    api.patch(path_of(THREE_LAST), {"amount": payment["amount"]})
    assert api.get(invoice_path(THREE)).content == before


@pytest.mark.parametrize("key", [NOBODY, BAKERY, THREE_LAST], ids=["unknown", "another account's", "a payment's"])
def test_an_unknown_invoice_is_not_found(api: Client, key: str) -> None:
    """404 because of the state."""
    response = api.get(invoice_path(key))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith(f"{{id}}: this key has no invoice {key}")


@pytest.mark.parametrize("key", [THREE.upper(), f"0{THREE}", THREE[:-1], "1", "INV-2023-145", "%D9%A1"])
def test_an_impossible_id_is_not_found(api: Client, key: str) -> None:
    """404 for any state; the path takes the id, not the number."""
    response = api.get(invoice_path(key))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.breaks_invariants
def test_an_invoice_whose_customer_is_gone_can_still_be_read(api: Client, state: InvoilessState) -> None:
    """Only the control plane can delete a customer."""
    state.customers.delete(CUSTOMER)
    shown = api.get(invoice_path(THREE))
    assert shown.status == 200
    bill_to = {"name": None, "shortName": None, "email": None}
    assert shown.json["customer"] == {"id": CUSTOMER, "_id": CUSTOMER, "email": None, "billTo": bill_to}
    assert api.get("/v1/invoices", query="search=harbour").json["docs"] == []
