"""POST /v1/invoices/{id}/payments: accepted payments and their effects on the invoice."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import (
    LEAST,
    PENDING,
    RETAINER,
    THREE,
    UNTOUCHED,
    invoice,
    path_of,
    payment,
    payments_of,
    standing,
)


def test_a_payment_is_answered_as_it_is_kept(api: Client) -> None:
    """201; the id has 24 hexadecimal digits, the times are the sandbox's."""
    body = {"amount": Decimal("12.34"), "method": "Cheque", "paidAt": "2026-03-01", "notes": "No. 77"}
    response = api.post(payments_of(THREE), body)
    assert response.status == 201
    assert response.headers["content-type"] == "application/json"
    identity = response.json["id"]
    assert len(identity) == 24
    assert int(identity, 16)
    assert response.content.decode() == (
        f'{{"id":"{identity}","invoice":"{THREE}","amount":12.34,"method":"Cheque","paidAt":"2026-03-01",'
        '"notes":"No. 77","createdAt":"2026-03-31T12:00:00.000Z","updatedAt":"2026-03-31T12:00:00.000Z"}'
    )
    assert api.get(path_of(identity)).content == response.content


def test_ids_are_the_same_after_a_reset(runtime: Runtime, api: Client) -> None:
    """And unique."""
    first = [api.post(payments_of(THREE), {"method": "Card", "amount": 1}).json["id"] for _ in range(3)]
    runtime.namespaces.get("default").reset()
    again = [api.post(payments_of(THREE), {"method": "Card", "amount": 1}).json["id"] for _ in range(3)]
    assert first == again
    assert len(set(first)) == 3


@pytest.mark.parametrize("given", [{}, {"amount": None}], ids=["left out", "null"])
def test_without_an_amount_all_that_is_owed_is_paid(api: Client, state: InvoilessState, given: dict[str, Any]) -> None:
    """5,400.00 less the three earlier payments."""
    response = api.post(payments_of(THREE), {"method": "Card", **given})
    assert response.json["amount"] == Decimal("1549.50")
    assert standing(state, THREE) == (0, "Paid")


@pytest.mark.parametrize("given", [{}, {"paidAt": None}], ids=["left out", "null"])
def test_without_a_date_it_is_paid_today(runtime: Runtime, api: Client, given: dict[str, Any]) -> None:
    """The sandbox's clock decides, in UTC."""
    runtime.namespaces.get("default").clock.set(datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), frozen=True)
    body = {"method": "Card", "amount": 1, **given}
    response = api.post(payments_of(THREE), body)
    assert (response.json["paidAt"], response.json["createdAt"]) == ("2024-02-29", "2024-02-29T23:59:59.000Z")
    runtime.namespaces.get("default").clock.advance(1)
    assert api.post(payments_of(THREE), body).json["paidAt"] == "2024-03-01"


@pytest.mark.parametrize("given", [{}, {"notes": None}, {"notes": ""}], ids=["left out", "null", "empty"])
def test_without_notes_there_are_none(api: Client, given: dict[str, Any]) -> None:
    """They are null."""
    assert api.post(payments_of(THREE), {"method": "Card", "amount": 1, **given}).json["notes"] is None


def test_notes_of_500_characters_are_kept(api: Client) -> None:
    """Characters, not bytes."""
    notes = "é€😀ab" * 100
    assert api.post(payments_of(THREE), {"method": "Card", "amount": 1, "notes": notes}).json["notes"] == notes


@pytest.mark.parametrize("method", ["Cash", "Cheque", "Card", "BankTransfer", "Other"])
def test_each_method_is_accepted(api: Client, method: str) -> None:
    """The five of the vendor's page."""
    assert api.post(payments_of(THREE), {"method": method, "amount": 1}).json["method"] == method


@pytest.mark.parametrize("written", ["0.07", "19.99", "1e2", "1.10", "1549.5", "0.01", "8.00"])
def test_amounts_stay_exact(api: Client, state: InvoilessState, written: str) -> None:
    """From the wire to the balance."""
    before = invoice(state, THREE).balance
    content = f'{{"method":"Card","amount":{written}}}'.encode()
    response = api.call("POST", payments_of(THREE), content=content, headers={"content-type": "application/json"})
    assert Decimal(response.json["amount"]) == Decimal(written)
    assert invoice(state, THREE).balance == before - Decimal(written)


def test_the_status_follows_to_the_last_cent(api: Client, state: InvoilessState) -> None:
    """Unpaid, Partial while a cent is owed, Paid without it."""
    assert invoice(state, UNTOUCHED).status == "Unpaid"
    for _ in range(2):
        api.post(payments_of(UNTOUCHED), {"method": "BankTransfer", "amount": Decimal("819.99")})
        assert invoice(state, UNTOUCHED).status == "Partial"
    api.post(payments_of(UNTOUCHED), {"method": "Cash", "amount": Decimal("0.01")})
    assert standing(state, UNTOUCHED) == (Decimal("0.01"), "Partial")
    api.post(payments_of(UNTOUCHED), {"method": "Cash", "amount": Decimal("0.01")})
    assert standing(state, UNTOUCHED) == (0, "Paid")


def test_one_cent_pays_an_invoice_of_one_cent(api: Client, state: InvoilessState) -> None:
    """It is never Partial."""
    assert api.post(payments_of(LEAST), {"method": "Cash", "amount": Decimal("0.01")}).status == 201
    assert invoice(state, LEAST).status == "Paid"


def test_a_pending_invoice_takes_payments(api: Client, state: InvoilessState) -> None:
    """Only Draft, Canceled and Refunded invoices do not."""
    assert api.post(payments_of(PENDING), {"method": "Cash", "amount": 60}).status == 201
    assert standing(state, PENDING) == (800, "Partial")


def test_a_retainer_takes_payments_on_the_same_path(api: Client, state: InvoilessState) -> None:
    """The page says so: "Record and manage payments for invoices and retainer invoices."."""
    response = api.post(payments_of(RETAINER), {"method": "BankTransfer"})
    assert (response.status, response.json["amount"]) == (201, 3000)
    assert invoice(state, RETAINER).status == "Paid"
    assert [payment["id"] for payment in api.get(payments_of(RETAINER)).json["docs"]] == [response.json["id"]]


def test_a_notification_is_kept_and_not_sent(api: Client, state: InvoilessState) -> None:
    """One message to the invoice's customer, with invoice, amount and time."""
    made = api.post(payments_of(THREE), {"method": "Card", "sendNotification": True}).json
    (message,) = state.outbox.records()
    assert (message.to, message.invoice) == ("finance@harbourstreet.example", THREE)
    assert message.amount == Decimal("1549.50")
    assert message.at == payment(state, made["id"]).created_at


@pytest.mark.parametrize("given", [{}, {"sendNotification": False}, {"sendNotification": None}])
def test_a_notification_is_sent_on_request_only(api: Client, state: InvoilessState, given: dict[str, Any]) -> None:
    """The default is false."""
    assert api.post(payments_of(THREE), {"method": "Card", "amount": 1, **given}).status == 201
    assert list(state.outbox.records()) == []
