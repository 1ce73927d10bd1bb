"""Statements of Invoiless: invoices and retainer invoices, and their payments."""

from decimal import Decimal
from operator import attrgetter
from typing import Final

from paysandbox.core.money import ZERO
from paysandbox.kit.statements import Entries, Statement, Term, waive
from paysandbox.providers.invoiless.records import Invoice, InvoilessState


def _add_up_payments(state: InvoilessState, invoice: Invoice) -> Decimal:
    return sum((payment.amount for payment in state.payments.all("invoice", invoice.id)), ZERO)


def _list_terms(state: InvoilessState, invoice: Invoice) -> list[Term]:
    terms = [("total", invoice.total), ("payments", -_add_up_payments(state, invoice))]
    if invoice.status_given and invoice.status != "Partial":
        return waive(terms, f"given as {invoice.status}")
    return terms


def _find_customer(state: InvoilessState, invoice: Invoice) -> str | None:
    customer = state.customers.get(invoice.customer)
    return None if customer is None else customer.name


def _find_account(state: InvoilessState, invoice: Invoice) -> str | None:
    account = state.accounts.get(invoice.account)
    return None if account is None else account.name


STATEMENTS: Final = (
    Statement(
        table="invoices",
        title="Invoice",
        number=attrgetter("number"),
        status=attrgetter("status"),
        party=_find_customer,
        party_title="Customer",
        currency=lambda _, invoice: invoice.currency,
        total=lambda _, invoice: invoice.total,
        paid=_add_up_payments,
        owed=lambda _, invoice: invoice.balance,
        terms=_list_terms,
        told=("total", "payments"),
        company=_find_account,
        company_title="Account",
        amounts=("adjustment", "tax", "total", "balance"),
        lines="items",
        line_properties=("name", "description", "quantity", "price"),
        entries=(
            Entries(
                title="Payments",
                table="payments",
                find=lambda state, invoice: state.payments.all("invoice", invoice.id),
                properties=("paidAt", "method", "amount", "notes"),
                amount=lambda _, __, payment: -payment.amount,
            ),
        ),
    ),
)
