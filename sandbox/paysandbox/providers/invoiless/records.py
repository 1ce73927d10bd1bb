"""Records of Invoiless, and the state that holds their tables.

Fixtures and state dumps show the fields under the vendor's wire names, in camel case. Sources: the vendor's pages and
public clients of the service; the other fields of invoices, customers and scopes are a house decision.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from paysandbox.store.state import Record, State, table

Id = Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]
Time = Annotated[dt.datetime, Meta(tz=True)]
Method = Literal["Cash", "Cheque", "Card", "BankTransfer", "Other"]
Status = Literal["Draft", "Pending", "Unpaid", "Canceled", "Partial", "Paid", "Refunded"]


class Account(Record, frozen=True, kw_only=True, rename="camel"):
    """An account, identified by its API key. Every other record belongs to one account.

    `currency` is the default currency of its invoices, an ISO 4217 code.
    """

    id: Id
    name: str
    api_key: str
    currency: str = "EUR"


class Scope(Record, frozen=True, kw_only=True, rename="camel"):
    """A part of an account. A call that names a scope sees only the records in it."""

    id: Id
    account: Id
    name: str


class Customer(Record, frozen=True, kw_only=True, rename="camel"):
    """A customer, and the email address for notifications, if it has one.

    `internal_id` is the id that the API's client gave the customer, if it gave one. `bill_to` and `ship_to` are
    the given properties of the addresses, under their wire names; `bill_to` does not repeat `name` and `email`. A
    customer without a scope belongs to the account as a whole. `created_at` is UTC; without it the id says when that
    was. A deleted customer is found by no call, but stays on its invoices.
    """

    id: Id
    account: Id
    name: str
    email: str | None = None
    internal_id: str | None = None
    bill_to: dict[str, str] = field(default_factory=dict)
    ship_to: dict[str, str] = field(default_factory=dict)
    scope: Id | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    currency: str | None = None
    lang: str | None = None
    date_format: str | None = None
    attach_pdf: bool = False
    notes: str | None = None
    tags: tuple[str, ...] = ()
    created_at: Time | None = None
    is_deleted: bool = False


class Item(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """A line of an invoice. `price` is the unit price in decimal major units of the invoice's currency.

    `kept` are properties that are answered as they were sent, and enter no sum.
    """

    id: Id
    name: str
    description: str | None = None
    quantity: Decimal
    price: Decimal
    kept: dict[str, Any] = field(default_factory=dict)


class Invoice(Record, frozen=True, kw_only=True, rename="camel"):
    """An invoice or a retainer invoice. Source of the statuses: the vendor's documentation.

    `total` and `balance` (what is still owed) are decimal major units of `currency`, an ISO 4217 code. An invoice
    without a scope belongs to the account as a whole. `adjustment` is what discount and extra charges add to the sum of
    the items; `tax` is all taxes, which that sum contains with `tax_included`. The objects are kept as they were sent.
    `created_at` is UTC. `was_pending` says that the status was Pending before the first payment; it is again once all
    payments are deleted. `status_given` says that Paid, Partial, Canceled or Refunded was requested, not reached by
    payments. `overdue_alert_sent` if `InvoiceOverdue` was published.
    """

    id: Id
    number: str
    account: Id
    scope: Id | None = None
    customer: Id
    status: Status
    is_retainer: bool
    currency: str
    items: tuple[Item, ...]
    total: Decimal
    balance: Decimal
    date: dt.date
    due_date: dt.date
    lang: str = "en"
    terms: str | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    tax_included: bool = False
    ship_to: bool = False
    slug: str | None = None
    header: str | None = None
    discount: dict[str, Any] | Decimal | None = None
    extra_charges: dict[str, Any] | None = None
    extra_fields: tuple[dict[str, Any], ...] = ()
    taxes: tuple[dict[str, Any], ...] = ()
    adjustment: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    created_at: Time
    was_pending: bool = False
    status_given: bool = False
    overdue_alert_sent: bool = False


class Payment(Record, frozen=True, kw_only=True, rename="camel"):
    """A payment of an invoice. `amount` is in decimal major units of the invoice's currency; times are UTC.

    `paid_time` is the time of day on `paid_at`, if the request named one: the two make the moment.

    Source: vendor page, Create Payment; the times have the form of this API's invoices.
    """

    id: Id
    invoice: Id
    amount: Decimal
    method: Method
    paid_at: dt.date
    notes: str | None = None
    created_at: Time
    updated_at: Time
    paid_time: Annotated[dt.time, Meta(tz=False)] | None = None


class Message(Record, frozen=True, kw_only=True, rename="camel"):
    """A message that the vendor would have mailed: a notification of a payment, or an invoice. It outlives its invoice.

    `amount` is what was paid, or what is owed on the invoice. `at` is when it goes out, in UTC.
    """

    id: Id
    to: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str | None = None
    body: str | None = None
    invoice: Id
    amount: Decimal
    at: Time


class InvoilessState(State):
    """The tables of Invoiless."""

    accounts = table(Account, key="id", indexes={"api_key": "api_key"})
    scopes = table(Scope, key="id", refers={"account": "accounts"})
    customers = table(
        Customer,
        key="id",
        indexes={
            "internal_id": ("account", "internal_id"),
            "account": ("account", "is_deleted"),
            "scope": ("account", "scope", "is_deleted"),
        },
        refers={"account": "accounts", "scope": "scopes"},
    )
    invoices = table(
        Invoice,
        key="id",
        indexes={
            "account": "account",
            "scope": ("account", "scope"),
            "number": ("account", "number"),
            "series": ("account", "is_retainer", "date.year"),
        },
        refers={"account": "accounts", "scope": "scopes", "customer": "customers"},
    )
    payments = table(Payment, key="id", indexes={"invoice": "invoice"}, refers={"invoice": "invoices"})
    outbox = table(Message, key="id")
