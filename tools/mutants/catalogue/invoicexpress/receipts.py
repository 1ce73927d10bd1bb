"""Mutants of payments, receipts and credit notes at InvoiceXpress."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Item, Replace, Returned

MUTANTS: Final = (
    Mutant(
        id="ix-receipt-number-reused",
        kind="dropped call",
        says="The next receipt takes the same number again.",
        within="pay",
        change=DropCall("state.sequences.put"),
    ),
    Mutant(
        id="ix-invoice-not-paid",
        kind="dropped call",
        says="A receipt is made, and the invoice owes as much as before.",
        within="pay",
        change=DropCall("state.put_document"),
    ),
    Mutant(
        id="ix-foreign-document-payable",
        kind="condition",
        says="Any account's key pays any account's document.",
        within="_find_payable",
        change=Condition("document.account != call.principal.id", "False"),
    ),
    Mutant(
        id="ix-mechanism-of-the-account-first",
        kind="semantic",
        says="The account's payment mechanism goes before the client's.",
        within="choose_mechanism",
        change=Returned(
            "asked or account.payment_mechanism or client.payment_mechanism or 'TB'",
            old="asked or client.payment_mechanism or account.payment_mechanism or 'TB'",
        ),
    ),
    Mutant(
        id="ix-cancelled-receipt-still-pays",
        kind="dropped call",
        says="A receipt is cancelled, and its document owes as little as before.",
        within="change_receipt_state",
        change=DropCall("state.put_document", keep_argument=True),
    ),
    Mutant(
        id="ix-receipt-cancelled-twice",
        kind="condition",
        says="A receipt is cancelled as often as one likes.",
        within="change_receipt_state",
        change=Condition("receipt.is_void", "receipt.document < 0"),
    ),
    Mutant(
        id="ix-receipted-invoice-cancelled",
        kind="condition",
        says="An invoice with receipts that count can be cancelled.",
        within="_cancel",
        change=Condition("state.has_receipt(bill)", "not state.has_receipt(bill)"),
    ),
    Mutant(
        id="ix-settled-stays-settled",
        kind="semantic",
        says="An invoice whose receipt was cancelled stays settled.",
        within="_settle",
        change=Replace(
            "bill.marked_settled or ((has_receipt or bill.credited > 0) and not bill.outstanding)",
            "bill.status == 'settled'",
        ),
    ),
    Mutant(
        id="ix-invoice-receipt-owes",
        kind="semantic",
        says="An invoice-receipt that is finalized is final, as if it were not paid.",
        within="_NEXT_STATUS_OF_RECEIPT",
        change=Item("('draft', 'finalized')", "'final'"),
    ),
    Mutant(
        id="ix-settled-without-receipt",
        kind="condition",
        says="No receipt is issued for what is marked as settled.",
        within="_issue_receipt",
        change=Condition("not invoice.outstanding", "True"),
    ),
    Mutant(
        id="ix-note-above-its-owner",
        kind="boundary",
        says="A credit note gives back a cent more than is owed.",
        within="_charge_owner",
        change=Replace("note.total > owner.outstanding", "note.total > owner.total"),
    ),
    Mutant(
        id="ix-credit-note-changes-nothing",
        kind="semantic",
        says="A credit note leaves what is owed as it is.",
        within="credit",
        change=Replace("invoices.add_credit(owner, note.total, has_receipt=state.has_receipt(owner))", "owner"),
    ),
    Mutant(
        id="ix-cancelled-credit-note-still-counts",
        kind="condition",
        says="What a cancelled credit note took off is not owed again.",
        within="uncredit",
        change=Condition("owner is not None and note.credited", "False"),
    ),
    Mutant(
        id="ix-cancelled-and-credited",
        kind="condition",
        says="An invoice with credit notes that count can be cancelled.",
        within="_cancel",
        change=Condition("state.has_credit_note(bill)", "False"),
    ),
    Mutant(
        id="ix-settled-invoice-credited",
        kind="semantic",
        says="A settled invoice takes a credit note.",
        within="takes_note",
        change=Replace("owner.status == 'settled' and isinstance(note, DebitNote)", "owner.status == 'settled'"),
    ),
)
