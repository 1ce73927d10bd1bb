"""Invariants of Invoiless: what holds of its invoices and payments after every call.

The checks accept any records, also those that only an edit by hand can make. Every line gives the record, the value
found and the value expected.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from paysandbox.core.money import ZERO, round_half_up
from paysandbox.kit.breaches import Breach
from paysandbox.kit.invariants import REFERENCES_HOLD, find_shared, make_credentials_invariant
from paysandbox.kit.provider import Invariant
from paysandbox.providers.invoiless.records import Invoice, InvoilessState

_FOREIGN: Final = "but that is of another account"


def _find_wrong_balances(state: InvoilessState) -> Iterator[Breach]:
    paid: dict[str, Decimal] = {}
    for payment in state.payments.records():
        paid[payment.invoice] = paid.get(payment.invoice, ZERO) + payment.amount
    for invoice in state.invoices.records():
        if invoice.status_given and invoice.status != "Partial":
            if invoice.balance:
                rest = f"but nothing is owed as {invoice.status}"
                yield Breach.of_value("invoices", invoice.id, "balance", invoice.balance, rest, ZERO)
            continue
        due = invoice.total - paid.get(invoice.id, ZERO)
        if invoice.balance != due:
            rest = f"but the total less the payments is {due}"
            yield Breach.of_value("invoices", invoice.id, "balance", invoice.balance, rest, due)


def _find_negative_balances(state: InvoilessState) -> Iterator[Breach]:
    for invoice in state.invoices.records():
        if invoice.balance < ZERO:
            rest = "but it should not be below 0"
            yield Breach.of_value("invoices", invoice.id, "balance", invoice.balance, rest)


def _find_wrong_statuses(state: InvoilessState) -> Iterator[Breach]:
    for invoice in state.invoices.records():
        due = _find_right_status(invoice)
        if due is not None:
            rest = f"but {invoice.balance} of {invoice.total} is owed: it is {due}"
            yield Breach.of_value("invoices", invoice.id, "status", invoice.status, rest, due)


def _find_right_status(invoice: Invoice) -> str | None:
    """Return what the status should be if it does not agree with the balance; None if it agrees."""
    untouched = invoice.balance == invoice.total
    match invoice.status:
        case "Canceled" | "Refunded":
            agrees = True  # these statuses do not depend on the balance
        case "Draft" | "Pending" | "Unpaid":
            agrees = untouched
        case "Partial" if invoice.status_given:
            return None if untouched else "not given any more"
        case "Partial":
            agrees = bool(invoice.balance) and not untouched
        case "Paid":
            agrees = not invoice.balance
    if agrees:
        return None
    return "Unpaid" if untouched else "Partial" if invoice.balance else "Paid"


def _find_wrong_totals(state: InvoilessState) -> Iterator[Breach]:
    for invoice in state.invoices.records():
        items = sum((round_half_up(item.quantity * item.price) for item in invoice.items), ZERO)
        net_total = invoice.total if invoice.tax_included else invoice.total - invoice.tax
        due = items + invoice.adjustment + (ZERO if invoice.tax_included else invoice.tax)
        if net_total - invoice.adjustment != items:
            rest = f"but its items add up to {due}"
            yield Breach.of_value("invoices", invoice.id, "total", invoice.total, rest, due)


def _find_foreign_records(state: InvoilessState) -> Iterator[Breach]:
    for invoice in state.invoices.records():
        customer = state.customers.get(invoice.customer)
        scope = None if invoice.scope is None else state.scopes.get(invoice.scope)
        for what, record in (("customer", customer), ("scope", scope)):
            if record is not None and record.account != invoice.account:
                yield Breach.of_value("invoices", invoice.id, what, record.id, _FOREIGN)
    for billed in state.customers.records():
        scope = None if billed.scope is None else state.scopes.get(billed.scope)
        if scope is not None and scope.account != billed.account:
            yield Breach.of_value("customers", billed.id, "scope", scope.id, _FOREIGN)


def _find_payments_of_nothing(state: InvoilessState) -> Iterator[Breach]:
    for payment in state.payments.records():
        if payment.amount <= ZERO:
            yield Breach.of_value("payments", payment.id, "amount", payment.amount, "but it should be above 0")


INVARIANTS: Final = (
    Invariant(
        id="balance-is-total-less-payments",
        says="The balance of an invoice is its total less its payments, or 0 if it was created as settled.",
        broken=_find_wrong_balances,
    ),
    Invariant(
        id="nobody-owes-less-than-nothing",
        says="The balance of an invoice is not below 0.",
        broken=_find_negative_balances,
    ),
    Invariant(
        id="status-agrees-with-balance",
        says=(
            "Nothing is paid of an invoice that is Draft, Pending or Unpaid, a part of a Partial invoice, and all of a "
            "Paid invoice. An invoice that was created as Partial or Paid has no payments."
        ),
        broken=_find_wrong_statuses,
    ),
    Invariant(
        id="total-is-the-sum-of-the-items",
        says="An invoice's total is the sum of its items, each rounded to cents, with discount, charges and taxes.",
        broken=_find_wrong_totals,
    ),
    Invariant(
        id="accounts-keep-to-themselves",
        says="The customer and scope of an invoice, and the scope of a customer, belong to its own account.",
        broken=_find_foreign_records,
    ),
    Invariant(
        id="a-payment-is-of-something",
        says="A payment's amount is above zero.",
        broken=_find_payments_of_nothing,
    ),
    Invariant(
        id="numbers-are-unique",
        says="No two invoices of an account have the same number.",
        broken=lambda state: find_shared(state, "invoices", "account", "number"),
    ),
    make_credentials_invariant("accounts", "api_key"),
    REFERENCES_HOLD,
)
