"""Statements of CRM.COM: invoices with the payments that pay them, and accounts receivable with their balance."""

from collections.abc import Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Final

from paysandbox.core.money import ZERO
from paysandbox.kit.statements import Entries, Statement, Term, add_up, waive
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable
from paysandbox.providers.crm_com.records.payments import Allocation, Credit, Payment
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice

_PAYMENT: Final = ("number", "reference_number", "life_cycle_state", "posted_on", "payment_amount")


def _find_payments(state: CrmComState, invoice: Invoice) -> list[Payment]:
    return state.payments.all("invoice", invoice.id)


def _find_allocations(state: CrmComState, invoice: Invoice) -> list[Allocation]:
    return state.allocations.all("invoice", invoice.id)


def _add_up_payments(state: CrmComState, invoice: Invoice) -> Decimal:
    """Return what posted payments pay of an invoice: those that name it, and their allocations."""
    named = (pay.payment_amount for pay in _find_payments(state, invoice) if pay.life_cycle_state == "POSTED")
    return sum(named, ZERO) + sum((part.amount for part in _find_allocations(state, invoice)), ZERO)


def _list_invoice_terms(state: CrmComState, invoice: Invoice) -> list[Term]:
    terms = [("total_amount", invoice.total_amount), ("posted payments", -_add_up_payments(state, invoice))]
    return terms if invoice.life_cycle_state == "POSTED" else waive(terms, invoice.life_cycle_state)


def _find_account(state: CrmComState, invoice: Invoice) -> str | None:
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    return None if account is None else account.name


def _find_currency(state: CrmComState, account_id: str) -> str | None:
    account = state.accounts_receivable.get(account_id)
    currency = None if account is None else state.currencies.get(account.currency)
    return None if currency is None else currency.code


def _find_invoices(state: CrmComState, account: AccountsReceivable) -> list[Invoice]:
    return state.invoices.all("accounts_receivable", account.id)


def _find_credits(state: CrmComState, account: AccountsReceivable) -> list[Credit]:
    return state.credits.all("accounts_receivable", account.id)


def _find_posted(state: CrmComState, account: AccountsReceivable) -> Iterable[Invoice]:
    return (invoice for invoice in _find_invoices(state, account) if invoice.life_cycle_state == "POSTED")


def _list_account_terms(state: CrmComState, account: AccountsReceivable) -> list[Term]:
    posted = list(_find_posted(state, account))
    total = sum((invoice.total_amount for invoice in posted), ZERO)
    outstanding = sum((invoice.outstanding_amount for invoice in posted), ZERO)
    left = sum((credit.amount for credit in _find_credits(state, account)), ZERO)
    return [
        ("opening_balance", account.opening_balance),
        ("posted invoices", total),
        ("paid of them", outstanding - total),
        ("credits that no invoice has taken", -left),
    ]


def _find_owner(state: CrmComState, account: AccountsReceivable) -> str | None:
    owner = state.contacts.get(account.owner)
    return None if owner is None else owner.name


def _find_total(state: CrmComState, account: AccountsReceivable) -> Decimal:
    return account.opening_balance + sum((invoice.total_amount for invoice in _find_posted(state, account)), ZERO)


STATEMENTS: Final = (
    Statement(
        table="invoices",
        title="Invoice",
        number=attrgetter("number"),
        status=attrgetter("life_cycle_state"),
        party=_find_account,
        party_title="Accounts receivable",
        currency=lambda state, invoice: _find_currency(state, invoice.accounts_receivable),
        total=lambda _, invoice: invoice.total_amount,
        paid=_add_up_payments,
        owed=lambda _, invoice: invoice.outstanding_amount if invoice.life_cycle_state == "POSTED" else ZERO,
        terms=_list_invoice_terms,
        told=("total_amount", "posted payments"),
        amounts=("total_amount", "outstanding_amount"),
        entries=(
            Entries(
                title="Payments of this invoice",
                table="payments",
                find=_find_payments,
                properties=_PAYMENT,
                amount=lambda _, __, pay: -pay.payment_amount if pay.life_cycle_state == "POSTED" else None,
            ),
            Entries(
                title="Allocations of other payments",
                table="allocations",
                find=_find_allocations,
                properties=("payment", "amount"),
                amount=lambda _, __, allocation: -allocation.amount,
            ),
        ),
    ),
    Statement(
        table="accounts_receivable",
        title="Accounts receivable",
        number=attrgetter("number"),
        status=attrgetter("life_cycle_state"),
        party=_find_owner,
        party_title="Owner",
        currency=lambda state, account: _find_currency(state, account.id),
        total=_find_total,
        paid=lambda state, account: _find_total(state, account) - add_up(_list_account_terms(state, account)),
        owed=lambda state, account: add_up(_list_account_terms(state, account)),
        terms=_list_account_terms,
        told=("opening_balance", "posted invoices", "paid of them", "credits that no invoice has taken"),
        amounts=("opening_balance",),
        entries=(
            Entries(
                title="Invoices",
                table="invoices",
                find=_find_invoices,
                properties=("number", "life_cycle_state", "due_on", "total_amount", "outstanding_amount"),
                amount=lambda _, __, invoice: (
                    invoice.outstanding_amount if invoice.life_cycle_state == "POSTED" else None
                ),
            ),
            Entries(
                title="Credits that no invoice has taken",
                table="credits",
                find=_find_credits,
                properties=("payment", "amount"),
                amount=lambda _, __, credit: -credit.amount,
            ),
            Entries(
                title="Payments from this account, counted where they were taken",
                table="payments",
                find=lambda state, account: state.payments.all("accounts_receivable", account.id),
                properties=_PAYMENT,
                amount=lambda _, __, ___: None,
            ),
        ),
    ),
)
