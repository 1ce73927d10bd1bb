"""Operations on payments."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from paysandbox.core.messages import Call, Reply
from paysandbox.core.money import round_half_up
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.invoicexpress import ledger, wire
from paysandbox.providers.invoicexpress.records import UNPAYABLE, Client, Invoice, InvoiceXpressState, Sequence
from paysandbox.providers.invoicexpress.rules import receipts

_DOCUMENT: Final = "{document-id}"


def create_partial_payment(call: Call, state: InvoiceXpressState) -> Reply:
    """Pay an invoice or a simplified invoice, and issue the receipt.

    Source: vendor page, POST /documents/:document-id/partial_payments.json.

    Raises:
        NotFound: the account has no such document.
        NotAllowed: the document takes no payment, the amount exceeds what is outstanding, or the serie is unknown.
    """
    asked = wire.drop_empty(call.body["partial_payment"])
    invoice = _find_payable(call, state)
    amount = _read_amount(call, asked, invoice)
    sequence = _find_sequence(call, asked, invoice, state)
    client = state.get_client(invoice)
    payment = _read_payment(call, asked, amount, client, state)
    call.rule("receipt-takes-next-number")
    call.rule("receipt-total-is-amount-paid")
    paid, receipt = ledger.pay(invoice, payment, sequence, state)
    if paid.status != invoice.status:
        call.rule("full-payment-settles-document")
    return Reply(
        int(state.variants["success_status"]), {"receipt": wire.write_receipt(receipt, client, state.variants)}
    )


def _find_payable(call: Call, state: InvoiceXpressState) -> Invoice:
    """Return the document of the path."""
    document_id = call.path["document-id"]
    found = state.find_document(document_id)
    document = None if found is None else found[1]
    if document is None or document.account != call.principal.id:
        raise NotFound(f"this account has no document {document_id}", rule="unknown-document-is-404", at=_DOCUMENT)
    if document.status == "deleted":
        raise NotFound(f"document {document_id} was deleted", rule="unknown-document-is-404", at=_DOCUMENT)
    if not isinstance(document, Invoice):
        raise NotAllowed(
            f"document {document_id} is of the type {type(document).__name__}",
            rule="only-invoices-and-simplified-invoices",
            at=_DOCUMENT,
        )
    if document.status in UNPAYABLE:
        raise NotAllowed(
            f"document {document_id} is {document.status}", rule="draft-or-cancelled-takes-no-payment", at=_DOCUMENT
        )
    return document


def _read_amount(call: Call, asked: Mapping[str, Any], invoice: Invoice) -> Decimal:
    """Return the amount to pay, in cents."""
    call.rule("amount-zero-or-more")
    amount = round_half_up(asked["amount"])
    outstanding = invoice.outstanding
    if amount > outstanding:
        raise NotAllowed(
            f"{amount} is more than the {outstanding} that document {invoice.id} still owes",
            rule="overpayment-is-refused",
            at="/partial_payment/amount",
            facts={"outstanding": outstanding},
        )
    return amount


def _find_sequence(call: Call, asked: Mapping[str, Any], invoice: Invoice, state: InvoiceXpressState) -> Sequence:
    """Return the sequence that numbers the receipt."""
    serie = asked.get("serie")
    if serie is None:
        call.rule("serie-defaults-to-documents")
        return state.get_sequence(invoice)
    sequence = state.sequences.find("serie", (invoice.account, serie))
    if sequence is None:
        raise NotAllowed(
            f"this account has no serie {serie!r}", rule="serie-defaults-to-documents", at="/partial_payment/serie"
        )
    return sequence


def _read_payment(
    call: Call, asked: Mapping[str, Any], amount: Decimal, client: Client, state: InvoiceXpressState
) -> receipts.Payment:
    """Return the requested payment with its defaults filled in."""
    mechanism, day = asked.get("payment_mechanism"), asked.get("payment_date")
    if mechanism is None:
        call.rule("mechanism-defaults")
    if day is None:
        call.rule("payment-date-defaults-to-today")
    return receipts.Payment(
        amount=amount,
        mechanism=receipts.choose_mechanism(mechanism, client, call.principal),
        date=state.today() if day is None else wire.read_date(day),
        note=asked.get("note"),
    )
