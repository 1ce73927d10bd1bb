"""What Invisible Collector decides about payments and debts: arithmetic on records."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Debt, Payment


class Entry(NamedTuple):
    """What counts on a debt from a `date` (`YYYY-MM-DD`) on: money `paid`, or a credit or debit note."""

    date: str
    paid: Decimal = ZERO
    credit: Decimal = ZERO
    debit: Decimal = ZERO


def same_payment(one: Payment, other: Payment) -> bool:
    """Whether two payments are the same but for their gid and order: amounts as numbers, lines in any order."""
    return _bare(one) == _bare(other) and _bag(one) == _bag(other)


def outstanding(debt: Debt) -> Decimal:
    """What is still owed, never below zero."""
    return max(owed(debt) - debt.paid_total - debt.credit_total, ZERO)


def owed(debt: Debt) -> Decimal:
    """What has to be paid or credited in all; of a debt that was told to be PAID only what debit notes add."""
    return debt.debit_total + (ZERO if debt.told_paid_at is not None else debt.gross_total)


def is_settled(debt: Debt) -> bool:
    """Whether nothing is owed any more. A debt of nothing is not settled before something is paid or credited."""
    begun = debt.told_paid_at is not None or debt.paid_total + debt.credit_total > ZERO
    return begun and not outstanding(debt)


def counted(debt: Debt, entry: Entry) -> Debt:
    """The debt with its totals raised by an entry, and the status of that. A cancelled debt stays cancelled."""
    after = replace(
        debt,
        paid_total=debt.paid_total + entry.paid,
        credit_total=debt.credit_total + entry.credit,
        debit_total=debt.debit_total + entry.debit,
    )
    if debt.status == "CANCELLED":
        return after
    if not is_settled(after):
        return replace(after, status="PENDING", paid_at=None)
    return replace(after, status="PAID", paid_at=debt.paid_at or f"{entry.date}T00:00:00Z")


def uncounted(debt: Debt, gone: Iterable[Entry], left: Iterable[Entry]) -> Debt:
    """The debt as it would be if the entries `gone` had never come; `left` are all its others, oldest first.

    It is as it was before them to the day on which it was paid, which only going through what is left can tell.
    """
    after = debt
    for entry in gone:
        after = counted(after, Entry(entry.date, -entry.paid, -entry.credit, -entry.debit))
    if after.status != "PAID":
        return after
    again = replace(debt, paid_total=ZERO, credit_total=ZERO, debit_total=ZERO, paid_at=debt.told_paid_at)
    for entry in left:
        again = counted(again, entry)
    return replace(after, paid_at=again.paid_at or after.paid_at)


def within(date: str, first: str | None, last: str | None) -> bool:
    """Whether a date (`YYYY-MM-DD`, as the others) lies in a range, which has both of its ends, or may lack them."""
    return (first is None or first <= date) and (last is None or date <= last)


def totals_differ(payment: Payment) -> bool:
    """Whether the payment's gross total is not the sum of its lines."""
    return payment.gross_total is not None and payment.gross_total != sum((line.amount for line in payment.lines), ZERO)


def _bare(payment: Payment) -> Payment:
    return replace(payment, gid="", lines=(), registered=0)


def _bag(payment: Payment) -> list[tuple[str, Decimal, str]]:
    return sorted((line.number, line.amount, line.reference_number or "") for line in payment.lines)
