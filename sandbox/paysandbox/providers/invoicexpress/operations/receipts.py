"""Operations on receipts."""

from typing import Final

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    DRAFT_NUMBER,
    InvoiceReceipt,
    InvoiceXpressState,
    Payable,
    Receipt,
)
from paysandbox.providers.invoicexpress.rules import invoices, receipts

_DOCUMENT: Final = "{document-id}"


def get_related_documents(call: Call, state: InvoiceXpressState) -> Reply:
    """List the receipts of a document, then its credit notes, then its debit notes, each oldest first.

    Source: vendor documentation, GET /document/:document-id/related_documents.json.

    Raises:
        NotFound: the account has no such document, or it is a receipt or a credit note.
    """
    document_id = call.path["document-id"]
    found = state.find_document(document_id)
    document = None if found is None else found[1]
    if not isinstance(document, Payable | InvoiceReceipt) or document.account != call.principal.id:
        raise NotFound(
            f"this account has no document {document_id} that others can be related to",
            rule="unknown-document-is-404",
            at=_DOCUMENT,
        )
    if document.status == "deleted":
        raise NotFound(f"document {document_id} was deleted", rule="unknown-document-is-404", at=_DOCUMENT)
    related = state.receipts.all("document", document_id)
    if any(receipt.is_void for receipt in related):
        call.rule("cancelled-receipt-stays-listed")
    documents = [wire.write_receipt(receipt, state.get_client(receipt), state.variants) for receipt in related]
    documents += [
        wire.write_bill(note, document_type, state)
        for document_type in (CREDIT_NOTE, DEBIT_NOTE)
        for note in state.table(document_type.table).all("document", document_id)
        if note.sequence_number != DRAFT_NUMBER
    ]
    return Reply(200, {"documents": documents})


def get_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a receipt, cancelled or not. Source: vendor documentation, GET /receipts/:receipt-id.json.

    Raises:
        NotFound: the account has no such receipt.
    """
    receipt = _find_receipt(call, state)
    return Reply(200, {"receipt": wire.write_receipt(receipt, state.get_client(receipt), state.variants)})


def change_receipt_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Cancel a receipt and its payment.

    Source: vendor documentation, PUT /receipts/:receipt-id/change-state.json.

    Raises:
        NotFound: the account has no such receipt.
        NotAllowed: it is cancelled already.
    """
    receipt = _find_receipt(call, state)
    if receipt.is_void:
        raise NotAllowed(
            f"receipt {receipt.id} is {receipt.status} already", rule="receipt-is-cancelled-once", at="/receipt/state"
        )
    call.rule("cancelled-receipt-keeps-its-number")
    cancelled = receipts.cancel_receipt(receipt, call.body["receipt"]["message"])
    state.receipts.put(cancelled)
    found = state.find_document(receipt.document)
    if found is not None and isinstance(invoice := found[1], Payable):
        call.rule("cancelled-payment-is-owed-again")
        has_receipt = state.has_receipt(invoice)
        state.put_document(invoices.remove_payment(invoice, receipt.total, has_receipt=has_receipt))
    return Reply(200, {"receipt": wire.write_receipt(cancelled, state.get_client(cancelled), state.variants)})


def _find_receipt(call: Call, state: InvoiceXpressState) -> Receipt:
    receipt_id = call.path["receipt-id"]
    receipt = state.receipts.get(receipt_id)
    if receipt is None or receipt.account != call.principal.id:
        raise NotFound(f"this account has no receipt {receipt_id}", rule="unknown-receipt-is-404", at="{receipt-id}")
    return receipt
