"""The fixtures add up, and hold the records that tests need."""

from collections import Counter
from decimal import Decimal

import pytest

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState
from tests.helpers.runtimes import Client
from tests.providers.invisible_collector.known import COMPANY


def paid(state: InvisibleCollectorState, debt: Debt) -> Decimal:
    """The money of all final payments for a debt."""
    lines = [
        line
        for payment in state.payments.records()
        if payment.status == "FINAL" and payment.company == debt.company
        for line in payment.lines
    ]
    return sum((line.amount for line in lines if line.number == debt.number and not line.reference_number), ZERO)


def test_the_totals_of_every_debt_add_up(state: InvisibleCollectorState) -> None:
    """Gross is net and tax; paid is the payments' lines; credit and debit are the notes issued for the debt."""
    for debt in state.debts.records():
        credit = sum((note.gross_total for note in state.credit_notes.records() if note.debt == debt.id), ZERO)
        debit = sum((note.gross_total for note in state.debit_notes.records() if note.debt == debt.id), ZERO)
        assert debt.net_total is not None, debt.number
        assert debt.tax is not None, debt.number
        assert debt.gross_total == debt.net_total + debt.tax, debt.number
        assert (debt.paid_total, debt.credit_total, debt.debit_total) == (paid(state, debt), credit, debit), debt.number


def test_every_status_agrees_with_the_totals(state: InvisibleCollectorState) -> None:
    """A debt is paid, on some day, when and only when nothing is outstanding on it."""
    for debt in state.debts.records():
        if debt.status != "CANCELLED":
            assert (debt.status == "PAID") == (not debt.outstanding), debt.number
        assert (debt.paid_at is not None) == (debt.status == "PAID"), debt.number


def test_nothing_refers_to_another_company(state: InvisibleCollectorState) -> None:
    """Customers and debts are of the document's own company; numbers are unique in it."""
    for debt in state.debts.records():
        customer = state.customers.get(debt.customer_id)
        assert customer is not None
        assert customer.company == debt.company
    notes = [*state.credit_notes.records(), *state.debit_notes.records()]
    for note in notes:
        owner = state.debts.get(note.debt)
        assert note.debt is None or (owner is not None and owner.company == note.company)
    for documents in (state.debts.records(), notes, state.payments.records()):
        assert set(Counter((one.company, one.number) for one in documents).values()) == {1}


def test_there_are_debts_of_every_kind(state: InvisibleCollectorState) -> None:
    """In many currencies and every state, of a cent and of 750 million; and free notes."""
    debts = [debt for debt in state.debts.records() if debt.company == COMPANY]
    assert len({debt.currency for debt in debts}) >= 5
    assert {debt.status for debt in debts} == {"PENDING", "PAID", "CANCELLED", "SUSPENDED"}
    owed = {debt.outstanding for debt in debts} - {ZERO}
    assert (min(owed), max(owed)) == (Decimal("0.01"), Decimal(750_000_000))
    assert any(note.debt is None and note.number == "NC NC/001" for note in state.credit_notes.records())
    assert any(note.debt is None for note in state.debit_notes.records())


@pytest.mark.parametrize("number", ["RG 2016/001", "RG 2016/002", "RG 2016/011"])
def test_a_payment_of_the_fixtures_can_be_repeated(api: Client, state: InvisibleCollectorState, number: str) -> None:
    """What the fixtures hold is what the API would have answered, so sending it again changes nothing."""
    held = state.payments.find("number", (COMPANY, number))
    assert held is not None
    lines = [{"number": line.number, "amount": line.amount} for line in held.lines]
    body = {"number": held.number, "externalId": held.external_id, "status": held.status, "type": held.type}
    totals = {"netTotal": held.net_total, "tax": held.tax, "grossTotal": held.gross_total}
    assert (
        api.post("/payments", {**body, **totals, "date": held.date, "currency": held.currency, "lines": lines}).status
        == 200
    )
