"""PATCH /v1/payments/{id}: properties that are left out stay, an empty string or null clears."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    NOBODY,
    NOT_FOUND,
    PARTIAL,
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

BEFORE = {
    "id": PARTIAL_PAYMENT,
    "invoice": PARTIAL,
    "amount": 380,
    "method": "BankTransfer",
    "paidAt": "2023-10-27",
    "notes": "First instalment",
    "createdAt": "2023-10-27T13:55:35.502Z",
    "updatedAt": "2026-03-31T12:00:00.000Z",
}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({}, {}),
        ({"amount": 5}, {"amount": 5}),
        ({"method": "Cheque"}, {"method": "Cheque"}),
        ({"paidAt": "2024-02-29"}, {"paidAt": "2024-02-29"}),
        ({"notes": "Second thoughts"}, {"notes": "Second thoughts"}),
        ({"sendNotification": True}, {}),
        ({"notes": ""}, {"notes": None}),
        ({"notes": None}, {"notes": None}),
        ({"paidAt": ""}, {"paidAt": "2026-03-31"}),
        ({"paidAt": None}, {"paidAt": "2026-03-31"}),
        ({"amount": None}, {"amount": 2480}),
        ({"sendNotification": None}, {}),
        ({"amount": 1, "method": "Card"}, {"amount": 1, "method": "Card"}),
    ],
)
def test_only_what_is_named_changes(api: Client, change: dict[str, Any], after: dict[str, Any]) -> None:
    """A cleared property gets its default."""
    response = api.patch(path_of(PARTIAL_PAYMENT), change)
    assert (response.status, response.json) == (200, BEFORE | after)
    assert api.get(path_of(PARTIAL_PAYMENT)).content == response.content


@pytest.mark.parametrize(
    ("amount", "balance", "status"),
    [("1800", "0", "Paid"), ("1799.99", "0.01", "Partial"), ("0.07", "1799.93", "Partial")],
)
def test_the_invoice_follows_the_new_amount(
    api: Client, state: InvoilessState, amount: str, balance: str, status: str
) -> None:
    """Without its last payment 1,800.00 would be owed."""
    assert api.patch(path_of(THREE_LAST), {"amount": Decimal(amount)}).status == 200
    assert standing(state, THREE) == (Decimal(balance), status)


def test_what_changes_no_amount_leaves_the_invoice_alone(api: Client, state: InvoilessState) -> None:
    """Neither balance nor status."""
    before = invoice(state, THREE)
    api.patch(path_of(THREE_LAST), {"notes": "x", "method": "Other"})
    assert invoice(state, THREE) == before


def test_a_cent_too_much_is_refused(api: Client) -> None:
    """And the notes in the same call are not changed."""
    with nothing_changes(api, PROVIDER):
        response = api.patch(path_of(THREE_LAST), {"amount": Decimal("1800.01"), "notes": "x"})
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert response.content == b'{"message":"1800.01 is more than the 1800.00 owed on the invoice INV-2023-145."}'
    assert "[rule overpayment-is-refused, assumed" in response.explain


def test_a_payment_of_a_closed_invoice_cannot_be_changed(api: Client) -> None:
    """Not even its notes."""
    with nothing_changes(api, PROVIDER):
        response = api.patch(path_of(REFUNDED_PAYMENT), {"notes": "x"})
    assert (response.status, response.headers["x-sandbox-reason"]) == (400, "state")
    assert response.content == b'{"message":"The invoice INV-2023-140 is Refunded and takes no payment."}'
    assert "[rule closed-invoice-takes-no-payment, assumed" in response.explain


def test_a_notification_is_kept(api: Client, state: InvoilessState) -> None:
    """With the changed amount."""
    api.patch(path_of(THREE_LAST), {"sendNotification": True})
    assert [(message.to, message.amount) for message in state.outbox.records()] == [
        ("finance@harbourstreet.example", Decimal("250.50"))
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"method": None}, "/method"),
        ({"method": ""}, "/method"),
        ({"method": "cash"}, "did you mean 'Cash'?"),
        ({"amount": ""}, "/amount"),
        ({"amount": 0}, "must be positive"),
        ({"paidAt": "2023-02-29"}, "'2023-02-29' is not a valid date"),
        ({"paidAt": "yesterday"}, "for example '2024-01-15'"),
        ({"paidAt": " "}, "/paidAt"),
        ({"sendNotification": ""}, "/sendNotification"),
        ({"notes": "x" * 501}, "/notes"),
        ({"status": "Paid"}, "unknown property 'status'"),
    ],
)
def test_what_the_contract_does_not_allow_is_unacceptable(api: Client, body: dict[str, Any], says: str) -> None:
    """400 with the vendor's message; a required property cannot be cleared."""
    with nothing_changes(api, PROVIDER):
        response = api.patch(path_of(PARTIAL_PAYMENT), body)
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert says in response.explain


def test_a_merge_patch_s_media_type_is_unacceptable(api: Client) -> None:
    """The vendor's documentation says JSON, and does not mention RFC 7396."""
    response = api.patch(
        path_of(PARTIAL_PAYMENT), content=b"{}", headers={"content-type": "application/merge-patch+json"}
    )
    assert (response.status, response.content) == (400, UNACCEPTABLE)


def test_an_unknown_payment_is_not_found(api: Client) -> None:
    """404 because of the state."""
    response = api.patch(path_of(NOBODY), {"notes": "x"})
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
