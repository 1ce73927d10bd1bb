"""Operations that read invoices, simplified invoices, invoice-receipts and notes."""

from paysandbox.core.messages import Call, Reply
from paysandbox.providers.invoicexpress import lookup, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    DocumentType,
    InvoiceXpressState,
)


def get_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an invoice that is not deleted. Source: vendor documentation, GET /invoices/:id.json.

    Raises:
        NotFound: the account has no such invoice.
    """
    return _get(call, state, INVOICE)


def get_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a simplified invoice that is not deleted.

    Source: vendor documentation, GET /simplified_invoices/:id.json.

    Raises:
        NotFound: the account has no such simplified invoice.
    """
    return _get(call, state, SIMPLIFIED_INVOICE)


def get_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an invoice-receipt that is not deleted.

    Source: vendor documentation, GET /invoice_receipts/:id.json.

    Raises:
        NotFound: the account has no such invoice-receipt.
    """
    return _get(call, state, INVOICE_RECEIPT)


def get_credit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a credit note that is not deleted. Source: vendor documentation, GET /credit_notes/:id.json.

    Raises:
        NotFound: the account has no such credit note.
    """
    return _get(call, state, CREDIT_NOTE)


def get_debit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a debit note that is not deleted. Source: vendor documentation, GET /debit_notes/:id.json.

    Raises:
        NotFound: the account has no such debit note.
    """
    return _get(call, state, DEBIT_NOTE)


def _get(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    invoice = lookup.find_bill(call, state, document_type)
    return Reply(200, {document_type.wrapper: wire.write_bill(invoice, document_type, state)})
