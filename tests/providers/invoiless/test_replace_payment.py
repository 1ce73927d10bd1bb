"""PUT /v1/payments/{id}: properties that are left out get their defaults."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    NOBODY,
    NOT_FOUND,
    PAID,
    PAID_PAYMENT,
    PARTIAL_PAYMENT,
    PROVIDER,
    REFUNDED_PAYMENT,
    THREE,
    THREE_LAST,
    UNACCEPTABLE,
    invoice,
    path_of,
    standing,
)


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"amount": None, "paidAt": None, "notes": None, "sendNotification": None},
        {"paidAt": "", "notes": ""},
    ],
    ids=["left out", "null", "empty"],
)
def test_what_is_not_given_goes_back_to_its_default(
    api: Client, state: InvoilessState, nothing: dict[str, Any]
) -> None:
    """Amount: all that is owed without this payment; date: today; notes: none."""
    response = api.put(path_of(PARTIAL_PAYMENT), {"method": "Cash", **nothing})
    assert response.status == 200
    assert response.content == (
        b'{"id":"653bc1579b3e7d00418c30ea","invoice":"651d68809b3e7d00418c2f77","amount":2480,'
        b'"method":"Cash","paidAt":"2026-03-31","notes":null,'
        b'"createdAt":"2023-10-27T13:55:35.502Z","updatedAt":"2026-03-31T12:00:00.000Z"}'
    )
    assert invoice(state, response.json["invoice"]).status == "Paid"
    assert api.get(path_of(PARTIAL_PAYMENT)).content == response.content


def test_the_same_put_again_changes_nothing_more(runtime: Runtime, api: Client) -> None:
    """Except for the time of the last change."""
    body = {"method": "Card", "amount": 5, "paidAt": "2024-01-15", "notes": "x"}
    first = api.put(path_of(THREE_LAST), body).json
    runtime.namespaces.get("default").clock.advance(1)
    again = api.put(path_of(THREE_LAST), body).json
    assert again == first | {"updatedAt": "2026-03-31T12:00:01.000Z"}


@pytest.mark.parametrize(
    ("amount", "balance", "status"),
    [
        ("1800", "0", "Paid"),
        ("1799.99", "0.01", "Partial"),
        ("0.01", "1799.99", "Partial"),
        ("250.50", "1549.50", "Partial"),
    ],
)
def test_the_invoice_follows_the_new_amount(
    api: Client, state: InvoilessState, amount: str, balance: str, status: str
) -> None:
    """Without its last payment 1,800.00 would be owed."""
    assert api.put(path_of(THREE_LAST), {"method": "Card", "amount": Decimal(amount)}).status == 200
    assert standing(state, THREE) == (Decimal(balance), status)


def test_a_paid_invoice_becomes_partial_again(api: Client, state: InvoilessState) -> None:
    """One cent less than all of it."""
    api.put(path_of(PAID_PAYMENT), {"method": "Card", "amount": Decimal("2599.99")})
    assert standing(state, PAID) == (Decimal("0.01"), "Partial")
    assert api.put(path_of(PAID_PAYMENT), {"method": "Card"}).json["amount"] == 2600
    assert invoice(state, PAID).status == "Paid"


def test_a_cent_too_much_is_refused(api: Client) -> None:
    """The replaced payment does not count."""
    with nothing_changes(api, PROVIDER):
        response = api.put(path_of(THREE_LAST), {"method": "Card", "amount": Decimal("1800.01")})
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert response.content == b'{"message":"1800.01 is more than the 1800.00 owed on the invoice INV-2023-145."}'
    assert "[rule overpayment-is-refused, assumed" in response.explain


def test_a_payment_of_a_closed_invoice_cannot_be_replaced(api: Client) -> None:
    """The invoice is Refunded."""
    with nothing_changes(api, PROVIDER):
        response = api.put(path_of(REFUNDED_PAYMENT), {"method": "Card", "amount": 1})
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert response.content == b'{"message":"The invoice INV-2023-140 is Refunded and takes no payment."}'


def test_a_notification_is_kept(api: Client, state: InvoilessState) -> None:
    """One for each call that requests it."""
    api.put(path_of(THREE_LAST), {"method": "Card", "amount": 7, "sendNotification": True})
    api.put(path_of(THREE_LAST), {"method": "Card", "amount": 8})
    assert [(message.invoice, message.amount) for message in state.outbox.records()] == [(THREE, Decimal(7))]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "missing property 'method'"),
        ({"amount": 1}, "missing property 'method'"),
        ({"method": None}, "/method"),
        ({"method": "card"}, "did you mean 'Card'?"),
        ({"method": "Card", "paidAt": "2024-02-30"}, "/paidAt"),
        ({"method": "Card", "paidAt": "2024-1-5"}, "for example '2024-01-15'"),
        ({"method": "Card", "amount": ""}, "/amount"),
        ({"method": "Card", "total": 1}, "unknown property 'total'"),
    ],
)
def test_what_the_contract_does_not_allow_is_unacceptable(api: Client, body: dict[str, Any], says: str) -> None:
    """400 with the vendor's message. The reply of a GET is not a valid request."""
    with nothing_changes(api, PROVIDER):
        response = api.put(path_of(PARTIAL_PAYMENT), body)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert says in response.explain


def test_an_unknown_payment_is_not_found_and_not_made(api: Client) -> None:
    """PUT does not create."""
    with nothing_changes(api, PROVIDER):
        response = api.put(path_of(NOBODY), {"method": "Card"})
    assert (response.status, response.content) == (404, NOT_FOUND)
