"""Faults in the imitated Invisible Collector, its contract included."""

from typing import Final

from tests.faults.fault import Fault

_HERE: Final = "sandbox/providers/invisible_collector"

FAULTS: Final = (
    Fault(
        id="ic-never-409",
        kind="condition",
        says="A different payment under a number that is taken is answered like an identical repeat.",
        file=f"{_HERE}/operations.py",
        old="if not rules.same_payment(held, payment):",
        new="if not rules.same_payment(held, held):",
    ),
    Fault(
        id="ic-create-forgets",
        kind="dropped call",
        says="A created payment is answered and not kept.",
        file=f"{_HERE}/operations.py",
        old="    state.payments.put(payment)\n",
        new="",
    ),
    Fault(
        id="ic-misspelt-status",
        kind="constant",
        says="The status is spelt with one L, so that cancelled payments count.",
        file=f"{_HERE}/operations.py",
        old='if payment.status == "CANCELLED":',
        new='if payment.status == "CANCELED":',
    ),
    Fault(
        id="ic-one-known-document-is-enough",
        kind="condition",
        says="A payment is taken if only one of its documents exists.",
        file=f"{_HERE}/operations.py",
        old="    if missing:\n",
        new="    if missing and not found:\n",
    ),
    Fault(
        id="ic-overpaid-is-pending",
        kind="dropped call",
        says="A debt of which more than all is paid is still pending.",
        file=f"{_HERE}/rules.py",
        old="return max(debt.gross_total + debt.debit_total - debt.paid_total - debt.credit_total, ZERO)",
        new="return debt.gross_total + debt.debit_total - debt.paid_total - debt.credit_total",
    ),
    Fault(
        id="ic-reply-member-missing",
        kind="dropped statement",
        says="The answer does not repeat the payment's externalId, which its contract leaves optional.",
        file=f"{_HERE}/wire.py",
        old='            "externalId": held.external_id,\n',
        new="",
    ),
    Fault(
        id="ic-undocumented-status",
        kind="constant",
        says="A created payment is answered 202.",
        file=f"{_HERE}/operations.py",
        old="return Reply(201, wire.payment(payment))",
        new="return Reply(202, wire.payment(payment))",
    ),
    Fault(
        id="ic-enum-lacks-a-value",
        kind="semantic",
        says="The contract has lost a status that clients may send, so that cancelled payments are refused.",
        file="schemas/invisible_collector/openapi.yaml",
        old="enum: [FINAL, CANCELLED, null]",
        new="enum: [FINAL, null]",
    ),
)
