"""Operations that change the state of documents: finalize, delete, cancel, settle, unsettle."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.invoicexpress import ledger, lookup, wire
from paysandbox.providers.invoicexpress.records import (
    CREDIT_NOTE,
    DEBIT_NOTE,
    INVOICE,
    INVOICE_RECEIPT,
    SIMPLIFIED_INVOICE,
    Bill,
    CreditNote,
    DebitNote,
    DocumentType,
    InvoiceXpressState,
    Payable,
    Status,
)
from paysandbox.providers.invoicexpress.rules import checks, invoices, receipts


def change_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle an invoice. Source: vendor documentation, PUT /invoices/:id/change-state.json.

    Raises:
        NotFound: the account has no such invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, INVOICE)


def change_simplified_invoice_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel or settle a simplified invoice.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such simplified invoice.
        NotAllowed: its state does not allow the change, or it has receipts that are not cancelled.
    """
    return _change_state(call, state, SIMPLIFIED_INVOICE)


def change_invoice_receipt_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete or cancel an invoice-receipt, which is paid as soon as it is finalized.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such invoice-receipt.
        NotAllowed: its state does not allow the change.
    """
    return _change_state(call, state, INVOICE_RECEIPT)


def change_credit_note_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel, settle or unsettle a credit note.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such credit note.
        NotAllowed: its state, or that of the document it belongs to, does not allow the change.
    """
    return _change_state(call, state, CREDIT_NOTE)


def change_debit_note_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Finalize, delete, cancel, settle or unsettle a debit note.

    Source: vendor documentation, PUT /:document-type/:document-id/change-state.json.

    Raises:
        NotFound: the account has no such debit note.
        NotAllowed: its state, or that of the document it belongs to, does not allow the change.
    """
    return _change_state(call, state, DEBIT_NOTE)


def _change_state(call: Call, state: InvoiceXpressState, document_type: DocumentType) -> Reply:
    bill = lookup.find_bill(call, state, document_type)
    # Clients send the wrapper `invoice` for the other types too.
    wrapper = next(wrapper for wrapper in (document_type.wrapper, "invoice") if wrapper in call.body)
    requested, message = call.body[wrapper]["state"], call.body[wrapper].get("message")
    place = f"/{wrapper}/state"
    status = invoices.next_status(bill, requested)
    if status is None:
        raise NotAllowed(
            f"document {bill.id} is {bill.status} and cannot be {requested}", rule="states-follow-each-other", at=place
        )
    match requested:
        case "finalized":
            changed = _finalize(call, bill, status, document_type, state)
        case "canceled":
            changed = _cancel(call, bill, status, place, state)
        case "settled":
            changed = _issue_receipt(call, bill, state) or invoices.change_status(bill, status)
        case "unsettled" if isinstance(bill, DebitNote):
            call.rule("unsettled-cancels-receipts")
            changed = ledger.take_payments_back(bill, message or "Unsettled.", state)
        case _:
            changed = invoices.change_status(bill, status)
    changed = invoices.add_message(changed, message)
    state.table(document_type.table).put(changed)
    return Reply(200, {document_type.wrapper: wire.write_bill(changed, document_type, state)})


def _finalize(call: Call, bill: Bill, status: Status, document_type: DocumentType, state: InvoiceXpressState) -> Bill:
    call.rule("finalized-takes-next-number")
    if status == "settled":
        call.rule("finalized-is-settled")
    changed = _number(call, invoices.change_status(bill, status), document_type, state)
    if isinstance(changed, CreditNote | DebitNote):
        return _charge_owner(call, changed, state)
    return changed


def _charge_owner(call: Call, note: CreditNote | DebitNote, state: InvoiceXpressState) -> Bill:
    """Check the document that a note belongs to; a credit note lowers what it owes."""
    call.rule("note-needs-its-owner")
    owner = None if note.document is None else lookup.find_owner(note.document, state)
    if owner is None or not invoices.takes_note(owner, note):
        what = "no document" if owner is None else f"document {owner.id}, which is {owner.status}"
        raise NotAllowed(
            f"the note {note.id} belongs to {what}", rule="note-needs-its-owner", at=lookup.locate_document(call)
        )
    if isinstance(note, DebitNote) or state.variants["credit_note_effect"] != "lowers":
        return note
    call.rule("credit-note-lowers-what-is-owed")
    if note.total > owner.outstanding:
        raise NotAllowed(
            f"the note {note.id} is of {note.total}, more than the {owner.outstanding} left of document {owner.id}",
            rule="credit-note-lowers-what-is-owed",
            at=lookup.locate_document(call),
        )
    return ledger.credit(note, owner, state)


def _cancel(call: Call, bill: Bill, status: Status, place: str, state: InvoiceXpressState) -> Bill:
    """Cancel a document; `place` is where the request asks for it."""
    if state.has_receipt(bill):
        raise NotAllowed(
            f"document {bill.id} has receipts that are not cancelled; cancel them first",
            rule="receipted-document-is-not-cancelled",
            at=place,
        )
    if isinstance(bill, CreditNote):
        call.rule("cancelled-credit-note-is-owed-again")
        return invoices.change_status(ledger.uncredit(bill, state), status)
    if state.has_credit_note(bill):
        raise NotAllowed(
            f"document {bill.id} has credit notes that are not cancelled: it is either cancelled or credited",
            rule="cancel-or-credit-note",
            at=place,
        )
    return invoices.change_status(bill, status)


def _issue_receipt(call: Call, invoice: Bill, state: InvoiceXpressState) -> Payable | None:
    """Issue a receipt for what a document that is marked as paid still owes; None if it has none."""
    if not isinstance(invoice, Payable) or not invoice.outstanding or state.variants["settled_makes_receipt"] != "true":
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
            at=lookup.locate_document(call),
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
            at=lookup.locate_document(call),
        )
