"""What the imitated Invoiless remembers.

Fixtures and state dumps show the members under the vendor's wire names, in camel case. The shape of invoices, customers
and scopes is a house decision as far as it goes beyond what the vendor's other pages and clients of the service show.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from paysandbox.store.state import Record, State, table

Id = Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]
Moment = Annotated[dt.datetime, Meta(tz=True)]
Method = Literal["Cash", "Cheque", "Card", "BankTransfer", "Other"]
Status = Literal["Draft", "Pending", "Unpaid", "Canceled", "Partial", "Paid", "Refunded"]


class Account(Record, frozen=True, kw_only=True, rename="camel"):
    """Who uses the API, known by a key. Everything else belongs to one account.

    `currency` is what it bills in where an invoice does not say otherwise, an ISO 4217 code.
    """

    id: Id
    name: str
    api_key: str
    currency: str = "EUR"


class Scope(Record, frozen=True, kw_only=True, rename="camel"):
    """A part of an account; a call may confine itself to one."""

    id: Id
    account: Id
    name: str


class Customer(Record, frozen=True, kw_only=True, rename="camel"):
    """Who is billed, and the address to which notifications go, if there is one.

    `internal_id` is the client's own id of the customer, if it has told one.
    """

    id: Id
    account: Id
    name: str
    email: str | None = None
    internal_id: str | None = None


class Item(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, rename="camel"):
    """A line of an invoice: how much of what, and the price of one in decimal major units."""

    name: str
    description: str | None = None
    quantity: Decimal
    price: Decimal


class Invoice(Record, frozen=True, kw_only=True, rename="camel"):
    """What is owed, retainers included.

    `total` and `balance` (what is still owed) are decimal major units of `currency`, an ISO 4217 code. The statuses are
    those of the vendor's documentation. An invoice without a scope belongs to the account as a whole. `tax_included` is
    kept as it is told, as no taxes are imitated. `created_at` is UTC. `was_pending` says that it was Pending before its
    first payment, and will be again without any.
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
    created_at: Moment
    was_pending: bool = False


class Payment(Record, frozen=True, kw_only=True, rename="camel"):
    """Money received for an invoice. `amount` is in decimal major units of the invoice's currency, the moments are UTC.

    The members are those of the vendor page's Create Payment; the moments are in the style of this API's invoices.
    """

    id: Id
    invoice: Id
    amount: Decimal
    method: Method
    paid_at: dt.date
    notes: str | None = None
    created_at: Moment
    updated_at: Moment


class Message(Record, frozen=True, kw_only=True, rename="camel"):
    """A notification that the vendor would have mailed: to which address, of which invoice and amount, and when."""

    id: Id
    to: str
    invoice: Id
    amount: Decimal
    at: Moment


class InvoilessState(State):
    """All that the imitated Invoiless remembers."""

    accounts = table(Account, key="id", indexes={"api_key": "api_key"})
    scopes = table(Scope, key="id", refers={"account": "accounts"})
    customers = table(
        Customer, key="id", indexes={"internal_id": ("account", "internal_id")}, refers={"account": "accounts"}
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
    outbox = table(Message, key="id", refers={"invoice": "invoices"})
