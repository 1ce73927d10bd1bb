"""Operations that send documents by e-mail, into the sandbox's outbox."""

from msgspec.structs import replace

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import lookup, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    DRAFT_NUMBER,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    DocumentType,
    InvoiceXpressState,
    Message,
)


def email_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Put an e-mail with an invoice into the outbox.

    Source: vendor documentation, PUT /invoices/:id/email-document.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    return _email(call, state, INVOICE)


def email_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Put an e-mail with a simplified invoice into the outbox.

    Source: vendor documentation, PUT /simplified_invoices/:id/email-document.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    return _email(call, state, SIMPLIFIED_INVOICE)


def email_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Put an e-mail with an invoice-receipt into the outbox.

    Source: vendor documentation, PUT /invoice_receipts/:id/email-document.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    return _email(call, state, INVOICE_RECEIPT)


def email_credit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Put an e-mail with a credit note into the outbox.

    Source: vendor documentation, PUT /credit_notes/:id/email-document.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    return _email(call, state, CREDIT_NOTE)


def email_debit_note(call: Call, state: InvoiceXpressState) -> Reply:
    """Put an e-mail with a debit note into the outbox.

    Source: vendor documentation, PUT /debit_notes/:id/email-document.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document has no number.
    """
    return _email(call, state, DEBIT_NOTE)


def _email(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    bill = lookup.find_bill(call, state, document_type)
    if bill.sequence_number == DRAFT_NUMBER:
        raise NotAllowed(
            f"document {bill.id} is {bill.status} and has no number",
            rule="draft-is-not-sent",
            at=lookup.locate_document(call),
        )
    asked = wire.drop_empty(call.body["message"])
    to: str = asked["client"]["email"]
    call.rule("message-is-kept")
    state.outbox.put(
        Message(
            id=state.next_message_id(),
            to=to,
            document=bill.id,
            at=state.now(),
            **{name: asked.get(name) for name in ("cc", "bcc", "subject", "body")},
        )
    )
    if str(asked["client"].get("save")) == "1":
        call.rule("address-is-saved")
        state.clients.put(replace(state.get_client(bill), email=to))
    return Reply(200)
