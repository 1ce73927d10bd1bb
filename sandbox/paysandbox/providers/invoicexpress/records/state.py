"""The types of documents, and the state that holds InvoiceXpress's tables."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from paysandbox.providers.invoicexpress.records.accounts import Account, AccountTax, CatalogueItem, Client, Sequence
from paysandbox.providers.invoicexpress.records.documents import (
    UNPAYABLE,
    Bill,
    CreditNote,
    DebitNote,
    Document,
    Invoice,
    InvoiceReceipt,
    Message,
    PdfRequest,
    Receipt,
)
from paysandbox.store.state import Record, State, table
from paysandbox.store.tables import Table


class IdCounter(Record, frozen=True, kw_only=True):
    """The last id given to a kind of record. Ids are given in order."""

    kind: str
    last: Annotated[int, Meta(ge=0)]


class DocumentType(Struct, frozen=True, kw_only=True, gc=False):
    """A type of document that is created as a draft.

    Attributes:
        table: the table that holds its documents.
        wrapper: the property around a document in requests and responses.
        type: its name in responses and queries.
        counter: the field of a sequence that holds the last number given.
        record: builds the record of a document.
        has_owner: whether it belongs to another document.
    """

    table: str
    wrapper: str
    type: str
    counter: str
    record: Callable[..., Bill]
    has_owner: bool = False


INVOICE: Final = DocumentType(
    table="invoices", wrapper="invoice", type="Invoice", counter="current_invoice_number", record=Invoice
)
SIMPLIFIED_INVOICE: Final = DocumentType(
    table="simplified_invoices",
    wrapper="simplified_invoice",
    type="SimplifiedInvoice",
    counter="current_simplified_invoice_number",
    record=Invoice,
)
INVOICE_RECEIPT: Final = DocumentType(
    table="invoice_receipts",
    wrapper="invoice_receipt",
    type="InvoiceReceipt",
    counter="current_invoice_receipt_number",
    record=InvoiceReceipt,
)
CREDIT_NOTE: Final = DocumentType(
    table="credit_notes",
    wrapper="credit_note",
    type="CreditNote",
    counter="current_credit_note_number",
    record=CreditNote,
    has_owner=True,
)
DEBIT_NOTE: Final = DocumentType(
    table="debit_notes",
    wrapper="debit_note",
    type="DebitNote",
    counter="current_debit_note_number",
    record=DebitNote,
    has_owner=True,
)
DOCUMENT_TYPES: Final = (INVOICE, SIMPLIFIED_INVOICE, INVOICE_RECEIPT, CREDIT_NOTE, DEBIT_NOTE)

DOCUMENT_TABLES: Final = (*(document_type.table for document_type in DOCUMENT_TYPES), "receipts")

_DOCUMENT_REFERENCES: Final[Mapping[str, str]] = {
    "account": "accounts",
    "client": "clients",
    "sequence_id": "sequences",
}
_INVOICE_INDEXES: Final[Mapping[str, str | tuple[str, ...]]] = {
    "account": "account",
    "client": "client",
    "uid": ("account", "proprietary_uid"),
    "number": ("sequence_id", "sequence_number"),
}
_NOTE_INDEXES: Final[Mapping[str, str | tuple[str, ...]]] = {**_INVOICE_INDEXES, "document": "document"}
_RELATED_INDEXES: Final[Mapping[str, str | tuple[str, ...]]] = {
    "account": "account",
    "client": "client",
    "document": "document",
}


class InvoiceXpressState(State):
    """The tables of InvoiceXpress."""

    accounts = table(Account, key="id", indexes={"api_key": "api_key"})
    clients = table(
        Client,
        key="id",
        indexes={"account": "account", "name": ("account", "name"), "code": ("account", "code")},
        refers={"account": "accounts"},
    )
    sequences = table(
        Sequence,
        key="id",
        indexes={
            "serie": ("account", "serie"),
            "account": "account",
            "default": ("account", "default_sequence"),
        },
        refers={"account": "accounts"},
    )
    taxes = table(
        AccountTax,
        key="id",
        indexes={"account": "account", "name": ("account", "name"), "default": ("account", "default_tax")},
        refers={"account": "accounts"},
    )
    items = table(
        CatalogueItem,
        key="id",
        indexes={"account": "account", "name": ("account", "name"), "tax": "tax"},
        refers={"account": "accounts", "tax": "taxes"},
    )
    invoices = table(Invoice, key="id", indexes=_INVOICE_INDEXES, refers=_DOCUMENT_REFERENCES)
    simplified_invoices = table(Invoice, key="id", indexes=_INVOICE_INDEXES, refers=_DOCUMENT_REFERENCES)
    invoice_receipts = table(InvoiceReceipt, key="id", indexes=_INVOICE_INDEXES, refers=_DOCUMENT_REFERENCES)
    credit_notes = table(CreditNote, key="id", indexes=_NOTE_INDEXES, refers=_DOCUMENT_REFERENCES)
    debit_notes = table(DebitNote, key="id", indexes=_NOTE_INDEXES, refers=_DOCUMENT_REFERENCES)
    receipts = table(Receipt, key="id", indexes=_RELATED_INDEXES, refers=_DOCUMENT_REFERENCES)
    outbox = table(Message, key="id")
    pdf_requests = table(PdfRequest, key="document")
    id_counters = table(IdCounter, key="kind")

    @property
    def checks_live(self) -> bool:
        """Whether requests are checked as the live service checks them, by the variant `checks`."""
        return self.variants["checks"] == "live"

    def find_document(self, document_id: int) -> tuple[str, Any] | None:
        """Return the document with this id, whatever its type, after the name of its table."""
        for name in DOCUMENT_TABLES:
            document = getattr(self, name).get(document_id)
            if document is not None:
                return name, document
        return None

    def put_document(self, document: Document) -> None:
        """Put a changed document into the table that holds it."""
        found = self.find_document(document.id)
        assert found is not None, f"there is no document {document.id}"
        self.table(found[0]).put(document)

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

    def find_last(self, sequence: Sequence, document_type: DocumentType) -> Bill | None:
        """Return the document of this type that took the sequence's last number; None if fixtures lack it."""
        documents: Table[Bill] = self.table(document_type.table)
        return documents.find("number", (sequence.id, f"{getattr(sequence, document_type.counter)}/{sequence.serie}"))

    def has_credit_note(self, bill: Bill) -> bool:
        """Whether the bill has a credit note that counts."""
        return any(note.status not in UNPAYABLE for note in self.credit_notes.all("document", bill.id))

    def has_receipt(self, bill: Bill) -> bool:
        """Whether the bill has a receipt that is not void."""
        return any(not receipt.is_void for receipt in self.receipts.all("document", bill.id))

    def next_document_id(self) -> int:
        """Return the next id that no document has; fixtures need not set the counter."""
        return self._next_id("document", lambda number: self.find_document(number) is not None)

    def next_client_id(self) -> int:
        """Return the next id that no client has."""
        return self._next_id("client", lambda number: self.clients.get(number) is not None)

    def next_item_id(self) -> int:
        """Return the next id that no item of a catalogue has."""
        return self._next_id("item", lambda number: self.items.get(number) is not None)

    def next_tax_id(self) -> int:
        """Return the next id that no tax has."""
        return self._next_id("tax", lambda number: self.taxes.get(number) is not None)

    def next_sequence_id(self) -> int:
        """Return the next id that no sequence has."""
        return self._next_id("sequence", lambda number: self.sequences.get(number) is not None)

    def next_message_id(self) -> int:
        """Return the next id that no message has."""
        return self._next_id("message", lambda number: self.outbox.get(number) is not None)

    def _next_id(self, kind: str, taken: Callable[[int], bool]) -> int:
        counter = self.id_counters.get(kind) or IdCounter(kind=kind, last=0)
        free = next(number for number in count(counter.last + 1) if not taken(number))
        self.id_counters.put(replace(counter, last=free))
        return free
