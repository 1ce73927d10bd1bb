"""Operations that change drafts."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import forms, lookup
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    DocumentType,
    InvoiceXpressState,
)


def update_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Change a draft of an invoice. Source: vendor documentation, PUT /invoices/:id.json.

    Raises:
        NotFound: the account has no such invoice.
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: it is no draft, or what is asked for contradicts itself or what the account has.
    """
    return _update(call, state, INVOICE)


def update_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Change a draft of a simplified invoice. Source: vendor documentation, PUT /simplified_invoices/:id.json.

    Raises:
        NotFound: the account has no such simplified invoice.
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: it is no draft, or what is asked for contradicts itself or what the account has.
    """
    return _update(call, state, SIMPLIFIED_INVOICE)


def update_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Change a draft of an invoice-receipt. Source: vendor documentation, PUT /invoice_receipts/:id.json.

    Raises:
        NotFound: the account has no such invoice-receipt.
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: it is no draft, or what is asked for contradicts itself or what the account has.
    """
    return _update(call, state, INVOICE_RECEIPT)


def update_credit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Change a draft of a credit note. Source: vendor documentation, PUT /credit_notes/:id.json.

    Raises:
        NotFound: the account has no such credit note.
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: it is no draft, or what is asked for contradicts itself or what the account has.
    """
    return _update(call, state, CREDIT_NOTE)


def update_debit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Change a draft of a debit note. Source: vendor documentation, PUT /debit_notes/:id.json.

    Raises:
        NotFound: the account has no such debit note.
        Conflict: another document of the account has the proprietary_uid.
        NotAllowed: it is no draft, or what is asked for contradicts itself or what the account has.
    """
    return _update(call, state, DEBIT_NOTE)


def _update(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    draft = lookup.find_bill(call, state, document_type)
    if draft.status != "draft":
        raise NotAllowed(
            f"document {draft.id} is {draft.status} already",
            rule="only-drafts-change",
            at=lookup.locate_document(call),
        )
    call.rule("given-properties-change")
    state.table(document_type.table).put(forms.build_document(call, state, document_type, draft))
    return Reply(200)
