"""What Invisible Collector remembers. Amounts are decimal major units; dates are `YYYY-MM-DD` text."""

from decimal import Decimal

from sandbox.state import Record, State, table


class Company(Record, frozen=True, rename="camel"):
    """A customer of Invisible Collector. Everything below belongs to one."""

    id: str
    name: str


class Token(Record, frozen=True, rename="camel"):
    """A bearer token; it belongs to one company."""

    token: str
    company: str


class Customer(Record, frozen=True, rename="camel"):
    """Somebody who owes a company money."""

    gid: str
    company: str
    name: str
    external_id: str | None = None
    vat_number: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None


class Debt(Record, frozen=True, rename="camel"):
    """Something owed. `paid_total` is money, `credit_total` and `debit_total` are notes; `paid_at` is RFC 3339 UTC."""

    id: str
    company: str
    number: str
    customer_id: str
    type: str
    status: str
    date: str
    due_date: str
    net_total: Decimal
    tax: Decimal
    gross_total: Decimal
    currency: str
    paid_total: Decimal = Decimal(0)
    debit_total: Decimal = Decimal(0)
    credit_total: Decimal = Decimal(0)
    paid_at: str | None = None


class Note(Record, frozen=True, rename="camel"):
    """A credit or debit note, issued for a `debt` or free (None) until a payment's line links it with one."""

    id: str
    company: str
    number: str
    debt: str | None
    date: str
    gross_total: Decimal
    description: str | None = None
    status: str = "FINAL"


class NoteLink(Record, frozen=True, rename="camel"):
    """What a payment's line with a reference number makes: `amount` of a note set against a debt."""

    id: str
    payment: str
    debt: str
    amount: Decimal
    credit_note: str | None = None
    debit_note: str | None = None


class Line(Record, frozen=True, rename="camel"):
    """A line of a payment: `amount` deducted from the debt `number`, in money or by the note `reference_number`."""

    number: str
    amount: Decimal
    reference_number: str | None = None


class Payment(Record, frozen=True, rename="camel"):
    """A registered payment. `gid` is Invisible Collector's own name for it."""

    gid: str
    company: str
    number: str
    type: str
    date: str
    currency: str
    lines: tuple[Line, ...]
    status: str = "FINAL"
    external_id: str | None = None
    net_total: Decimal | None = None
    tax: Decimal | None = None
    gross_total: Decimal | None = None


class InvisibleCollectorState(State):
    """Companies, what is owed to them, and what was paid. Numbers are unique within a company."""

    companies = table(Company, key="id")
    tokens = table(Token, key="token", refers={"company": "companies"})
    customers = table(Customer, key="gid", refers={"company": "companies"})
    debts = table(
        Debt,
        key="id",
        indexes={"number": ("company", "number")},
        refers={"company": "companies", "customer_id": "customers"},
    )
    credit_notes = table(
        Note, key="id", indexes={"number": ("company", "number")}, refers={"company": "companies", "debt": "debts"}
    )
    debit_notes = table(
        Note, key="id", indexes={"number": ("company", "number")}, refers={"company": "companies", "debt": "debts"}
    )
    payments = table(Payment, key="gid", indexes={"number": ("company", "number")}, refers={"company": "companies"})
    note_links = table(
        NoteLink,
        key="id",
        indexes={"payment": "payment"},
        refers={"payment": "payments", "debt": "debts", "credit_note": "credit_notes", "debit_note": "debit_notes"},
    )
