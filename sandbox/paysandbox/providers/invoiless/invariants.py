"""What must hold of Invoiless's records after every call: invoices, and the payments that lower their balances.

The checks accept any records, also those that only an edit by hand can make. Every line gives the record, the value
found and the value expected.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.kit.invariants import REFERENCES_HOLD
from paysandbox.kit.provider import Invariant
from paysandbox.providers.invoiless.records import Invoice, InvoilessState


def _balanced(state: InvoilessState) -> Iterator[str]:
    paid: dict[str, Decimal] = {}
    for payment in state.payments.records():
        paid[payment.invoice] = paid.get(payment.invoice, ZERO) + payment.amount
    for invoice in state.invoices.records():
        due = invoice.total - paid.get(invoice.id, ZERO)
        if invoice.balance != due:
            yield f"invoices/{invoice.id}: balance is {invoice.balance}, but the total less the payments is {due}"


def _overpaid(state: InvoilessState) -> Iterator[str]:
    for invoice in state.invoices.records():
        if invoice.balance < ZERO:
            yield f"invoices/{invoice.id}: balance is {invoice.balance}, but nobody can owe less than 0"


def _followed(state: InvoilessState) -> Iterator[str]:
    for invoice in state.invoices.records():
        due = _status_due(invoice)
        if due is not None:
            yield (
                f"invoices/{invoice.id}: status is {invoice.status}, "
                f"but {invoice.balance} of {invoice.total} is owed: it is {due}"
            )


def _status_due(invoice: Invoice) -> str | None:
    """What the status should be, if it does not agree with the balance; the statuses that payments do not lead to."""
    untouched = invoice.balance == invoice.total
    match invoice.status:
        case "Canceled" | "Refunded":
            agrees = True  # they say something else than what is owed
        case "Draft" | "Pending" | "Unpaid":
            agrees = untouched
        case "Partial":
            agrees = bool(invoice.balance) and not untouched
        case "Paid":
            agrees = not invoice.balance
    if agrees:
        return None
    return "Unpaid" if untouched else "Partial" if invoice.balance else "Paid"


def _added_up(state: InvoilessState) -> Iterator[str]:
    for invoice in state.invoices.records():
        due = sum((round_half_up(item.quantity * item.price) for item in invoice.items), ZERO)
        if invoice.total != due:
            yield f"invoices/{invoice.id}: total is {invoice.total}, but its items cost {due} together"


def _at_home(state: InvoilessState) -> Iterator[str]:
    for invoice in state.invoices.records():
        customer = state.customers.get(invoice.customer)
        scope = None if invoice.scope is None else state.scopes.get(invoice.scope)
        for what, record in (("customer", customer), ("scope", scope)):
            if record is not None and record.account != invoice.account:
                yield f"invoices/{invoice.id}: {what} is {record.id}, but that is of another account"


def _something(state: InvoilessState) -> Iterator[str]:
    for payment in state.payments.records():
        if payment.amount <= ZERO:
            yield f"payments/{payment.id}: amount is {payment.amount}, but a payment is of more than 0"


INVARIANTS: Final = (
    Invariant(
        id="balance-is-total-less-payments",
        says="What is still owed on an invoice is its total less its payments.",
        broken=_balanced,
    ),
    Invariant(
        id="nobody-owes-less-than-nothing",
        says="An invoice is never paid more than its total.",
        broken=_overpaid,
    ),
    Invariant(
        id="status-agrees-with-balance",
        says=(
            "Of an invoice that is Draft, Pending or Unpaid nothing is paid, of a Partial one something, of a Paid one "
            "everything."
        ),
        broken=_followed,
    ),
    Invariant(
        id="total-is-the-sum-of-the-items",
        says="An invoice's total is what its items cost together, each rounded to cents.",
        broken=_added_up,
    ),
    Invariant(
        id="accounts-keep-to-themselves",
        says="An invoice's customer and scope are of its own account.",
        broken=_at_home,
    ),
    Invariant(
        id="a-payment-is-of-something",
        says="A payment's amount is above zero.",
        broken=_something,
    ),
    REFERENCES_HOLD,
)
