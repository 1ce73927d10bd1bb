"""Invariants of InvoiceXpress: what holds of its receipts and documents after every call.

The checks accept any records, also those that only an edit by hand can make. Every line gives the record, the value
found and the value expected.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Final

from paysandbox.core.money import ZERO
from paysandbox.kit.breaches import Breach
from paysandbox.kit.invariants import REFERENCES_HOLD, make_credentials_invariant
from paysandbox.kit.provider import Invariant
from paysandbox.providers.invoicexpress.records import (
    DOCUMENT_TYPES,
    DRAFT_NUMBER,
    UNPAYABLE,
    Document,
    Invoice,
    InvoiceReceipt,
    InvoiceXpressState,
    Payable,
    Sequence,
)

_VOID: Final = UNPAYABLE  # a receipt in one of these states pays nothing either
_UNOWNED: Final = ("draft", "deleted")  # in which a note may lack the document that it belongs to
_NUMBERLESS: Final = ("draft", "deleted")
_COUNTERS: Final = {"receipts": "current_receipt_number", **{kind.table: kind.counter for kind in DOCUMENT_TYPES}}
_NUMBERED: Final = re.compile(r"([1-9][0-9]{0,17})/(.+)", re.ASCII | re.DOTALL)


def _find_wrong_paid_amounts(state: InvoiceXpressState) -> Iterator[Breach]:
    received = _add_up_receipts(state)
    for table, invoice in _list_payable(state):
        due = received.get(invoice.id, ZERO)
        if invoice.paid != due:
            yield Breach.of_value(table, invoice.id, "paid", invoice.paid, f"but its receipts add up to {due}", due)


def _find_wrong_statuses(state: InvoiceXpressState) -> Iterator[Breach]:
    received = _add_up_receipts(state)
    for table, invoice in _list_payable(state):
        # A document with a total of 0 is final until a payment, of 0, is made.
        touched = invoice.id in received or invoice.credited
        full = invoice.marked_settled or (touched and not invoice.outstanding)
        due = "settled" if full else "final"
        if invoice.status not in _VOID and invoice.status != due:
            mark = " and it is marked as settled" if invoice.marked_settled else ""
            credited = f" and {invoice.credited} credited" if invoice.credited else ""
            paid = f"{invoice.paid} of {invoice.total} are paid{credited}{mark}"
            yield Breach.of_value(table, invoice.id, "status", invoice.status, f"but {paid}: it is {due}", due)


def _find_receipts_of_void_documents(state: InvoiceXpressState) -> Iterator[Breach]:
    received = _add_up_receipts(state)
    for table, invoice in _list_payable(state):
        if invoice.status in _VOID and invoice.id in received:
            rest = f"but it has receipts of {received[invoice.id]}; there should be none"
            yield Breach.of_value(table, invoice.id, "status", invoice.status, rest)


def _find_wrong_credits(state: InvoiceXpressState) -> Iterator[Breach]:
    credited: dict[int | None, Decimal] = {}
    for note in state.credit_notes.records():
        due = ZERO if note.status in _VOID else note.total
        if note.credited not in {ZERO, due}:
            rest = f"but it is {note.status}: it is {due} or 0"
            yield Breach.of_value("credit_notes", note.id, "credited", note.credited, rest)
        credited[note.document] = credited.get(note.document, ZERO) + note.credited
    owners: Iterator[tuple[str, Payable | InvoiceReceipt]] = chain(_list_payable(state), _list_invoice_receipts(state))
    for table, owner in owners:
        due = credited.get(owner.id, ZERO)
        if owner.credited != due:
            rest = f"but its credit notes take off {due}"
            yield Breach.of_value(table, owner.id, "credited", owner.credited, rest, due)


def _find_notes_without_owner(state: InvoiceXpressState) -> Iterator[Breach]:
    for table in ("credit_notes", "debit_notes"):
        for note in state.table(table).records():
            if note.document is None and note.status in _UNOWNED:
                continue
            found = None if note.document is None else state.find_document(note.document)
            if found is None or not isinstance(found[1], Invoice | InvoiceReceipt):
                rest = "which is no invoice or invoice-receipt"
                yield Breach.of_value(table, note.id, "document", note.document, rest)
            elif found[1].account != note.account:
                account = found[1].account
                rest = f"but the document {note.document} is of the account {account}"
                yield Breach.of_value(table, note.id, "account", note.account, rest, account)


def _find_final_invoice_receipts(state: InvoiceXpressState) -> Iterator[Breach]:
    for bill in state.invoice_receipts.records():
        if bill.status == "final":
            rest = "but an invoice-receipt with a number is settled"
            yield Breach.of_value("invoice_receipts", bill.id, "status", bill.status, rest, "settled")


def _find_wrong_numbers(state: InvoiceXpressState) -> Iterator[Breach]:
    for table, counter in _COUNTERS.items():
        taken: dict[int, list[tuple[int, int]]] = {}
        for document in state.table(table).records():
            sequence = state.sequences.get(document.sequence_id)
            found = _NUMBERED.fullmatch(document.sequence_number)
            if document.status in _NUMBERLESS and document.sequence_number == DRAFT_NUMBER and table != "receipts":
                continue
            if found is None or (sequence is not None and found[2] != sequence.serie):
                form = f"27/{sequence.serie if sequence is not None else 'A'}"
                number = document.sequence_number
                yield Breach.of_value(table, document.id, "sequence_number", number, f"but it is of the form {form}")
            else:
                taken.setdefault(document.sequence_id, []).append((int(found[1]), document.id))
        for sequence in state.sequences.records():
            numbers = sorted(taken.get(sequence.id, []))
            yield from _find_gaps(sequence, numbers, table, counter)


def _find_gaps(sequence: Sequence, numbers: list[tuple[int, int]], table: str, counter: str) -> Iterator[Breach]:
    """Yield gaps in the numbers of one serie, up to the last that it gave; beside each number is its document's id."""
    due = 0
    for number, document_id in numbers:
        if due and number != due:
            says = f"its number is {number}, but {due} is next in the serie {sequence.serie}"
            yield Breach(table, str(document_id), says, "sequence_number", number, due)
        due = number + 1
    last = getattr(sequence, counter)
    if due and last != due - 1:
        what = counter.removeprefix("current_").removesuffix("_number").replace("_", " ")
        yield Breach.of_value("sequences", sequence.id, counter, last, f"but its last {what} has {due - 1}", due - 1)


def _find_shared_series(state: InvoiceXpressState) -> Iterator[Breach]:
    first: dict[tuple[int, str], int] = {}
    for sequence in state.sequences.records():
        holder = first.setdefault((sequence.account, sequence.serie), sequence.id)
        if holder != sequence.id:
            rest = f"but sequences/{holder} of the same account has it too"
            yield Breach.of_value("sequences", sequence.id, "serie", sequence.serie, rest)


def _find_receipts_without_document(state: InvoiceXpressState) -> Iterator[Breach]:
    for receipt in state.receipts.records():
        found = state.find_document(receipt.document)
        document = None if found is None else found[1]
        if not isinstance(document, Payable):
            rest = "which is no document that is paid"
            yield Breach.of_value("receipts", receipt.id, "document", receipt.document, rest)
        elif document.account != receipt.account:
            rest = f"but the document {document.id} is of the account {document.account}"
            yield Breach.of_value("receipts", receipt.id, "account", receipt.account, rest, document.account)


def _find_wrong_amounts(state: InvoiceXpressState) -> Iterator[Breach]:
    for name, table_def in state.table_defs().items():
        if not issubclass(table_def.record, Document):
            continue
        for document in state.table(name).records():
            parts = [("", document), *((f"items/{number}/", item) for number, item in enumerate(document.items))]
            for part, made in parts:
                for amount, given, due in made.derive_amounts():
                    if given != due:
                        rest = f"but its parts add up to {due}"
                        yield Breach.of_value(name, document.id, f"{part}{amount}", given, rest, due)


def _list_invoice_receipts(state: InvoiceXpressState) -> Iterator[tuple[str, InvoiceReceipt]]:
    for bill in state.invoice_receipts.records():
        yield "invoice_receipts", bill


def _list_payable(state: InvoiceXpressState) -> Iterator[tuple[str, Payable]]:
    """Yield table and record of every invoice, simplified invoice and debit note."""
    for name in ("invoices", "simplified_invoices", "debit_notes"):
        for invoice in state.table(name).records():
            yield name, invoice


def _add_up_receipts(state: InvoiceXpressState) -> dict[int, Decimal]:
    """Return the sum of the receipts of each document that has any; void receipts do not count."""
    received: dict[int, Decimal] = {}
    for receipt in state.receipts.records():
        if receipt.status not in _VOID:
            received[receipt.document] = received.get(receipt.document, ZERO) + receipt.total
    return received


INVARIANTS: Final = (
    Invariant(
        id="paid-is-what-receipts-add-up-to",
        says="The paid amount of an invoice, simplified invoice or debit note is the sum of its receipts.",
        broken=_find_wrong_paid_amounts,
    ),
    Invariant(
        id="settled-when-paid-in-full",
        says="What is neither void nor a draft is settled if marked so, paid or credited in full, else final.",
        broken=_find_wrong_statuses,
    ),
    Invariant(
        id="no-receipt-of-a-draft-or-void-document",
        says="A document that is a draft, cancelled or deleted has no receipt that counts.",
        broken=_find_receipts_of_void_documents,
    ),
    Invariant(
        id="credited-is-what-credit-notes-take-off",
        says="The credited amount of a document is what its credit notes take off, each its total or nothing.",
        broken=_find_wrong_credits,
    ),
    Invariant(
        id="notes-name-their-document",
        says="Every credit note and debit note with a number is of an invoice or invoice-receipt of the same account.",
        broken=_find_notes_without_owner,
    ),
    Invariant(
        id="invoice-receipts-are-paid",
        says="An invoice-receipt is never final: it is settled as soon as it has a number.",
        broken=_find_final_invoice_receipts,
    ),
    Invariant(
        id="documents-are-numbered-without-gaps",
        says=(
            "The receipts of a serie are numbered without gaps up to the last number that it gave; so are its "
            "documents of every other type."
        ),
        broken=_find_wrong_numbers,
    ),
    Invariant(
        id="series-are-unique",
        says="An account has each serie once.",
        broken=_find_shared_series,
    ),
    Invariant(
        id="receipts-name-a-document",
        says="Every receipt is of an invoice, simplified invoice or debit note of the same account.",
        broken=_find_receipts_without_document,
    ),
    make_credentials_invariant("accounts", "api_key"),
    REFERENCES_HOLD,
    Invariant(
        id="totals-add-up",
        says="A document's amounts are the sums of its items, and its total is the amount before taxes plus taxes.",
        broken=_find_wrong_amounts,
    ),
)
