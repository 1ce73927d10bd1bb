"""Mutants of payments and their amounts at Invoiless."""

from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.operators import Condition, DropCall, Replace, SchemaValue

MUTANTS: Final = (
    Mutant(
        id="il-patch-acts-as-put",
        kind="semantic",
        says="What a PATCH does not name is set to its default.",
        within="read_payment_update",
        change=Replace("{**kept, **body}", "{'method': kept['method'], **body}"),
    ),
    Mutant(
        id="il-put-acts-as-patch",
        kind="semantic",
        says="What a PUT does not name stays, as if it were a PATCH.",
        within="replace_payment",
        change=Replace("wire.read_payment(call.body)", "wire.read_payment_update(payment, call.body)"),
    ),
    Mutant(
        id="il-delete-gives-nothing-back",
        kind="dropped call",
        says="A deleted payment's amount is not owed again.",
        within="delete_payment",
        change=DropCall("_change_paid"),
    ),
    Mutant(
        id="il-delete-keeps",
        kind="dropped call",
        says="A deleted payment is still there.",
        within="delete_payment",
        change=DropCall("state.payments.delete"),
    ),
    Mutant(
        id="il-page-off-by-one",
        kind="constant",
        says="The first page of a list is the second.",
        within="list_payments",
        change=Replace("(page - 1) * limit", "page * limit"),
    ),
    Mutant(
        id="il-amount-off-by-a-cent",
        kind="boundary",
        says="A payment may exceed what is owed by a cent.",
        within="_choose_amount",
        change=Condition("requested.amount > owed", "requested.amount > owed + Decimal('0.01')"),
    ),
    Mutant(
        id="il-pending-forgotten",
        kind="constant",
        says="An invoice that was Pending before it was paid is Unpaid after its payment is deleted.",
        within="change_paid",
        change=Replace("'Pending' if pending else 'Unpaid'", "'Unpaid'"),
    ),
    Mutant(
        id="il-total-beyond-any-payment",
        kind="condition",
        says="An invoice may have a total that no payment can name.",
        within="_compute_totals",
        change=Condition("totals.total > largest", "False"),
    ),
    Mutant(
        id="il-time-of-day-forgotten",
        kind="constant",
        says="A payment whose moment was given is answered with its day alone.",
        within="_write_paid_at",
        change=Condition("payment.paid_time is None", "True"),
    ),
    Mutant(
        id="il-balance-above-a-payment",
        kind="constant",
        says="The contract takes no payment as large as the largest balance.",
        within="contract",
        change=SchemaValue("/components/schemas/Amount/maximum", "999999999.99"),
    ),
    Mutant(
        id="il-read-payment-not-taken-back",
        kind="dropped statement",
        says="A payment that was read cannot be sent back, because its id is refused.",
        within="contract",
        change=SchemaValue(
            "/components/schemas/PaymentReplacement/properties/id/readOnly",
            "false\n          type: boolean",
        ),
    ),
    Mutant(
        id="il-invoice-below-its-payments",
        kind="boundary",
        says="A changed invoice may cost a cent less than is paid.",
        within="change_invoice",
        change=Condition("totals.total < paid", "totals.total + 1 <= paid"),
    ),
    Mutant(
        id="il-deleted-invoice-leaves-payments",
        kind="dropped call",
        says="The payments of a deleted invoice are still there.",
        within="delete_invoice",
        change=DropCall("state.payments.delete"),
    ),
)
