"""Rules of balances: what invoices still owe, what wallets hold, and which currency rate is valid.

Amounts are decimal major units of the invoice's or the wallet's currency.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from paysandbox.core.money import ZERO
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable, CurrencyRatePeriod, Wallet
from paysandbox.providers.crm_com.records.payments import Credit
from paysandbox.providers.crm_com.records.state import Invoice


def settle_invoice(invoice: Invoice) -> Invoice:
    """Set the outstanding amount to zero."""
    return replace(invoice, outstanding_amount=ZERO)


def pay_part(invoice: Invoice, amount: Decimal) -> Invoice:
    """Lower the outstanding amount by a part of a payment that is allocated to the invoice."""
    return replace(invoice, outstanding_amount=invoice.outstanding_amount - amount)


def reopen_invoice(invoice: Invoice, amount: Decimal) -> Invoice:
    """Raise the outstanding amount by the amount of a payment that was cancelled."""
    return replace(invoice, outstanding_amount=invoice.outstanding_amount + amount)


def compute_balance(
    account: AccountsReceivable, invoices: Iterable[Invoice], credits_left: Iterable[Credit]
) -> Decimal:
    """Return what the account owes: a positive balance is owed, a negative one is a credit.

    What invoices still owe is what they are over less what payments have paid of them, so that the balance is the one
    of the V4 user manual: the opening balance, plus posted debits, less posted credits.
    """
    owed = sum((invoice.outstanding_amount for invoice in invoices if invoice.life_cycle_state == "POSTED"), ZERO)
    return account.opening_balance + owed - sum((credit.amount for credit in credits_left), ZERO)


def compute_overdue(invoices: Iterable[Invoice], credits_left: Iterable[Credit], now: str) -> Decimal:
    """Return the total of posted invoices past their due date less all payments of the account, at least 0.

    `now` is a time in UTC (`2014-07-14T16:49:11`).
    """
    posted = [invoice for invoice in invoices if invoice.life_cycle_state == "POSTED"]
    due = sum((invoice.total_amount for invoice in posted if invoice.due_on < now), ZERO)
    paid = sum((invoice.total_amount - invoice.outstanding_amount for invoice in posted), ZERO)
    return max(ZERO, due - paid - sum((credit.amount for credit in credits_left), ZERO))


def spend_funds(wallet: Wallet, amount: Decimal) -> Wallet:
    """Take an amount out of the unconditional funds. Source: vendor page, "Only unconditional wallet funds"."""
    return replace(wallet, unconditional_balance=wallet.unconditional_balance - amount)


def return_funds(wallet: Wallet, amount: Decimal) -> Wallet:
    """Add the amount of a payment that was cancelled to the unconditional funds. Source: house decision."""
    return replace(wallet, unconditional_balance=wallet.unconditional_balance + amount)


def find_rate_period(periods: Iterable[CurrencyRatePeriod], time: str) -> CurrencyRatePeriod | None:
    """Find the period that contains a time in UTC (`2014-07-14T16:49:11`); None if no period does."""
    return next((period for period in periods if period.from_date <= time <= period.to_date), None)
