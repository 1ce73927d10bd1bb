"""Changes of several records at once: payments with their receipts, and credit notes with what they are for."""

from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.invoicexpress import lookup
from paysandbox.providers.invoicexpress.records import (
    CreditNote,
    DebitNote,
    InvoiceReceipt,
    InvoiceXpressState,
    Payable,
    Receipt,
    Sequence,
)
from paysandbox.providers.invoicexpress.rules import invoices, receipts


def pay(
    bill: Payable, payment: receipts.Payment, sequence: Sequence, state: InvoiceXpressState
) -> tuple[Payable, Receipt]:
    """Pay a document, and issue the receipt under the next number of the sequence; return both as they are now."""
    sequence = receipts.count_receipt(sequence)
    receipt = receipts.issue_receipt(state.next_document_id(), bill, payment, sequence)
    paid = invoices.add_payment(bill, payment.amount)
    state.sequences.put(sequence)
    state.receipts.put(receipt)
    state.put_document(paid)
    return paid, receipt


def take_payments_back(note: DebitNote, message: str, state: InvoiceXpressState) -> DebitNote:
    """Cancel the receipts of a debit note that is settled no longer; return the note as it is then."""
    for receipt in state.receipts.all("document", note.id):
        if not receipt.is_void:
            state.receipts.put(receipts.cancel_receipt(receipt, message))
    return replace(note, status="final", paid=ZERO, marked_settled=False)


def credit(note: CreditNote, owner: Payable | InvoiceReceipt, state: InvoiceXpressState) -> CreditNote:
    """Take a credit note off of what its owner owes; return the note as it is then."""
    state.put_document(invoices.add_credit(owner, note.total, has_receipt=state.has_receipt(owner)))
    return replace(note, credited=note.total)


def uncredit(note: CreditNote, state: InvoiceXpressState) -> CreditNote:
    """Put what a credit note took off back to what its owner owes; return the note as it is then."""
    owner = None if note.document is None else lookup.find_owner(note.document, state)
    if owner is not None and note.credited:
        state.put_document(invoices.add_credit(owner, -note.credited, has_receipt=state.has_receipt(owner)))
    return replace(note, credited=ZERO)
