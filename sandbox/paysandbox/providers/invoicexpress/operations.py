"""InvoiceXpress's operations on payments and receipts, in the order of its contract; those on invoices come after."""

from decimal import Decimal
from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.core.money import round_half_up
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import rules, wire
from paysandbox.providers.invoicexpress.drafts import NUMBERLESS
from paysandbox.providers.invoicexpress.records import Client, Invoice, InvoiceXpressState, Receipt, Sequence
from paysandbox.store.tables import Table


def create_partial_payment(call: Call, state: InvoiceXpressState) -> Reply:
    """Pay an invoice or a simplified invoice, which generates a receipt.

    Source: vendor page, POST /documents/:document-id/partial_payments.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document takes no payment, or not this much; or the account has no such serie.
    """
    asked: dict[str, Any] = call.body["partial_payment"]
    table, invoice = _payable(call, state)
    amount = _amount(call, asked, invoice)
    sequence = rules.numbered(_sequence(call, asked, invoice, state))
    client = state.client_of(invoice)
    payment = _payment(call, asked, amount, client, state)
    call.rule("receipt-takes-next-number")
    call.rule("receipt-total-is-amount-paid")
    receipt = rules.receipt(state.next_document_id(), invoice, payment, sequence)
    after = rules.paid(invoice, amount)
    if after.status != invoice.status:
        call.rule("full-payment-settles-document")
    state.sequences.put(sequence)
    state.receipts.put(receipt)
    table.put(after)
    return Reply(int(state.variants["success_status"]), {"receipt": wire.receipt(receipt, client, state.variants)})


def get_related_documents(call: Call, state: InvoiceXpressState) -> Reply:
    """The receipts and credit notes of an invoice or a simplified invoice, the oldest first.

    Source: our notes, GET /document/:document-id/related_documents.json.

    Raises:
        NotFound: the account has no such invoice or simplified invoice.
    """
    document_id = call.path["document-id"]
    table = state.holder(document_id)
    document = table.get(document_id) if table is not None else None
    if not isinstance(document, Invoice) or document.account != call.principal.id:
        raise NotFound(
            f"this account has no invoice or simplified invoice {document_id}", rule="unknown-document-is-404"
        )
    receipts = state.receipts.all("document", document_id)
    if not all(rules.counts(receipt) for receipt in receipts):
        call.rule("cancelled-receipt-stays-listed")
    shown = [wire.receipt(receipt, state.client_of(receipt), state.variants) for receipt in receipts]
    shown += [
        wire.credit_note(note, state.client_of(note), state.sequence_of(note), state.variants)
        for note in state.credit_notes.all("document", document_id)
        if note.sequence_number != NUMBERLESS
    ]
    return Reply(200, {"documents": shown})


def get_receipt(call: Call, state: InvoiceXpressState) -> Reply:
    """A receipt, cancelled or not. Source: our notes, GET /receipts/:receipt-id.json.

    Raises:
        NotFound: the account has no such receipt.
    """
    receipt = _receipt(call, state)
    return Reply(200, {"receipt": wire.receipt(receipt, state.client_of(receipt), state.variants)})


def change_receipt_state(call: Call, state: InvoiceXpressState) -> Reply:
    """Cancel a receipt, and the payment with it. Source: our notes, PUT /receipts/:receipt-id/change-state.json.

    Raises:
        NotFound: the account has no such receipt.
        NotAllowed: it is cancelled already.
    """
    receipt = _receipt(call, state)
    if not rules.counts(receipt):
        raise NotAllowed(f"receipt {receipt.id} is {receipt.status} already", rule="receipt-is-cancelled-once")
    call.rule("cancelled-receipt-keeps-its-number")
    after = rules.cancelled(receipt, call.body["receipt"]["message"])
    state.receipts.put(after)
    table = state.holder(receipt.document)
    invoice = table.get(receipt.document) if table is not None else None
    if table is not None and isinstance(invoice, Invoice):
        call.rule("cancelled-payment-is-owed-again")
        receipted = any(rules.counts(one) for one in state.receipts.all("document", invoice.id))
        table.put(rules.unpaid(invoice, receipt.total, receipted=receipted))
    return Reply(200, {"receipt": wire.receipt(after, state.client_of(after), state.variants)})


def _receipt(call: Call, state: InvoiceXpressState) -> Receipt:
    receipt_id = call.path["receipt-id"]
    receipt = state.receipts.get(receipt_id)
    if receipt is None or receipt.account != call.principal.id:
        raise NotFound(f"this account has no receipt {receipt_id}", rule="unknown-receipt-is-404")
    return receipt


def _payable(call: Call, state: InvoiceXpressState) -> tuple[Table[Any], Invoice]:
    """The document to be paid, and the table that holds it."""
    document_id = call.path["document-id"]
    table = state.holder(document_id)
    document = table.get(document_id) if table is not None else None
    if table is None or document is None or document.account != call.principal.id:
        raise NotFound(f"this account has no document {document_id}", rule="unknown-document-is-404")
    if not isinstance(document, Invoice):
        raise NotAllowed(
            f"document {document_id} is of the type {type(document).__name__}",
            rule="only-invoices-and-simplified-invoices",
        )
    if document.status in rules.UNPAYABLE:
        raise NotAllowed(f"document {document_id} is {document.status}", rule="draft-or-cancelled-takes-no-payment")
    return table, document


def _amount(call: Call, asked: dict[str, Any], invoice: Invoice) -> Decimal:
    """The amount to be paid, in cents."""
    call.rule("amount-zero-or-more")
    amount = round_half_up(asked["amount"])
    outstanding = rules.owed(invoice)
    if amount > outstanding:
        raise NotAllowed(
            f"/partial_payment/amount: {amount} is more than the {outstanding} that document {invoice.id} still owes",
            rule="overpayment-is-refused",
            facts={"outstanding": outstanding},
        )
    return amount


def _sequence(call: Call, asked: dict[str, Any], invoice: Invoice, state: InvoiceXpressState) -> Sequence:
    """The sequence that numbers the receipt."""
    serie = asked.get("serie")
    if serie is None:
        call.rule("serie-defaults-to-documents")
        return state.sequence_of(invoice)
    found = state.sequences.find("serie", (invoice.account, serie))
    if found is None:
        raise NotAllowed(
            f"/partial_payment/serie: this account has no serie {serie!r}", rule="serie-defaults-to-documents"
        )
    return found


def _payment(
    call: Call, asked: dict[str, Any], amount: Decimal, client: Client, state: InvoiceXpressState
) -> rules.Payment:
    """The payment that is asked for, with the defaults of what is not given."""
    mechanism, day = asked.get("payment_mechanism"), asked.get("payment_date")
    if mechanism is None:
        call.rule("mechanism-defaults")
    if day is None:
        call.rule("payment-date-defaults-to-today")
    return rules.Payment(
        amount=amount,
        mechanism=rules.mechanism(mechanism, client, call.principal),
        date=state.today() if day is None else wire.read_date(day),
        note=asked.get("note"),
    )
