"""What Invisible Collector decides about payments and debts: arithmetic on records."""

from decimal import Decimal

from msgspec.structs import replace

from sandbox.money import ZERO
from sandbox.providers.invisible_collector.records import Debt, Payment


def same_payment(one: Payment, other: Payment) -> bool:
    """Whether two payments are the same but for their gid: amounts as numbers, lines in any order."""
    return replace(one, gid="", lines=()) == replace(other, gid="", lines=()) and _bag(one) == _bag(other)


def outstanding(debt: Debt) -> Decimal:
    """What is still owed, never below zero."""
    return max(debt.gross_total + debt.debit_total - debt.paid_total - debt.credit_total, ZERO)


def counted(debt: Debt, date: str, *, paid: Decimal = ZERO, credit: Decimal = ZERO, debit: Decimal = ZERO) -> Debt:
    """The debt with its totals raised on `date` (`YYYY-MM-DD`), by money `paid` or by notes, and the status of that.

    A cancelled debt stays cancelled.
    """
    after = replace(
        debt,
        paid_total=debt.paid_total + paid,
        credit_total=debt.credit_total + credit,
        debit_total=debt.debit_total + debit,
    )
    if debt.status == "CANCELLED":
        return after
    if outstanding(after):
        return replace(after, status="PENDING", paid_at=None)
    return replace(after, status="PAID", paid_at=debt.paid_at or f"{date}T00:00:00Z")


def totals_differ(payment: Payment) -> bool:
    """Whether the payment's gross total is not the sum of its lines."""
    return payment.gross_total is not None and payment.gross_total != sum((line.amount for line in payment.lines), ZERO)


def _bag(payment: Payment) -> list[tuple[str, Decimal, str]]:
    return sorted((line.number, line.amount, line.reference_number or "") for line in payment.lines)
