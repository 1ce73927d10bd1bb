"""Records of InvoiceXpress, and the state that holds their tables.

Fixtures and state dumps show the fields under the vendor's wire names. Amounts are decimal major units of the
document's currency, dates ISO 8601. Source: the vendor page's example response; the other fields of accounts, clients
and sequences are a house decision.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.store.state import Record, State, table
from paysandbox.store.tables import Table

Id = Annotated[int, Meta(ge=1)]
Mechanism = Literal["CC", "CD", "CH", "CO", "CS", "DE", "LC", "MB", "NU", "OU", "PR", "TB", "TR"]
Status = Literal["draft", "final", "settled", "canceled", "deleted"]
DerivedAmount = tuple[str, Decimal, Decimal]  # an amount's name, its value, and the value that follows from others

UNPAYABLE: Final[frozenset[Status]] = frozenset({"draft", "canceled", "deleted"})

# What a draft has in the place of its number. Source: a Ruby client's recordings of the live service, 2017 to 2019.
DRAFT_NUMBER: Final = "rascunho"


class Account(Record, frozen=True, kw_only=True):
    """An account, identified by its API key. Every other record belongs to one account."""

    id: Id
    account_name: str
    organization_name: str
    api_key: str
    payment_mechanism: Mechanism | None = None


class Client(Record, frozen=True, kw_only=True):
    """A client, and its usual payment mechanism. New documents find clients by name."""

    id: Id
    account: Id
    name: str
    country: str
    code: str | None = None
    email: str | None = None
    fiscal_id: str | None = None
    payment_mechanism: Mechanism | None = None


class Sequence(Record, frozen=True, kw_only=True):
    """A serie of document numbers, and the last number given to each type of document.

    A sequence that is registered with the tax authority has a validation code; a relevant one may not have it yet.
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
    """A rate of value added tax on an item. `value` is in percent."""

    id: Id
    name: str
    value: Decimal


class AccountTax(Tax, frozen=True, kw_only=True):
    """A tax of an account. The default tax applies to an item that names no tax of the account."""

    account: Id
    default_tax: bool = False


class Item(Record, frozen=True, kw_only=True):
    """A line of a document. `discount` is in percent; `total` is subtotal - discount_amount + tax_amount."""

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
        _check_amounts(self.derive_amounts())

    def derive_amounts(self) -> tuple[DerivedAmount, ...]:
        """Return every amount that follows from others."""
        return (("total", self.total, self.subtotal - self.discount_amount + self.tax_amount),)


class Document(Record, frozen=True, kw_only=True):
    """Fields of documents of every type. Ids are unique across all types.

    `sequence_number` is the document's number and its serie, for example `28/A`; a draft has `rascunho`. `message` is
    the reason given with the latest change of state.
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
        _check_amounts(self.derive_amounts())

    def derive_amounts(self) -> tuple[DerivedAmount, ...]:
        """Return every amount that follows from others."""
        return (
            ("sum", self.sum, sum((item.subtotal for item in self.items), ZERO)),
            ("discount", self.discount, sum((item.discount_amount for item in self.items), ZERO)),
            ("before_taxes", self.before_taxes, self.sum - self.discount),
            ("taxes", self.taxes, sum((item.tax_amount for item in self.items), ZERO)),
            ("total", self.total, self.before_taxes + self.taxes),
        )


class Invoice(Document, frozen=True, kw_only=True):
    """An invoice or a simplified invoice.

    `paid` is the sum of its receipts. `marked_settled` says that a change of state settled it, not payments.
    """

    # Kept, not summed up, so that a payment takes the same time however many were made before.

    paid: Decimal = ZERO
    marked_settled: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ZERO <= self.paid <= self.total:
            raise ValueError(f"paid is {self.paid}, but it must be between 0 and the total of {self.total}")

    @property
    def outstanding(self) -> Decimal:
        """The amount still owed; 0 if the document was settled by a change of state."""
        return ZERO if self.marked_settled else self.total - self.paid


class CreditNote(Document, frozen=True, kw_only=True):
    """A credit note, for the invoice or simplified invoice `document` where that is known."""

    document: Id | None = None


class Receipt(Document, frozen=True, kw_only=True):
    """A receipt: one payment of the invoice or simplified invoice `document`."""

    document: Id
    payment_mechanism: Mechanism
    atcud: str

    @property
    def is_void(self) -> bool:
        """Whether the receipt stands for no payment, because it was cancelled."""
        return self.status in UNPAYABLE


class IdCounter(Record, frozen=True, kw_only=True):
    """The last id given to a kind of record. Ids are given in order."""

    kind: str
    last: Annotated[int, Meta(ge=0)]


class DocumentType(Struct, frozen=True, kw_only=True, gc=False):
    """A type of document that can be paid.

    Attributes:
        table: the table that holds its documents.
        wrapper: the property around a document in requests and responses.
        type: its name in responses and queries.
        counter: the field of a sequence that holds the last number given.
    """

    table: str
    wrapper: str
    type: str
    counter: str


INVOICE: Final = DocumentType(table="invoices", wrapper="invoice", type="Invoice", counter="current_invoice_number")
SIMPLIFIED_INVOICE: Final = DocumentType(
    table="simplified_invoices",
    wrapper="simplified_invoice",
    type="SimplifiedInvoice",
    counter="current_simplified_invoice_number",
)
DOCUMENT_TYPES: Final = (INVOICE, SIMPLIFIED_INVOICE)

_DOCUMENT_REFERENCES: Final[Mapping[str, str]] = {
    "account": "accounts",
    "client": "clients",
    "sequence_id": "sequences",
}


class InvoiceXpressState(State):
    """The tables of InvoiceXpress."""

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
    invoices = table(Invoice, key="id", indexes={"account": "account"}, refers=_DOCUMENT_REFERENCES)
    simplified_invoices = table(Invoice, key="id", indexes={"account": "account"}, refers=_DOCUMENT_REFERENCES)
    credit_notes = table(CreditNote, key="id", indexes={"document": "document"}, refers=_DOCUMENT_REFERENCES)
    receipts = table(Receipt, key="id", indexes={"document": "document"}, refers=_DOCUMENT_REFERENCES)
    id_counters = table(IdCounter, key="kind")

    def find_table(self, document_id: int) -> Table[Any] | None:
        """Return the table that holds the document with this id, whatever its type."""
        tables = (self.invoices, self.simplified_invoices, self.credit_notes, self.receipts)
        return next((table for table in tables if table.get(document_id) is not None), None)

    def get_client(self, document: Document) -> Client:
        """Return the client of a document."""
        client = self.clients.get(document.client)
        assert client is not None, f"document {document.id} names a missing client"
        return client

    def get_sequence(self, document: Document) -> Sequence:
        """Return the sequence that numbers a document."""
        sequence = self.sequences.get(document.sequence_id)
        assert sequence is not None, f"document {document.id} names a missing sequence"
        return sequence

    def has_receipt(self, invoice: Invoice) -> bool:
        """Whether the invoice has a receipt that is not void."""
        return any(not receipt.is_void for receipt in self.receipts.all("document", invoice.id))

    def next_document_id(self) -> int:
        """Return the next id that no document has; fixtures need not set the counter."""
        return self._next_id("document", lambda number: self.find_table(number) is not None)

    def next_client_id(self) -> int:
        """Return the next id that no client has."""
        return self._next_id("client", lambda number: self.clients.get(number) is not None)

    def _next_id(self, kind: str, taken: Callable[[int], bool]) -> int:
        counter = self.id_counters.get(kind) or IdCounter(kind=kind, last=0)
        free = next(number for number in count(counter.last + 1) if not taken(number))
        self.id_counters.put(replace(counter, last=free))
        return free


def _check_amounts(amounts: tuple[DerivedAmount, ...]) -> None:
    for name, given, expected in amounts:
        if given != expected:
            raise ValueError(f"{name} is {given}, but the amounts it is made of come to {expected}")
