"""Operations that create documents as drafts."""

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.invoicexpress import forms, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    DocumentType,
    InvoiceXpressState,
)


def create_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an invoice as a draft. Source: vendor documentation, POST /invoices.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, INVOICE)


def create_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a simplified invoice as a draft. Source: vendor documentation, POST /simplified_invoices.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, SIMPLIFIED_INVOICE)


def create_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Create an invoice-receipt as a draft. Source: vendor documentation, POST /invoice_receipts.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, INVOICE_RECEIPT)


def create_credit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a credit note as a draft. Source: vendor documentation, POST /credit_notes.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, CREDIT_NOTE)


def create_debit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Create a debit note as a draft. Source: vendor documentation, POST /debit_notes.json.

    Raises:
        Conflict: a document of the account has the proprietary_uid.
        NotAllowed: what is asked for contradicts itself or what the account has.
    """
    return _create(call, state, DEBIT_NOTE)


def _create(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    call.rule("new-document-is-a-draft")
    draft = forms.build_document(call, state, document_type)
    state.table(document_type.table).put(draft)
    return Reply(201, {document_type.wrapper: wire.write_bill(draft, document_type, state)})
