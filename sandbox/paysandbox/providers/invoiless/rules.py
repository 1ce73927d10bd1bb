"""Arithmetic and decisions on invoices and their payments."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoiless.records import Invoice, Item, Method, Payment, Status

CLOSED: frozenset[Status] = frozenset({"Draft", "Canceled", "Refunded"})
DAYS_TO_PAY: Final = 30


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What a request wants a payment to be. An amount or day of None is the default: all that is owed, today."""

    amount: Decimal | None
    method: Method
    paid_at: dt.date | None
    notes: str | None
    notify: bool


class NewCustomer(Struct, frozen=True, kw_only=True, gc=False):
    """Who is billed, described in the place of an id. `internal_id` is the client's own id."""

    internal_id: str | None
    name: str
    email: str | None


class InvoiceTerms(Struct, frozen=True, kw_only=True, gc=False):
    """What a request wants an invoice to be. None is a default that depends on the account or the day."""

    customer: str | NewCustomer
    items: tuple[Item, ...]
    number: str | None
    date: dt.date | None
    due_date: dt.date | None
    currency: str | None
    status: Status
    is_retainer: bool
    lang: str
    terms: str | None
    notes: str | None
    tags: tuple[str, ...]
    tax_included: bool


def total(items: Iterable[Item]) -> Decimal:
    """What the items cost together, each rounded half up to cents. Source: house decision."""
    return sum((round_half_up(item.quantity * item.price) for item in items), round_half_up(ZERO))


def due(date: dt.date) -> dt.date:
    """When an invoice of this day is due if nobody says, as far as the calendar goes. Source: house decision."""
    return dt.date.fromordinal(min(date.toordinal() + DAYS_TO_PAY, dt.date.max.toordinal()))


def number(is_retainer: bool, year: int, place: int) -> str:  # noqa: FBT001 - what it is of
    """The number of the invoice that is in this place among those of a year. Source: house decision."""
    return f"{'RET' if is_retainer else 'INV'}-{year}-{place:03}"


def mentions(texts: Sequence[str], search: str) -> bool:
    """Whether one of the texts has what is searched for in it, whatever its case."""
    wanted = search.casefold()
    return any(wanted in text.casefold() for text in texts)


def is_closed(invoice: Invoice) -> bool:
    """Whether the invoice takes no payment and no change of one, whatever is owed. Source: house decision."""
    return invoice.status in CLOSED


def owed(invoice: Invoice, besides: Payment | None = None) -> Decimal:
    """What is still owed on the invoice; `besides` one of its payments, what would be owed without that."""
    return invoice.balance + (besides.amount if besides else ZERO)


def settled(invoice: Invoice, by: Decimal) -> Invoice:
    """The invoice after its payments have grown by an amount (negative: shrunk): balance and status follow.

    The status of a closed invoice says something else than what is paid, so it stays; one that was Pending before its
    first payment is so again without any. Source: house decision on the statuses that the vendor documents.
    """
    balance = invoice.balance - by
    if is_closed(invoice):
        return replace(invoice, balance=balance)
    pending = invoice.was_pending or invoice.status == "Pending"
    if balance == invoice.total:
        return replace(invoice, balance=balance, status="Pending" if pending else "Unpaid", was_pending=False)
    return replace(invoice, balance=balance, status="Partial" if balance else "Paid", was_pending=pending)


def page_count(records: int, limit: int) -> int:
    """How many pages of `limit` hold that many records; an empty list has one page."""
    return max(1, -(-records // limit))
