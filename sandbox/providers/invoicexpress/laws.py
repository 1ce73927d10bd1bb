"""What must hold of InvoiceXpress's records after every call: receipts, and the documents that they pay.

Any records can be judged, also such as only an edit by hand can make. Every line says where a law is broken, what is
there and what should be.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from sandbox.laws import REFERENCES_HOLD
from sandbox.money import ZERO
from sandbox.provider import Law
from sandbox.providers.invoicexpress import rules
from sandbox.providers.invoicexpress.records import Document, Invoice, InvoiceXpressState

_VOID: Final = rules.UNPAYABLE  # a receipt in one of these states pays nothing either
_NUMBERED: Final = re.compile(r"([1-9][0-9]{0,17})/(.+)", re.ASCII | re.DOTALL)


def _paid(state: InvoiceXpressState) -> Iterator[str]:
    received = _received(state)
    for where, invoice in _payable(state):
        due = received.get(invoice.id, ZERO)
        if invoice.paid != due:
            yield f"{where}: paid is {invoice.paid}, but its receipts add up to {due}"


def _settled(state: InvoiceXpressState) -> Iterator[str]:
    received = _received(state)
    for where, invoice in _payable(state):
        # A document that bills nothing is not settled before a payment, of nothing, has been made.
        due = "settled" if invoice.id in received and not rules.owed(invoice) else "final"
        if invoice.status not in _VOID and invoice.status != due:
            yield f"{where}: status is {invoice.status}, but {invoice.paid} of {invoice.total} are paid: it is {due}"


def _void(state: InvoiceXpressState) -> Iterator[str]:
    received = _received(state)
    for where, invoice in _payable(state):
        if invoice.status in _VOID and invoice.id in received:
            standing = received[invoice.id]
            yield f"{where}: status is {invoice.status}, but receipts of {standing} stand; there should be none"


def _numbered(state: InvoiceXpressState) -> Iterator[str]:
    taken: dict[int, list[tuple[int, int]]] = {}
    for receipt in state.receipts.records():
        sequence = state.sequences.get(receipt.sequence_id)
        found = _NUMBERED.fullmatch(receipt.sequence_number)
        if found is None or (sequence is not None and found[2] != sequence.serie):
            form = f"27/{sequence.serie if sequence is not None else 'A'}"
            yield f"receipts/{receipt.id}: sequence_number is {receipt.sequence_number}, but it is of the form {form}"
        else:
            taken.setdefault(receipt.sequence_id, []).append((int(found[1]), receipt.id))
    for sequence in state.sequences.records():
        due = 0
        for number, receipt_id in sorted(taken.get(sequence.id, [])):
            if due and number != due:
                yield f"receipts/{receipt_id}: its number is {number}, but {due} is next in the serie {sequence.serie}"
            due = number + 1
        if due and sequence.current_receipt_number != due - 1:
            last = sequence.current_receipt_number
            yield f"sequences/{sequence.id}: current_receipt_number is {last}, but its last receipt has {due - 1}"


def _receipted(state: InvoiceXpressState) -> Iterator[str]:
    for receipt in state.receipts.records():
        document = state.invoices.get(receipt.document) or state.simplified_invoices.get(receipt.document)
        if document is None:
            yield f"receipts/{receipt.id}: document is {receipt.document}, which is no invoice or simplified invoice"
        elif document.account != receipt.account:
            yield (
                f"receipts/{receipt.id}: account is {receipt.account}, "
                f"but the document {document.id} is of the account {document.account}"
            )


def _added_up(state: InvoiceXpressState) -> Iterator[str]:
    for name, shape in state.shapes().items():
        if not issubclass(shape.record, Document):
            continue
        for document in state.table(name).records():
            parts = [("", document), *((f"items/{number}/", item) for number, item in enumerate(document.items))]
            for part, made in parts:
                for amount, given, due in made.made_up():
                    if given != due:
                        yield f"{name}/{document.id}: {part}{amount} is {given}, but what it is made of comes to {due}"


def _payable(state: InvoiceXpressState) -> Iterator[tuple[str, Invoice]]:
    """Every invoice and simplified invoice, with its place."""
    for name in ("invoices", "simplified_invoices"):
        for invoice in state.table(name).records():
            yield f"{name}/{invoice.id}", invoice


def _received(state: InvoiceXpressState) -> dict[int, Decimal]:
    """What the receipts of each document add up to, of those that have any; void ones do not count."""
    received: dict[int, Decimal] = {}
    for receipt in state.receipts.records():
        if receipt.status not in _VOID:
            received[receipt.document] = received.get(receipt.document, ZERO) + receipt.total
    return received


LAWS: Final = (
    Law(
        id="paid-is-what-receipts-add-up-to",
        says="What is paid of an invoice or a simplified invoice is what its receipts add up to.",
        broken=_paid,
    ),
    Law(
        id="settled-when-paid-in-full",
        says="A document that is neither void nor a draft is settled exactly when it is receipted and owes nothing.",
        broken=_settled,
    ),
    Law(
        id="no-receipt-of-a-draft-or-void-document",
        says="A document that is a draft, cancelled or deleted has no receipt that counts.",
        broken=_void,
    ),
    Law(
        id="receipts-are-numbered-without-gaps",
        says="The receipts of a serie are numbered one after the other, up to the last number that it gave.",
        broken=_numbered,
    ),
    Law(
        id="receipts-name-a-document",
        says="A receipt is of an invoice or a simplified invoice of the same account.",
        broken=_receipted,
    ),
    REFERENCES_HOLD,
    Law(
        id="totals-add-up",
        says="A document's amounts are what its items add up to, and the total is before taxes plus taxes.",
        broken=_added_up,
    ),
)
