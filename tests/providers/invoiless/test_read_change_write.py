"""What a read answers, the matching write takes: payments sent back, balances paid by naming them."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import (
    PARTIAL_PAYMENT,
    UNTOUCHED,
    invoice,
    path_of,
    payments_of,
    standing,
)

CLOSED = {"Draft", "Canceled", "Refunded"}
ANSWERED_ONLY = ("id", "invoice", "createdAt", "updatedAt")


def test_every_balance_can_be_paid_by_naming_it(api: Client, state: InvoilessState) -> None:
    """However large, to the cent; afterwards nothing is owed."""
    payable = [
        found
        for found in state.invoices.records()
        if found.balance and found.status not in CLOSED and found.account == invoice(state, UNTOUCHED).account
    ]
    assert max(found.balance for found in payable) == Decimal("9999999999999.99")
    for found in payable:
        paid = api.post(payments_of(found.id), {"method": "Card", "amount": found.balance})
        assert (paid.status, paid.json["amount"]) == (201, found.balance)
        assert standing(state, found.id) == (0, "Paid")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_every_payment_can_be_sent_back(api: Client, state: InvoilessState, method: str) -> None:
    """As it was read: only the time of the last change is another."""
    account = invoice(state, UNTOUCHED).account
    for payment in list(state.payments.records()):
        paid = invoice(state, payment.invoice)
        if paid.account != account:
            continue
        read = api.get(path_of(payment.id)).json
        written = api.call(method, path_of(payment.id), json=read)
        if paid.status in CLOSED:
            assert (written.status, "[rule closed-invoice-takes-no-payment" in written.explain) == (400, True)
        else:
            assert (written.status, written.json) == (200, read | {"updatedAt": "2026-03-31T12:00:00.000Z"})


def test_a_payment_that_was_read_can_be_recorded_again(api: Client) -> None:
    """Another payment, with an id and times of its own."""
    before = api.post(
        payments_of(UNTOUCHED), {"method": "Card", "amount": 5, "notes": "y", "paidAt": "2024-01-15"}
    ).json
    again = api.post(payments_of(UNTOUCHED), before)
    assert again.status == 201
    assert again.json["id"] != before["id"]
    assert again.json == before | {"id": again.json["id"]}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("value", ["x", None, 7, {"a": []}])
def test_what_cannot_be_changed_is_passed_over(api: Client, method: str, value: Any) -> None:
    """Whatever its value."""
    before = api.get(path_of(PARTIAL_PAYMENT)).json
    sent = {"method": "Card", "notes": "y", "amount": before["amount"], "paidAt": before["paidAt"]}
    written = api.call(method, path_of(PARTIAL_PAYMENT), json=sent | dict.fromkeys(ANSWERED_ONLY, value))
    assert written.status == 200
    assert written.json == {**before, **sent, "updatedAt": "2026-03-31T12:00:00.000Z"}


@pytest.mark.parametrize(
    ("sent", "answered", "day"),
    [
        ("2024-01-15", "2024-01-15", "2024-01-15"),
        ("2024-01-15T10:00:00.000Z", "2024-01-15T10:00:00.000Z", "2024-01-15"),
        ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00.000Z", "2024-01-15"),
        ("2024-01-15T23:30:00.123456789-05:00", "2024-01-16T04:30:00.123Z", "2024-01-16"),
        ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z", "2024-02-29"),
        ("1000-01-01T00:00:00+14:00", "1000-01-01T00:00:00.000Z", "1000-01-01"),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.000Z", "9999-12-31"),
    ],
)
def test_a_day_or_a_moment_is_answered_in_the_form_given(
    api: Client, state: InvoilessState, sent: str, answered: str, day: str
) -> None:
    """In UTC; sent back it stays as it is, and a PATCH of another property keeps it."""
    made = api.post(payments_of(UNTOUCHED), {"method": "Card", "amount": Decimal(1), "paidAt": sent}).json
    path = path_of(made["id"])
    assert made["paidAt"] == answered
    payment = state.payments.get(made["id"])
    assert payment is not None
    assert str(payment.paid_at) == day
    assert api.put(path, made).json == made
    assert api.patch(path, {"notes": "n"}).json == {**made, "notes": "n"}
    assert api.get(path).json["paidAt"] == answered
    assert api.patch(path, {"paidAt": ""}).json["paidAt"] == "2026-03-31"


def test_an_empty_date_of_a_new_payment_is_today(api: Client) -> None:
    """As null is."""
    for nothing in ("", None):
        made = api.post(payments_of(UNTOUCHED), {"method": "Card", "amount": 1, "paidAt": nothing})
        assert (made.status, made.json["paidAt"]) == (201, "2026-03-31")
