"""POST /payments: what is accepted, and what it does to the debts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.providers.invisible_collector.records import Debt, InvisibleCollectorState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import COMPANY

Body = Callable[..., dict[str, Any]]


def debt(state: InvisibleCollectorState, number: str) -> Debt:
    """A debt of the fixtures' first company."""
    found = state.debts.find("number", (COMPANY, number))
    assert found is not None
    return found


def test_a_new_payment_is_answered_with_what_was_given(api: Client, payment: Body) -> None:
    """201; the default status is filled in, members that were not given are left out."""
    response = api.post("/payments", payment())
    assert response.status == 201
    assert response.json == payment(status="FINAL")
    assert response.headers["content-type"] == "application/json"


def test_a_null_means_not_given(api: Client, payment: Body) -> None:
    """Optional members may be null, and are then left out of the answer."""
    nulls = payment(externalId=None, status=None, netTotal=None, tax=None, grossTotal=None)
    nulls["lines"] = [{"number": "FT 2016/101", "amount": 100, "referenceNumber": None}]
    assert api.post("/payments", nulls).json == payment(status="FINAL")


def test_money_raises_what_is_paid(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """A line without a reference deducts its amount from its debt."""
    before = debt(state, "FT 2016/101")
    api.post("/payments", payment())
    after = debt(state, "FT 2016/101")
    assert after.paid_total == before.paid_total + 100
    assert (after.status, after.paid_at) == ("PENDING", None)


@pytest.mark.parametrize(("short", "status"), [("0.01", "PENDING"), ("0", "PAID")])
def test_a_debt_is_paid_at_the_last_cent(
    api: Client, state: InvisibleCollectorState, payment: Body, short: str, status: str
) -> None:
    """One cent short it is pending; with that cent it is paid, on the payment's date."""
    owed = debt(state, "FT 2016/101")
    amount = owed.gross_total + owed.debit_total - owed.paid_total - owed.credit_total - Decimal(short)
    api.post("/payments", payment(lines=[{"number": "FT 2016/101", "amount": amount}]))
    after = debt(state, "FT 2016/101")
    assert after.status == status
    assert after.paid_at == ("2016-07-20T00:00:00Z" if status == "PAID" else None)


def test_several_lines_pay_several_debts_and_one_twice(
    api: Client, state: InvisibleCollectorState, payment: Body
) -> None:
    """Two debts on three lines, one of them on two."""
    lines = [
        {"number": "FT 2016/101", "amount": 1},
        {"number": "FT 2016/102", "amount": 2},
        {"number": "FT 2016/101", "amount": 4},
    ]
    before = debt(state, "FT 2016/101").paid_total, debt(state, "FT 2016/102").paid_total
    assert api.post("/payments", payment(lines=lines)).status == 201
    after = debt(state, "FT 2016/101").paid_total, debt(state, "FT 2016/102").paid_total
    assert after == (before[0] + 5, before[1] + 2)


@pytest.mark.parametrize(("note", "credit", "debit"), [("NC NC/001", 15, 0), ("ND ND/001", 0, 15)])
def test_a_line_with_a_reference_links_the_note_instead(
    api: Client, state: InvisibleCollectorState, payment: Body, note: str, credit: int, debit: int
) -> None:
    """No money is paid by that line; the link is visible and counts as credit or debit."""
    before = debt(state, "FT 2016/101")
    api.post("/payments", payment(lines=[{"number": "FT 2016/101", "referenceNumber": note, "amount": 15}]))
    after = debt(state, "FT 2016/101")
    assert after.paid_total == before.paid_total
    assert after.credit_total == before.credit_total + credit
    assert after.debit_total == before.debit_total + debit
    (link,) = state.note_links.records()
    assert (link.debt, link.amount) == (after.id, Decimal(15))


def test_a_note_that_was_issued_for_a_debt_is_not_counted_twice(
    api: Client, state: InvisibleCollectorState, payment: Body
) -> None:
    """Its debt's totals hold it already, so the link alone is new."""
    note = next(one for one in state.credit_notes.records() if one.company == COMPANY and one.debt is not None)
    owner = state.debts.get(note.debt)
    assert owner is not None
    lines = [{"number": owner.number, "referenceNumber": note.number, "amount": note.gross_total}]
    assert api.post("/payments", payment(lines=lines)).status == 201
    assert state.debts.get(note.debt) == owner
    assert [link.credit_note for link in state.note_links.records()] == [note.id]


def test_a_debit_note_opens_a_paid_debt_again(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """There is something outstanding, so it is pending and has no day of payment."""
    assert (debt(state, "FT 2016/001").status, debt(state, "FT 2016/001").paid_at) == ("PAID", "2016-02-10T00:00:00Z")
    api.post("/payments", payment(lines=[{"number": "FT 2016/001", "referenceNumber": "ND ND/001", "amount": 36.9}]))
    after = debt(state, "FT 2016/001")
    assert (after.status, after.paid_at) == ("PENDING", None)


def test_a_debt_that_is_paid_already_keeps_its_day(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """More money changes the total, not the day on which the debt was settled."""
    before = debt(state, "FT 2016/001")
    api.post("/payments", payment(lines=[{"number": "FT 2016/001", "amount": 1}]))
    after = debt(state, "FT 2016/001")
    assert after.paid_total == before.paid_total + 1
    assert (after.status, after.paid_at) == (before.status, before.paid_at)


def test_a_cancelled_debt_stays_cancelled(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """Its money counts, its status says something else than what is paid."""
    cancelled = next(one for one in state.debts.records() if one.company == COMPANY and one.status == "CANCELLED")
    lines = [{"number": cancelled.number, "amount": cancelled.gross_total}]
    assert api.post("/payments", payment(lines=lines)).status == 201
    after = debt(state, cancelled.number)
    assert (after.status, after.paid_at, after.paid_total) == ("CANCELLED", None, cancelled.gross_total)


def test_a_note_settles_a_debt_as_money_does(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """On the payment's date, once money and credit together reach what is owed."""
    owed = debt(state, "FT 2016/101")
    rest = owed.gross_total - owed.paid_total - 20
    lines = [
        {"number": "FT 2016/101", "amount": rest},
        {"number": "FT 2016/101", "referenceNumber": "NC NC/001", "amount": 20},
    ]
    api.post("/payments", payment(lines=lines))
    after = debt(state, "FT 2016/101")
    assert (after.status, after.paid_at) == ("PAID", "2016-07-20T00:00:00Z")


def test_a_cancelled_payment_changes_no_debt(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """It is kept and answered, and counts for nothing."""
    before = list(state.debts.records())
    lines = [
        {"number": "FT 2016/101", "amount": 1},
        {"number": "FT 2016/101", "referenceNumber": "NC NC/001", "amount": 1},
    ]
    response = api.post("/payments", payment(status="CANCELLED", lines=lines))
    assert (response.status, response.json["status"]) == (201, "CANCELLED")
    assert list(state.debts.records()) == before
    assert list(state.note_links.records()) == []


def test_more_than_is_owed_is_accepted(api: Client, state: InvisibleCollectorState, payment: Body) -> None:
    """No refusal is documented; the debt is paid."""
    assert api.post("/payments", payment(lines=[{"number": "FT 2016/101", "amount": 999999999.99}])).status == 201
    assert debt(state, "FT 2016/101").status == "PAID"


def test_totals_are_not_held_against_the_lines(api: Client, payment: Body) -> None:
    """A gross total that is not the sum of the lines is taken as given."""
    assert api.post("/payments", payment(grossTotal=7)).json["grossTotal"] == 7


def test_the_same_payment_again_gets_the_same_bytes_and_changes_nothing(api: Client, payment: Body) -> None:
    """201 first and 200 then, with one body."""
    first = api.post("/payments", payment(grossTotal=100))
    with nothing_changes(api, "invisible_collector"):
        again = api.post("/payments", payment(grossTotal=100))
    assert (first.status, again.status) == (201, 200)
    assert again.content == first.content


def test_the_same_payment_may_be_spelled_otherwise(api: Client, payment: Body) -> None:
    """Amounts are compared as numbers, lines in any order, nulls and defaults as if left out."""
    lines = [{"number": "FT 2016/101", "amount": Decimal("25.00")}, {"number": "FT 2016/102", "amount": 1}]
    api.post("/payments", payment(lines=lines))
    respelled = [
        {"number": "FT 2016/102", "amount": Decimal("1.0")},
        {"number": "FT 2016/101", "amount": 25, "referenceNumber": None},
    ]
    again = api.post("/payments", payment(lines=respelled, status="FINAL", externalId=None))
    assert again.status == 200


def test_a_doubled_slash_is_tolerated(api: Client, payment: Body) -> None:
    """A client library builds it from a base URL that ends with a slash."""
    assert api.post("//payments", payment()).status == 201


def test_two_companies_may_use_one_number(api: Client, payment: Body) -> None:
    """RG 2016/900 is a payment of the other company only."""
    assert api.post("/payments", payment(number="RG 2016/900")).status == 201
