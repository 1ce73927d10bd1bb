"""Arithmetic and decisions on debts and payments: no Call, no Reply."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import fields, replace

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Contact, Customer, Debt, Payment


class Entry(NamedTuple):
    """A change of a debt's totals on a `date` (`YYYY-MM-DD`): money `paid`, or a credit or debit note.

    Amounts are decimal major units of the debt's currency.
    """

    date: str
    paid: Decimal = ZERO
    credit: Decimal = ZERO
    debit: Decimal = ZERO


def is_same_payment(payment: Payment, other: Payment) -> bool:
    """Whether two payments are equal apart from gid and order: amounts as numbers, lines in any order."""
    return _drop_lines(payment) == _drop_lines(other) and _sort_lines(payment) == _sort_lines(other)


def is_same_customer(held: Customer, sent: Customer) -> bool:
    """Whether a customer that is sent equals the one held, without the gids. Attributes count only if some are sent."""
    if not sent.attributes:
        held = replace(held, attributes={})
    return replace(held, gid=sent.gid) == sent


def are_same_contacts(held: Iterable[Contact], sent: Iterable[Contact]) -> bool:
    """Whether contacts that are sent equal those held, apart from their ids. Contacts count only if some are sent."""
    wanted = [replace(contact, id="", customer="") for contact in sent]
    return not wanted or wanted == [replace(contact, id="", customer="") for contact in held]


def find_payment_differences(held: Payment, sent: Payment) -> list[str]:
    """Find the properties, by their wire names, in which two payments differ that are not the same."""
    names = _find_differences(_drop_lines(held), _drop_lines(sent))
    return names if _sort_lines(held) == _sort_lines(sent) else [*names, "lines"]


def find_customer_differences(held: Customer, sent: Customer) -> list[str]:
    """Find the properties, by their wire names, in which a customer that is sent differs from the one held."""
    names = _find_differences(replace(held, gid=sent.gid), sent)
    return names if sent.attributes else [name for name in names if name != "attributes"]


def _find_differences(one: Struct, other: Struct) -> list[str]:
    return [each.encode_name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)]


def has_different_total(payment: Payment) -> bool:
    """Whether the payment's gross total differs from the sum of its lines."""
    return payment.gross_total is not None and payment.gross_total != sum((line.amount for line in payment.lines), ZERO)


def add_entry(debt: Debt, entry: Entry) -> Debt:
    """Add an entry to the debt's totals, and set the status that follows. A cancelled debt stays cancelled."""
    after = replace(
        debt,
        paid_total=debt.paid_total + entry.paid,
        credit_total=debt.credit_total + entry.credit,
        debit_total=debt.debit_total + entry.debit,
    )
    if debt.status == "CANCELLED":
        return after
    if not after.is_settled:
        # A suspended debt takes payments, and is suspended again when the one that settled it is taken back.
        return replace(after, status="SUSPENDED" if debt.suspended else "PENDING", paid_at=None)
    return replace(after, status="PAID", paid_at=debt.paid_at or f"{entry.date}T00:00:00Z")


def remove_entries(debt: Debt, removed: Iterable[Entry], remaining: Iterable[Entry]) -> Debt:
    """Return the debt as if the entries `removed` had never been added; `remaining` are all others, oldest first."""
    after = debt
    for entry in removed:
        after = add_entry(after, Entry(entry.date, -entry.paid, -entry.credit, -entry.debit))
    if after.status != "PAID":
        return after
    # When the debt was first settled depends on the order of the entries: add the remaining ones up again to find out.
    return replace(after, paid_at=_find_settlement(debt, remaining) or after.paid_at)


def is_within(date: str, first: str | None, last: str | None) -> bool:
    """Whether a date is from `first` to `last`, both included; None is an open end. All dates are `YYYY-MM-DD`."""
    return (first is None or first <= date) and (last is None or date <= last)


def _find_settlement(debt: Debt, entries: Iterable[Entry]) -> str | None:
    """Return since when these entries, oldest first, have settled the debt; None if they do not.

    As `add_entry` does, but without a debt for each entry, because there may be many.
    """
    owed = debt.gross_total if debt.told_paid_at is None else ZERO
    taken, paid_at = ZERO, debt.told_paid_at
    for entry in entries:
        owed += entry.debit
        taken += entry.paid + entry.credit
        begun = debt.told_paid_at is not None or taken > ZERO
        paid_at = (paid_at or f"{entry.date}T00:00:00Z") if begun and owed <= taken else None
    return paid_at


def _drop_lines(payment: Payment) -> Payment:
    return replace(payment, gid="", lines=(), registered=0)


def _sort_lines(payment: Payment) -> list[tuple[str, Decimal, str]]:
    return sorted((line.number, line.amount, line.reference_number or "") for line in payment.lines)
