"""Arithmetic and decisions on invoices and their payments."""

import datetime as dt
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from sandbox.money import ZERO
from sandbox.providers.invoiless.records import Invoice, Method, Payment, Status

CLOSED: frozenset[Status] = frozenset({"Draft", "Canceled", "Refunded"})


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What a request wants a payment to be. An amount or day of None is the default: all that is owed, today."""

    amount: Decimal | None
    method: Method
    paid_at: dt.date | None
    notes: str | None
    notify: bool


def is_closed(invoice: Invoice) -> bool:
    """Whether the invoice takes no payment and no change of one, whatever is owed. Source: house decision."""
    return invoice.status in CLOSED


def owed(invoice: Invoice, besides: Payment | None = None) -> Decimal:
    """What is still owed on the invoice; `besides` one of its payments, what would be owed without that."""
    return invoice.balance + (besides.amount if besides else ZERO)


def settled(invoice: Invoice, by: Decimal) -> Invoice:
    """The invoice after its payments have grown by an amount (negative: shrunk): balance and status follow.

    The status of a closed invoice says something else than what is paid, so it stays. Source: house decision on the
    statuses that the vendor documents.
    """
    balance = invoice.balance - by
    status = invoice.status if is_closed(invoice) else _status(invoice.total, balance)
    return replace(invoice, balance=balance, status=status)


def _status(total: Decimal, balance: Decimal) -> Status:
    if balance == total:
        return "Unpaid"
    return "Partial" if balance else "Paid"


def page_count(records: int, limit: int) -> int:
    """How many pages of `limit` hold that many records; an empty list has one page."""
    return max(1, -(-records // limit))
