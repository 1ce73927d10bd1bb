"""Mutants of the imitated Invisible Collector, its contract included."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Item, Replace, Returned, SchemaValue

MUTANTS: Final = (
    Mutant(
        id="ic-never-409",
        kind="condition",
        says="A different payment under a number that is taken is answered like an identical repeat.",
        within="_repeat_payment",
        change=Replace("rules.is_same_payment(existing, payment)", "rules.is_same_payment(existing, existing)"),
    ),
    Mutant(
        id="ic-create-forgets",
        kind="dropped call",
        says="A created payment is answered and not kept.",
        within="create_payment",
        change=DropCall("state.payments.put"),
    ),
    Mutant(
        id="ic-misspelt-status",
        kind="constant",
        says="The status is spelt with one L, so that cancelled payments count.",
        within="create_payment",
        change=Condition("payment.status == 'CANCELLED'", "payment.status == 'CANCELED'"),
    ),
    Mutant(
        id="ic-one-known-document-is-enough",
        kind="condition",
        says="A payment is taken if only one of its documents exists.",
        within="_find_documents",
        change=Condition("missing", "missing and not found"),
    ),
    Mutant(
        id="ic-overpaid-is-pending",
        kind="dropped call",
        says="A debt of which more than all is paid is still pending.",
        within="Debt.outstanding",
        change=Returned("self.owed - self.paid_total - self.credit_total"),
    ),
    Mutant(
        id="ic-reply-member-missing",
        kind="dropped statement",
        says="The answer does not repeat the payment's externalId, which its contract leaves optional.",
        within="write_payment",
        change=Item("'externalId'", None),
    ),
    Mutant(
        id="ic-undocumented-status",
        kind="constant",
        says="A created payment is answered 202.",
        within="create_payment",
        change=Replace("Reply(201, wire.write_payment(payment))", "Reply(202, wire.write_payment(payment))"),
    ),
    Mutant(
        id="ic-enum-lacks-a-value",
        kind="semantic",
        says="The contract has lost a status that clients may send, so that cancelled payments are refused.",
        within="contract",
        change=SchemaValue("/components/schemas/NewPayment/properties/status/enum", "[FINAL, null]"),
    ),
    Mutant(
        id="ic-cancelled-still-counts",
        kind="dropped call",
        says="A payment that is cancelled still counts on its debts.",
        within="cancel_payment",
        change=DropCall("ledger.take_back_payment"),
    ),
    Mutant(
        id="ic-cancelled-twice-gives-back-twice",
        kind="condition",
        says="Cancelling a payment again takes it back from its debts again.",
        within="cancel_payment",
        change=Condition("payment.status == 'CANCELLED'", "payment.status == 'VOID'"),
    ),
    Mutant(
        id="ic-links-stay",
        kind="dropped call",
        says="The links that a payment made between notes and debts stay when it is deleted or cancelled.",
        within="take_back_payment",
        change=DropCall("state.note_links.delete"),
    ),
    Mutant(
        id="ic-day-of-payment-forgotten",
        kind="semantic",
        says="A debt that is still paid after a payment was taken back was then paid when that payment came.",
        within="remove_entries",
        change=Returned("after", old="replace(after, paid_at=again.paid_at or after.paid_at)"),
    ),
    Mutant(
        id="ic-debts-of-anybody",
        kind="condition",
        says="A token reads, and writes notes for, the debts of other companies.",
        within="_find_debt",
        change=Condition("debt.company != call.principal", "False"),
    ),
    Mutant(
        id="ic-range-lacks-its-end",
        kind="comparison",
        says="A range of dates does not include its last day.",
        within="is_within",
        change=Replace("date <= last", "date < last"),
    ),
    Mutant(
        id="ic-currency-variant-ignored",
        kind="semantic",
        says="Where the currency is not required, it is still mandatory in the contract.",
        within="contract",
        change=SchemaValue(
            "/x-variants/currency_required/choices/false/patch/components/schemas/NewPayment/required",
            "[number, type, date, currency, lines]",
        ),
    ),
)
