"""Arithmetic and decisions on invoices and their payments."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoiless.records import Invoice, Item, Method, Payment, Status

CLOSED: frozenset[Status] = frozenset({"Draft", "Canceled", "Refunded"})
# Nothing is owed on an invoice that is created with one of these statuses, though nothing was paid.
SETTLED: frozenset[Status] = frozenset({"Paid", "Canceled", "Refunded"})
DAYS_TO_PAY: Final = 30
MOST_PER_PAGE: Final = 100
LARGEST_TOTAL: Final = Decimal("9999999999999.99")  # the contract's largest amount of a payment


class RequestedPayment(Struct, frozen=True, kw_only=True, gc=False):
    """A payment as requested. The amount defaults to all that is owed, the date to today.

    `paid_at` and `paid_time` are the day and the time of day in UTC; a request may name the day alone.
    """

    amount: Decimal | None
    method: Method
    paid_at: dt.date | None
    paid_time: dt.time | None
    notes: str | None
    notify: bool


class NewCustomer(Struct, frozen=True, kw_only=True, gc=False):
    """A customer described in the place of an id. `internal_id` is the id that the API's client gave."""

    internal_id: str | None
    name: str
    email: str | None
    bill_to: dict[str, str]
    ship_to: dict[str, str]


class RequestedItem(Struct, frozen=True, kw_only=True, gc=False):
    """An item as requested, which gets its id when the invoice is created."""

    name: str
    description: str | None
    quantity: Decimal
    price: Decimal
    kept: dict[str, Any]


class RequestedInvoice(Struct, frozen=True, kw_only=True, gc=False):
    """An invoice as requested. Number, dates, status and currency default to values of the account and the day."""

    customer: str | NewCustomer
    items: tuple[RequestedItem, ...]
    number: str | None
    date: dt.date | None
    due_date: dt.date | None
    currency: str | None
    status: Status | None
    is_retainer: bool
    lang: str
    terms: str | None
    notes: str | None
    tags: tuple[str, ...]
    tax_included: bool
    ship_to: bool
    slug: str | None
    header: str | None
    discount: dict[str, Any] | Decimal | None
    extra_charges: dict[str, Any] | None
    extra_fields: tuple[dict[str, Any], ...]
    taxes: tuple[dict[str, Any], ...]


def add_up_items(items: Iterable[Item | RequestedItem]) -> Decimal:
    """Add up the items, each rounded half up to cents. Source: house decision."""
    return sum((round_half_up(item.quantity * item.price) for item in items), round_half_up(ZERO))


def default_due_date(date: dt.date) -> dt.date:
    """Return the date 30 days later, or the last date there is. Source: house decision."""
    return dt.date.fromordinal(min(date.toordinal() + DAYS_TO_PAY, dt.date.max.toordinal()))


def format_number(is_retainer: bool, year: int, count: int) -> str:  # noqa: FBT001 - a field of the invoice
    """Format the number of the `count`-th invoice or retainer invoice of a year. Source: house decision."""
    return f"{'RET' if is_retainer else 'INV'}-{year}-{count:03}"


def contain_text(texts: Sequence[str], search: str) -> bool:
    """Whether one of the texts contains the search text, ignoring case."""
    wanted = search.casefold()
    return any(wanted in text.casefold() for text in texts)


def claims_payment(status: Status) -> bool:
    """Whether a status speaks of payments or of their end, which a new invoice does not have."""
    return status in SETTLED or status == "Partial"


def compute_first_balance(status: Status, total: Decimal) -> Decimal:
    """Return what is owed on a new invoice with this status. Source: house decision."""
    return round_half_up(ZERO) if status in SETTLED else total


def is_closed(invoice: Invoice) -> bool:
    """Whether the invoice takes no payment and no change of a payment. Source: house decision."""
    return invoice.status in CLOSED


def is_overdue(invoice: Invoice, today: dt.date) -> bool:
    """Whether something is owed on the invoice after its due date. Source: house decision."""
    return invoice.due_date < today and bool(invoice.balance) and not is_closed(invoice)


def compute_owed(invoice: Invoice, replacing: Payment | None = None) -> Decimal:
    """Return what is owed on the invoice, not counting the payment that is to be replaced."""
    return invoice.balance + (replacing.amount if replacing else ZERO)


def change_paid(invoice: Invoice, change: Decimal) -> Invoice:
    """Change the amount paid (a negative change takes back a payment), and the balance and status with it.

    A closed invoice keeps its status; the status of any other follows its payments from now on. An invoice that was
    Pending before its first payment is Pending again without payments. Source: house decision on the statuses that
    the vendor documents.
    """
    balance = invoice.balance - change
    if is_closed(invoice):
        return replace(invoice, balance=balance)
    pending = invoice.was_pending or invoice.status == "Pending"
    if balance == invoice.total:
        status: Status = "Pending" if pending else "Unpaid"
        return replace(invoice, balance=balance, status=status, was_pending=False, status_given=False)
    status = "Partial" if balance else "Paid"
    return replace(invoice, balance=balance, status=status, was_pending=pending, status_given=False)


def count_pages(records: int, limit: int) -> int:
    """Return the number of pages with `limit` records each; an empty list has one page."""
    return max(1, -(-records // limit))
