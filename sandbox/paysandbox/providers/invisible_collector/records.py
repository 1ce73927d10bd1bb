"""What Invisible Collector remembers. Amounts are decimal major units; dates are `YYYY-MM-DD` text."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, field

from paysandbox.store.state import Record, State, table

Id = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Moment = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
DebtType = Literal["FT", "FS", "SD"]
DebtStatus = Literal["PENDING", "PAID", "CANCELLED"]
PaymentStatus = Literal["FINAL", "CANCELLED"]


class Company(Record, frozen=True, rename="camel"):
    """A customer of Invisible Collector. Everything below belongs to one."""

    id: Id
    name: str


class Token(Record, frozen=True, rename="camel"):
    """A bearer token; it belongs to one company."""

    token: str
    company: Id


class Customer(Record, frozen=True, rename="camel"):
    """Somebody who owes a company money."""

    gid: Id
    company: Id
    name: str
    external_id: str | None = None
    vat_number: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None


class Item(Record, frozen=True, rename="camel"):
    """A position of a debt, for people: nothing is calculated from it. `vat` is per cent, `price` that of one."""

    name: str
    description: str | None = None
    quantity: Decimal | None = None
    vat: Decimal | None = None
    price: Decimal | None = None


class Debt(Record, frozen=True, kw_only=True, rename="camel"):
    """Something owed. `paid_total` is money, `credit_total` and `debit_total` are notes; `paid_at` is RFC 3339 UTC.

    `told_paid_at` is when it was made as PAID, by somebody who says that nothing of its `gross_total` is owed any more.
    """

    id: Id
    company: Id
    number: str
    customer_id: Id
    type: DebtType
    status: DebtStatus
    date: Day
    due_date: Day
    net_total: Decimal | None = None
    tax: Decimal | None = None
    gross_total: Decimal
    currency: str | None = None
    items: tuple[Item, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    paid_total: Decimal = Decimal(0)
    debit_total: Decimal = Decimal(0)
    credit_total: Decimal = Decimal(0)
    paid_at: Moment | None = None
    told_paid_at: Moment | None = None


class Note(Record, frozen=True, rename="camel"):
    """A credit or debit note, issued for a `debt` or free (None) until a payment's line links it with one.

    `registered` orders it among notes and payments: the greater one came later; those of the fixtures have 0.
    """

    id: Id
    company: Id
    number: str
    debt: Id | None
    date: Day
    gross_total: Decimal
    description: str | None = None
    status: Literal["FINAL"] = "FINAL"
    registered: int = 0


class NoteLink(Record, frozen=True, rename="camel"):
    """What a payment's line with a reference number makes: `amount` of a note set against a debt."""

    id: Id
    payment: Id
    debt: Id
    amount: Decimal
    credit_note: Id | None = None
    debit_note: Id | None = None


class Line(Record, frozen=True, rename="camel"):
    """A line of a payment: `amount` deducted from the debt `number`, in money or by the note `reference_number`."""

    number: str
    amount: Decimal
    reference_number: str | None = None


class Payment(Record, frozen=True, kw_only=True, rename="camel"):
    """A registered payment. `gid` is Invisible Collector's own name for it, `registered` its order as of a note."""

    gid: Id
    company: Id
    number: str
    type: str
    date: Day
    currency: str | None = None
    lines: tuple[Line, ...]
    status: PaymentStatus = "FINAL"
    external_id: str | None = None
    net_total: Decimal | None = None
    tax: Decimal | None = None
    gross_total: Decimal | None = None
    registered: int = 0


class InvisibleCollectorState(State):
    """Companies, what is owed to them, and what was paid. Numbers are unique within a company."""

    companies = table(Company, key="id")
    tokens = table(Token, key="token", refers={"company": "companies"})
    customers = table(Customer, key="gid", refers={"company": "companies"})
    debts = table(
        Debt,
        key="id",
        indexes={"number": ("company", "number"), "company": "company"},
        refers={"company": "companies", "customer_id": "customers"},
    )
    credit_notes = table(
        Note,
        key="id",
        indexes={"number": ("company", "number"), "debt": "debt"},
        refers={"company": "companies", "debt": "debts"},
    )
    debit_notes = table(
        Note,
        key="id",
        indexes={"number": ("company", "number"), "debt": "debt"},
        refers={"company": "companies", "debt": "debts"},
    )
    payments = table(
        Payment,
        key="gid",
        indexes={"number": ("company", "number"), "external_id": ("company", "external_id"), "company": "company"},
        refers={"company": "companies"},
    )
    note_links = table(
        NoteLink,
        key="id",
        indexes={"payment": "payment"},
        refers={"payment": "payments", "debt": "debts", "credit_note": "credit_notes", "debit_note": "debit_notes"},
    )
