"""Arithmetic and decisions on invoices and their payments."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.providers.invoiless.records import Customer, Invoice, Item, Method, Payment, Status

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


class RequestedCustomer(Struct, frozen=True, kw_only=True, gc=False):
    """A customer as requested. `id` names one that the account has, `internal_id` is the id that the API's client gave.

    `bill_to` and `ship_to` are the given properties of the addresses; the first has neither name nor email.
    """

    id: str | None
    internal_id: str | None
    name: str
    email: str | None
    bill_to: dict[str, str]
    ship_to: dict[str, str]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    currency: str | None
    lang: str | None
    date_format: str | None
    attach_pdf: bool
    notes: str | None
    tags: tuple[str, ...]


class RequestedItem(Struct, frozen=True, kw_only=True, gc=False):
    """An item as requested, which gets its id when the invoice is created."""

    name: str
    description: str | None
    quantity: Decimal
    price: Decimal
    kept: dict[str, Any]


class RequestedInvoice(Struct, frozen=True, kw_only=True, gc=False):
    """An invoice as requested. Number, dates, status and currency default to values of the account and the day."""

    customer: str | RequestedCustomer
    items: tuple[RequestedItem, ...]
    number: str | None
    date: dt.date | None
    due_date: dt.date | None
    currency: str | None
    status: Status | None
    is_retainer: bool | None
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


class RequestedSending(Struct, frozen=True, kw_only=True, gc=False):
    """An e-mail with an invoice as requested; the address is the customer's by default, the time now.

    `date` and `time` are the day and the time of day in UTC; a request may name the day alone.
    """

    email: str | None
    subject: str | None
    body: str | None
    date: dt.date | None
    time: dt.time | None


def choose_time(requested: RequestedSending, now: dt.datetime) -> dt.datetime | None:
    """Return when a requested e-mail goes out; None if that has passed. A day alone is its beginning, today is now."""
    if requested.date is None or (requested.time is None and requested.date == now.date()):
        return now
    at = dt.datetime.combine(requested.date, requested.time or dt.time(), dt.UTC)
    return None if at < now else at


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


def choose_name(address: Mapping[str, str]) -> str:
    """Return the name of an address: the company's, or else the person's; empty if it has neither."""
    first, last = address.get("firstName", ""), address.get("lastName", "")
    return address.get("company") or (f"{first} {last}" if first and last else "")


def find_repeated_address(customer: RequestedCustomer) -> str | None:
    """Return an address that would get a customer's invoices twice; None if there is none."""
    seen: set[str] = set() if customer.email is None else {customer.email.lower()}
    for address in (*customer.cc, *customer.bcc):
        if address.lower() in seen:
            return address
        seen.add(address.lower())
    return None


def replace_customer(before: Customer, requested: RequestedCustomer) -> Customer:
    """Return the customer with all that is requested; its ids, account, scope and time stay."""
    return replace(
        before,
        name=requested.name,
        email=None if requested.email is None else requested.email.lower(),
        bill_to=requested.bill_to,
        ship_to=requested.ship_to,
        cc=requested.cc,
        bcc=requested.bcc,
        currency=requested.currency,
        lang=requested.lang,
        date_format=requested.date_format,
        attach_pdf=requested.attach_pdf,
        notes=requested.notes,
        tags=requested.tags,
    )


def update_billed_customer(before: Customer, requested: RequestedCustomer) -> Customer:
    """Return the customer with what an invoice says of it; what it does not say stays. Source: house decision."""
    return replace(
        before,
        name=requested.name,
        email=before.email if requested.email is None else requested.email.lower(),
        bill_to={**before.bill_to, **requested.bill_to},
        ship_to=requested.ship_to or before.ship_to,
    )


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


def restate(changed: Invoice, before: Invoice, paid: Decimal) -> Invoice:
    """Set balance and status of a changed invoice, of which something may be paid. Source: house decision.

    Without payments it has the status that was asked for. With payments they decide, unless it is Canceled or Refunded.
    """
    status = changed.status
    if not paid:
        # A status that stays is not asked for: what is owed as Canceled, after its payments were deleted, stays so.
        is_given = before.status_given if status == before.status else claims_payment(status)
        balance = compute_first_balance(status, changed.total) if is_given else changed.total
        return replace(changed, balance=balance, status_given=is_given, was_pending=False)
    balance = changed.total - paid
    if status not in {"Canceled", "Refunded"}:
        pending = status == "Pending" or (before.was_pending and status == before.status)
        status = "Partial" if balance else "Paid"
        return replace(changed, balance=balance, status=status, status_given=False, was_pending=pending)
    return replace(changed, balance=balance, status_given=False, was_pending=False)


def count_pages(records: int, limit: int) -> int:
    """Return the number of pages with `limit` records each; an empty list has one page."""
    return max(1, -(-records // limit))
