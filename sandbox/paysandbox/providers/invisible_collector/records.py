"""Records of Invisible Collector, and the state that holds their tables.

Fixtures and state dumps show the fields under the vendor's wire names, in camel case. Amounts are decimal major units,
dates are strings `YYYY-MM-DD`, times are RFC 3339 UTC.
"""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, field

from paysandbox.core.money import ZERO
from paysandbox.store.sealing import computed
from paysandbox.store.state import Record, State, table

Id = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Time = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
DebtType = Literal["FT", "FS", "SD"]
DebtStatus = Literal["PENDING", "PAID", "CANCELLED", "SUSPENDED"]
PaymentStatus = Literal["FINAL", "CANCELLED"]


class Company(Record, frozen=True, rename="camel"):
    """A company that uses Invisible Collector. Every other record belongs to one company."""

    id: Id
    name: str
    vat_number: str
    address: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country: Country | None = None
    notifications_enabled: bool = True


class Token(Record, frozen=True, rename="camel"):
    """The bearer token of a company."""

    token: str
    company: Id


class Customer(Record, frozen=True, rename="camel"):
    """A customer of a company, who owes it money."""

    gid: Id
    company: Id
    name: str
    vat_number: str
    country: Country
    external_id: str | None = None
    address: str | None = None
    zip_code: str | None = None
    city: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    locale: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


class Contact(Record, frozen=True, rename="camel"):
    """A person of a customer's, known by `name` and deleted by `id`."""

    id: Id
    customer: Id
    name: str
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None


class Group(Record, frozen=True, rename="camel"):
    """A group of customers."""

    id: Id
    company: Id
    name: str


class GroupMember(Record, frozen=True, rename="camel"):
    """A customer in a group."""

    id: Id
    group: Id
    customer: Id


class Item(Record, frozen=True, rename="camel"):
    """An item of a debt, for display only. `vat` is in per cent, `price` is the unit price."""

    name: str
    description: str | None = None
    quantity: Decimal | None = None
    vat: Decimal | None = None
    price: Decimal | None = None
    net_price: Decimal | None = None
    taxes: Decimal | None = None


class Debt(Record, frozen=True, kw_only=True, rename="camel"):
    """A debt of a customer: `paid_total` sums up payments, `credit_total` and `debit_total` sum up notes.

    `told_paid_at` is the time at which the debt was created with the status PAID; None if it was not. Nothing of the
    `gross_total` of such a debt is owed. A `suspended` debt is SUSPENDED unless it is PAID or CANCELLED.
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
    paid_at: Time | None = None
    told_paid_at: Time | None = None
    external_id: str | None = None
    expires_at: Day | None = None
    suspended: bool = False

    @property
    def owed(self) -> Decimal:
        """The amount to be paid or credited in all."""
        return self.debit_total + (ZERO if self.told_paid_at is not None else self.gross_total)

    @property
    def outstanding(self) -> Decimal:
        """The amount still owed, never below zero."""
        return max(self.owed - self.paid_total - self.credit_total, ZERO)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more. A debt of 0 is settled only after a payment or a credit note."""
        begun = self.told_paid_at is not None or self.paid_total + self.credit_total > ZERO
        return begun and not self.outstanding


class Note(Record, frozen=True, rename="camel"):
    """A credit or debit note. It counts in the totals of the debt that it was `issued_for`, if any, from the start.

    `debt` is the debt that it is linked with: that of the latest line that references it, else the one of its issue.
    `registered` orders notes and payments: a greater number was registered later; those of the fixtures have 0.
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
    issued_for: Id | None = None


class NoteLink(Record, frozen=True, rename="camel"):
    """The `amount` of a note that a payment's line sets against a debt by its reference number."""

    id: Id
    payment: Id
    debt: Id
    amount: Decimal
    credit_note: Id | None = None
    debit_note: Id | None = None


class Line(Record, frozen=True, rename="camel"):
    """A line of a payment: it lowers the debt `number` by `amount`, in money or by the note `reference_number`."""

    number: str
    amount: Decimal
    reference_number: str | None = None


class Payment(Record, frozen=True, kw_only=True, rename="camel"):
    """A payment. `gid` is the id that Invisible Collector gave it; `registered` orders it like a note."""

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

    @computed("company", "lines.number")
    def debt_numbers(self) -> tuple[tuple[str, str], ...]:
        """The company and the number of the debt of each line."""
        return tuple([(self.company, line.number) for line in self.lines])


class InvisibleCollectorState(State):
    """The tables of Invisible Collector. Numbers are unique within a company."""

    companies = table(Company, key="id")
    tokens = table(Token, key="token", refers={"company": "companies"})
    customers = table(
        Customer,
        key="gid",
        indexes={
            "external_id": ("company", "external_id"),
            "vat_number": ("company", "vat_number"),
            "company": "company",
        },
        refers={"company": "companies"},
    )
    contacts = table(Contact, key="id", indexes={"customer": "customer"}, refers={"customer": "customers"})
    groups = table(
        Group,
        key="id",
        indexes={"name": ("company", "name"), "company": "company"},
        refers={"company": "companies"},
    )
    group_members = table(
        GroupMember,
        key="id",
        indexes={"member": ("group", "customer")},
        refers={"group": "groups", "customer": "customers"},
    )
    debts = table(
        Debt,
        key="id",
        indexes={"number": ("company", "number"), "company": "company", "customer": "customer_id"},
        refers={"company": "companies", "customer_id": "customers"},
    )
    credit_notes = table(
        Note,
        key="id",
        indexes={"number": ("company", "number"), "issued_for": "issued_for"},
        refers={"company": "companies", "debt": "debts", "issued_for": "debts"},
    )
    debit_notes = table(
        Note,
        key="id",
        indexes={"number": ("company", "number"), "issued_for": "issued_for"},
        refers={"company": "companies", "debt": "debts", "issued_for": "debts"},
    )
    payments = table(
        Payment,
        key="gid",
        indexes={"number": ("company", "number"), "external_id": ("company", "external_id")},
        multikeys={"debt_number": "debt_numbers"},
        refers={"company": "companies"},
    )
    note_links = table(
        NoteLink,
        key="id",
        indexes={"payment": "payment", "credit_note": "credit_note", "debit_note": "debit_note"},
        refers={"payment": "payments", "debt": "debts", "credit_note": "credit_notes", "debit_note": "debit_notes"},
    )

    def find_note(self, company: str, number: str) -> tuple[Note | None, Note | None]:
        """Find the credit or the debit note with this number. The other is None: the two share their numbers."""
        credit = self.credit_notes.find("number", (company, number))
        return credit, None if credit is not None else self.debit_notes.find("number", (company, number))

    def next_registration(self) -> int:
        """Return the number for `registered` of a new note or payment: the count of all ids given so far."""
        return sum(self.counters().values())
