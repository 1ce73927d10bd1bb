"""What the imitated InvoiceXpress remembers.

Fixtures and state dumps show the members under the vendor's wire names. Amounts are decimal major units of the
document's currency, dates ISO 8601. Source: the vendor page's example response; what an account, a client and a
sequence have beyond it is a house decision.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from typing import Annotated, Any, Final, Literal

from msgspec import Meta
from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.store.state import Record, State, table
from paysandbox.store.tables import Table

Id = Annotated[int, Meta(ge=1)]
Mechanism = Literal["CC", "CD", "CH", "CO", "CS", "DE", "LC", "MB", "NU", "OU", "PR", "TB", "TR"]
Status = Literal["draft", "final", "settled", "canceled", "deleted"]
MadeUp = tuple[str, Decimal, Decimal]  # an amount's name, what it is, and what the amounts that it is made of come to


class Account(Record, frozen=True, kw_only=True):
    """Who uses the API, known by a key. Everything else belongs to one account."""

    id: Id
    account_name: str
    organization_name: str
    api_key: str
    payment_mechanism: Mechanism | None = None


class Client(Record, frozen=True, kw_only=True):
    """Who is billed, and how they usually pay. New documents find them by their name."""

    id: Id
    account: Id
    name: str
    country: str
    code: str | None = None
    email: str | None = None
    fiscal_id: str | None = None
    payment_mechanism: Mechanism | None = None


class Sequence(Record, frozen=True, kw_only=True):
    """A serie of document numbers, and the last number that a document of each type took from it.

    Registered with the tax authority it has a validation code; a relevant one may not be registered yet.
    """

    id: Id
    account: Id
    serie: str
    relevant: bool
    validation_code: Annotated[str, Meta(pattern="^[A-Z0-9]{8}$")] | None = None
    current_receipt_number: Annotated[int, Meta(ge=0)]
    current_invoice_number: Annotated[int, Meta(ge=0)] = 0
    current_simplified_invoice_number: Annotated[int, Meta(ge=0)] = 0


class Tax(Record, frozen=True, kw_only=True):
    """A rate of value added tax, `value` in percent, as it stands on a document."""

    id: Id
    name: str
    value: Decimal


class AccountTax(Tax, frozen=True, kw_only=True):
    """A tax that an account knows by its name. The default one is that of an item which names none of them."""

    account: Id
    default_tax: bool = False


class Item(Record, frozen=True, kw_only=True):
    """One line of a document. `discount` is in percent; `total` is subtotal - discount_amount + tax_amount."""

    name: str
    description: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    tax: Tax
    subtotal: Decimal
    discount_amount: Decimal = ZERO
    tax_amount: Decimal
    total: Decimal

    def __post_init__(self) -> None:
        """Refuse a fixture whose amounts do not add up."""
        _refuse(self.made_up())

    def made_up(self) -> tuple[MadeUp, ...]:
        """Every amount that is made of others."""
        return (("total", self.total, self.subtotal - self.discount_amount + self.tax_amount),)


class Document(Record, frozen=True, kw_only=True):
    """What documents of every type have. All types share one space of ids.

    `sequence_number` is `28/A`: the document's number, and its serie. A draft has none yet and says `rascunho`.
    `message` is why the document was cancelled, or what was said when its state changed before.
    """

    id: Id
    account: Id
    client: Id
    sequence_id: Id
    sequence_number: Annotated[str, Meta(pattern="^([1-9][0-9]*/.+|rascunho)$")]
    status: Status
    date: dt.date
    due_date: dt.date
    reference: str | None = None
    observations: str | None = None
    retention: str | None = None
    tax_exemption: Annotated[str, Meta(pattern="^M[0-9]{2}$")] | None = None
    message: str | None = None
    currency: str = "Euro"
    sum: Decimal
    discount: Decimal = ZERO
    before_taxes: Decimal
    taxes: Decimal
    total: Decimal
    items: Annotated[tuple[Item, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        """Refuse a fixture whose amounts do not add up."""
        _refuse(self.made_up())

    def made_up(self) -> tuple[MadeUp, ...]:
        """Every amount that is made of others."""
        return (
            ("sum", self.sum, sum((item.subtotal for item in self.items), ZERO)),
            ("discount", self.discount, sum((item.discount_amount for item in self.items), ZERO)),
            ("before_taxes", self.before_taxes, self.sum - self.discount),
            ("taxes", self.taxes, sum((item.tax_amount for item in self.items), ZERO)),
            ("total", self.total, self.before_taxes + self.taxes),
        )


class Invoice(Document, frozen=True, kw_only=True):
    """An invoice or a simplified invoice.

    `paid` is what its receipts add up to, kept so that a payment costs the same however many went before. One that is
    `marked_settled` was settled by a change of its state, whatever is paid of it.
    """

    paid: Decimal = ZERO
    marked_settled: bool = False

    def __post_init__(self) -> None:
        """Refuse a fixture whose amounts do not add up, or that was paid more than it bills."""
        super().__post_init__()
        if not ZERO <= self.paid <= self.total:
            raise ValueError(f"paid is {self.paid}, but it must be between 0 and the total of {self.total}")


class CreditNote(Document, frozen=True, kw_only=True):
    """A document that takes back what another one billed: the invoice or simplified invoice `document`, if known."""

    document: Id | None = None


class Receipt(Document, frozen=True, kw_only=True):
    """What a payment of the invoice or simplified invoice `document` generated."""

    document: Id
    payment_mechanism: Mechanism
    atcud: str


class IdCounter(Record, frozen=True, kw_only=True):
    """The last id given to a record of a kind: ids are given in order."""

    kind: str
    last: Annotated[int, Meta(ge=0)]


_NAMED_BY_DOCUMENTS: Final[Mapping[str, str]] = {"account": "accounts", "client": "clients", "sequence_id": "sequences"}


class InvoiceXpressState(State):
    """All that the imitated InvoiceXpress remembers."""

    accounts = table(Account, key="id", indexes={"api_key": "api_key"})
    clients = table(Client, key="id", indexes={"name": ("account", "name")}, refers={"account": "accounts"})
    sequences = table(
        Sequence,
        key="id",
        indexes={"serie": ("account", "serie"), "account": "account"},
        refers={"account": "accounts"},
    )
    taxes = table(
        AccountTax,
        key="id",
        indexes={"name": ("account", "name"), "default": ("account", "default_tax")},
        refers={"account": "accounts"},
    )
    invoices = table(Invoice, key="id", indexes={"account": "account"}, refers=_NAMED_BY_DOCUMENTS)
    simplified_invoices = table(Invoice, key="id", indexes={"account": "account"}, refers=_NAMED_BY_DOCUMENTS)
    credit_notes = table(CreditNote, key="id", indexes={"document": "document"}, refers=_NAMED_BY_DOCUMENTS)
    receipts = table(Receipt, key="id", indexes={"document": "document"}, refers=_NAMED_BY_DOCUMENTS)
    id_counters = table(IdCounter, key="kind")

    def holder(self, document_id: int) -> Table[Any] | None:
        """The table that holds the document of this id, of whatever type."""
        tables = (self.invoices, self.simplified_invoices, self.credit_notes, self.receipts)
        return next((held for held in tables if held.get(document_id) is not None), None)

    def client_of(self, document: Document) -> Client:
        """Who was billed."""
        client = self.clients.get(document.client)
        assert client is not None, f"document {document.id} names a client who is gone"
        return client

    def sequence_of(self, document: Document) -> Sequence:
        """The sequence that gave the document its number, or will give it one."""
        sequence = self.sequences.get(document.sequence_id)
        assert sequence is not None, f"document {document.id} names a sequence that is gone"
        return sequence

    def next_document_id(self) -> int:
        """A new id for a document: the next one that no document has, fixtures without a counter included."""
        return self._next_id("document", lambda number: self.holder(number) is not None)

    def next_client_id(self) -> int:
        """A new id for a client: the next one that no client has."""
        return self._next_id("client", lambda number: self.clients.get(number) is not None)

    def _next_id(self, kind: str, taken: Callable[[int], bool]) -> int:
        counter = self.id_counters.get(kind) or IdCounter(kind=kind, last=0)
        free = next(number for number in count(counter.last + 1) if not taken(number))
        self.id_counters.put(replace(counter, last=free))
        return free


def _refuse(made_up: tuple[MadeUp, ...]) -> None:
    for name, given, due in made_up:
        if given != due:
            raise ValueError(f"{name} is {given}, but the amounts it is made of come to {due}")
