"""The operation that creates a payment of any amount, which the oldest invoices take."""

from decimal import Decimal
from typing import Final

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import ledger, wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.lookup.payers import (
    Payer,
    RequestedPayment,
    check_account,
    check_funds,
    find_payer,
    locate_payer,
    read_details,
)
from paysandbox.providers.crm_com.lookup.payment_methods import choose_method
from paysandbox.providers.crm_com.parameters import check_release, read_body, select_fields
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable
from paysandbox.providers.crm_com.records.payments import Payment
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import balances, releases

_CURRENCY: Final = "intended_currency_identifier"


def create_payment(call: Call, state: CrmComState) -> Reply:
    """Create a payment as a draft or posted. A posted one is allocated to the oldest invoices of its account.

    Source: vendor page, POST payments/create; V4 user manual, allocation of transactions.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound: an identifier names no record.
        NotAllowed: an identifier is ambiguous, or the records do not allow the payment.
    """
    call = read_body(call)
    check_release(call, state, call.body)
    call.rule("exactly-one-key-per-identifier")
    payer = find_payer(call, state)
    details = read_details(call, state)
    chosen = choose_method(call, state, details.type, payer.account)
    credited = _find_credited_account(call, state, payer)
    check_account(call, credited, at=locate_payer(payer))
    _check_currency(call, state, credited)
    requested = RequestedPayment(
        payer=payer,
        details=details,
        chosen=chosen,
        credited=credited,
        amount=Decimal(call.body["payment_amount"]),
        life_cycle_state=call.body["life_cycle_state"],
    )
    if requested.life_cycle_state == "POSTED" and payer.wallet is not None:
        check_funds(call, payer.wallet, requested.amount, "is to be paid", at="/payment_amount")
    payment = ledger.build_payment(call, state, requested)
    state.payments.put(payment)
    if payment.life_cycle_state == "POSTED":
        _post_payment(call, state, payment, requested)
    else:
        call.rule("draft-is-kept")
    if releases.includes(state.variants["release"], releases.RATE_PERIODS):
        call.rule("currency-rate-period")
    data = select_fields(call, wire.write_payment(state, payment), call.body.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def _post_payment(call: Call, state: CrmComState, payment: Payment, requested: RequestedPayment) -> None:
    """Take the amount out of the wallet, if a wallet pays, and credit the account with it."""
    wallet, account = requested.payer.wallet, requested.credited
    if wallet is not None:
        state.wallets.put(balances.spend_funds(wallet, payment.payment_amount))
    if account is not None:
        ledger.post_credit(call, state, payment, account.id)


def _find_credited_account(call: Call, state: CrmComState, payer: Payer) -> AccountsReceivable:
    """Return the account that pays, or the account of the wallet that pays."""
    if payer.account is not None:
        return payer.account
    assert payer.wallet is not None
    wallet = payer.wallet
    rule = call.rule("wallet-pays-account")
    account = state.accounts_receivable.get(wallet.accounts_receivable)
    if account is None:
        raise NotAllowed(f"the wallet {wallet.number} is of no accounts receivable", rule=rule, at=locate_payer(payer))
    if account.currency != wallet.currency:
        raise NotAllowed(
            f"the wallet {wallet.number} and the accounts receivable {account.number} are in different currencies",
            rule=rule,
            at=locate_payer(payer),
        )
    return account


def _check_currency(call: Call, state: CrmComState, account: AccountsReceivable) -> None:
    """Check that the currency which the call intends is that of the account."""
    if call.body.get(_CURRENCY) is None:
        return
    currency = identifiers.find_record(call, _CURRENCY, state.currencies, "currency")
    rule = call.rule("intended-currency-matches-account")
    if currency.id != account.currency:
        raise NotAllowed(
            f"the currency {currency.code} is not that of the accounts receivable {account.number}",
            rule=rule,
            at=f"/{_CURRENCY}",
        )
