"""The operation that pays an invoice."""

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
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice
from paysandbox.providers.crm_com.rules import balances, releases

_INVOICE: Final = "/invoice_identifier"


def pay_invoice(call: Call, state: CrmComState) -> Reply:
    """Pay the whole outstanding amount of an invoice, from an accounts receivable or a wallet.

    Source: vendor page, POST payments/pay_invoice.

    Raises:
        Invalid: the release does not have a parameter yet.
        NotFound: an identifier names no record.
        NotAllowed: an identifier is ambiguous, or the records do not allow the payment.
    """
    call = read_body(call)
    check_release(call, state, call.body)
    # The order decides which refusal a request with several faults gets.
    call.rule("exactly-one-key-per-identifier")
    payer = find_payer(call, state)
    details = read_details(call, state)
    chosen = choose_method(call, state, details.type, payer.account)
    invoice = identifiers.find_record(call, "invoice_identifier", state.invoices, "invoice")
    _check_invoice(call, state, payer, invoice)
    call.rule("pays-whole-outstanding-amount")
    is_against_item = state.variants["allocation_principle"] == "fifo_against_item"
    requested = RequestedPayment(
        payer=payer,
        details=details,
        chosen=chosen,
        credited=state.accounts_receivable.get(invoice.accounts_receivable),
        amount=invoice.outstanding_amount,
        invoice=invoice if is_against_item else None,
        intended_invoice=None if is_against_item else invoice,
    )
    payment = ledger.build_payment(call, state, requested)
    state.payments.put(payment)
    _allocate_payment(call, state, payment, invoice)
    if payer.wallet is not None:
        state.wallets.put(balances.spend_funds(payer.wallet, payment.payment_amount))
    if releases.includes(state.variants["release"], releases.RATE_PERIODS):
        call.rule("currency-rate-period")
    data = select_fields(call, wire.write_payment(state, payment), call.body.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def _allocate_payment(call: Call, state: CrmComState, payment: Payment, invoice: Invoice) -> None:
    """Settle the invoice; under the principle FIFO alone, credit its account, whose oldest invoices take the amount."""
    if payment.invoice is None:
        call.rule("allocation-without-item")
        ledger.post_credit(call, state, payment, invoice.accounts_receivable)
        return
    call.rule("allocation-against-item")
    state.invoices.put(balances.settle_invoice(invoice))
    ledger.allocate_credits(call, state, invoice.accounts_receivable)


def _check_invoice(call: Call, state: CrmComState, payer: Payer, invoice: Invoice) -> None:
    """Check that the payer can pay the invoice, now and in full."""
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    rule = call.rule("invoice-belongs-to-account")
    if payer.account is not None and invoice.accounts_receivable != payer.account.id:
        raise NotAllowed(
            f"the invoice {invoice.number} does not belong to the accounts receivable {payer.account.number}",
            rule=rule,
            at=_INVOICE,
        )
    if payer.wallet is not None and (account is None or account.owner != payer.wallet.owner):
        raise NotAllowed(
            f"the invoice {invoice.number} does not belong to the owner of the wallet {payer.wallet.number}",
            rule=rule,
            at=_INVOICE,
        )
    check_account(call, account, at=_INVOICE if payer.account is None else locate_payer(payer))
    if invoice.life_cycle_state != "POSTED":
        rule = call.rule("only-posted-invoices-are-paid")
        raise NotAllowed(
            f"the invoice {invoice.number} is {invoice.life_cycle_state} and cannot be paid", rule=rule, at=_INVOICE
        )
    if invoice.outstanding_amount <= 0:
        rule = call.rule("settled-invoice-is-refused")
        raise NotAllowed(f"the invoice {invoice.number} has nothing outstanding", rule=rule, at=_INVOICE)
    if payer.wallet is not None and account is not None:
        _check_funds(call, payer, account, invoice)


def _check_funds(call: Call, payer: Payer, account: AccountsReceivable, invoice: Invoice) -> None:
    """Check that the wallet that pays holds the outstanding amount in the invoice's currency."""
    wallet, place = payer.wallet, locate_payer(payer)
    assert wallet is not None
    if wallet.currency != account.currency:
        rule = call.rule("wallet-currency-matches-invoice")
        raise NotAllowed(
            f"the wallet {wallet.number} and the invoice {invoice.number} are in different currencies",
            rule=rule,
            at=place,
        )
    purpose = f"is outstanding on the invoice {invoice.number}"
    check_funds(call, wallet, invoice.outstanding_amount, purpose, at=place)
