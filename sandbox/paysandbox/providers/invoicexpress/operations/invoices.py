"""Operations on invoices, simplified invoices and invoice-receipts."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import ledger, lookup, wire
from paysandbox.providers.invoicexpress.records import (
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    Bill,
    DocumentType,
    Invoice,
    InvoiceXpressState,
)
from paysandbox.providers.invoicexpress.rules import checks, invoices, receipts


def get_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an invoice that is not deleted. Source: vendor documentation, GET /invoices/:id.json.

    Raises:
        NotFound: the account has no such invoice.
    """
    return _get(call, state, INVOICE)


def change_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle an invoice. Source: vendor documentation, PUT /invoices/:id/change-state.json.

    Raises:
        NotFound: the account has no such invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, INVOICE)


def get_simplified_invoice(call: Call, state: InvoiceXpressState) -> Reply:
    """Return a simplified invoice that is not deleted.

    Source: vendor documentation, GET /simplified_invoices/:id.json.

    Raises:
        NotFound: the account has no such simplified invoice.
    """
    return _get(call, state, SIMPLIFIED_INVOICE)


def change_simplified_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle a simplified invoice.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such simplified invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, SIMPLIFIED_INVOICE)


def get_invoice_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """Return an invoice-receipt that is not deleted.

    Source: vendor documentation, GET /invoice_receipts/:id.json.

    Raises:
        NotFound: the account has no such invoice-receipt.
    """
    return _get(call, state, INVOICE_RECEIPT)


def change_invoice_receipt_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete or cancel an invoice-receipt, which is paid as soon as it is finalized.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such invoice-receipt.
        NotAllowed: its state does not allow the change.
    """
    return _change_state(call, state, INVOICE_RECEIPT)


def _get(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    invoice = lookup.find_bill(call, state, document_type)
    return Reply(200, {document_type.wrapper: wire.write_bill(invoice, document_type, state)})


def _change_state(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    invoice = lookup.find_bill(call, state, document_type)
    # Clients send the wrapper `invoice` for simplified invoices too.
    asked = next(call.body[wrapper] for wrapper in (document_type.wrapper, "invoice") if wrapper in call.body)
    requested, message = asked["state"], asked.get("message")
    status = invoices.next_status(invoice, requested)
    if status is None:
        raise NotAllowed(
            f"document {invoice.id} is {invoice.status} and cannot be {requested}", rule="states-follow-each-other"
        )
    if status == "canceled":
        _check_receipts(invoice, state)
    if requested == "settled" and (receipted := _issue_receipt(call, invoice, state)):
        changed: Bill = invoices.add_message(receipted, message)
    else:
        changed = invoices.change_status(invoice, status, message)
    if requested == "finalized":
        call.rule("finalized-takes-next-number")
        if status == "settled":
            call.rule("finalized-is-settled")
        changed = _number(call, changed, document_type, state)
    state.table(document_type.table).put(changed)
    return Reply(200, {document_type.wrapper: wire.write_bill(changed, document_type, state)})


def _check_receipts(invoice: Bill, state: InvoiceXpressState) -> None:
    if state.has_receipt(invoice):
        raise NotAllowed(
            f"document {invoice.id} has receipts that are not cancelled; cancel them first",
            rule="receipted-document-is-not-cancelled",
        )


def _issue_receipt(call: Call, invoice: Bill, state: InvoiceXpressState) -> Invoice | None:
    """Issue a receipt for what a document that is marked as paid still owes; None if it has none."""
    if not isinstance(invoice, Invoice) or not invoice.outstanding or state.variants["settled_makes_receipt"] != "true":
        call.rule("marked-as-settled-owes-nothing")
        return None
    call.rule("settled-makes-a-receipt")
    payment = receipts.Payment(
        amount=invoice.outstanding,
        mechanism=receipts.choose_mechanism(None, state.get_client(invoice), call.principal),
        date=state.today(),
        note=None,
    )
    return ledger.pay(invoice, payment, state.get_sequence(invoice), state)[0]


def _number(call: Call, invoice: Bill, document_type: DocumentType, state: InvoiceXpressState) -> Bill:
    """Give a document the next number of its serie and type."""
    _check_date(call, invoice, document_type, state)
    sequence = invoices.count_document(state.get_sequence(invoice), document_type)
    _check_manual_number(call, invoice, invoices.last_number(sequence, document_type))
    state.sequences.put(sequence)
    return invoices.number_document(invoice, sequence, document_type)


def _check_date(call: Call, invoice: Bill, document_type: DocumentType, state: InvoiceXpressState) -> None:
    if not state.checks_live:
        return
    call.rule("date-not-before-last-of-sequence")
    last = state.find_last(state.get_sequence(invoice), document_type)
    if last is not None and checks.is_dated_before(invoice, last):
        date = wire.write_date(last.date)
        raise NotAllowed(
            f"document {invoice.id} is dated {wire.write_date(invoice.date)}, before {date}, the date of "
            f"{last.sequence_number}",
            rule="date-not-before-last-of-sequence",
            facts={"type": document_type.wrapper.replace("_", "-"), "date": last.date},
        )


def _check_manual_number(call: Call, invoice: Bill, number: int) -> None:
    asked = invoice.manual_sequence_number
    if asked is None:
        return
    call.rule("manual-number-is-the-next")
    if int(asked) != number:
        raise NotAllowed(
            f"document {invoice.id} has the manual_sequence_number {asked}, but {number} is next",
            rule="manual-number-is-the-next",
        )
