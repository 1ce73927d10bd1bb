"""Entries that several operations share: new payments, the allocation of credits to invoices, and its end.

Source: V4 user manual, allocation of transactions: "The oldest credit transaction is allocated against the oldest
invoice". Amounts are decimal major units of the accounts receivable's currency.
"""

from typing import Any

from msgspec.structs import replace

from paysandbox.core.messages import Call
from paysandbox.core.money import ZERO
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup.payers import RequestedPayment
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable, CurrencyRatePeriod, PaymentGateway
from paysandbox.providers.crm_com.records.payments import Allocation, Credit, Payment
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice, Token
from paysandbox.providers.crm_com.rules import balances


def build_payment(call: Call, state: CrmComState, requested: RequestedPayment) -> Payment:
    """Return the record of a new payment, with the next numbers; nothing but the numbers is kept yet."""
    payer, details, chosen = requested.payer, requested.details, requested.chosen
    token: Token = call.principal
    now = wire.write_date_time(state.now())
    is_posted = requested.life_cycle_state == "POSTED"
    numbers = state.take_numbers("payments", posted=is_posted)
    gateway = chosen.gateway if is_posted else None
    period = _find_rate_period(state, token, requested.credited, now)
    if details.received_on is None or details.received_by_user is None:
        call.rule("received-defaults")
    return Payment(
        id=state.hex_id("payment", 32).upper(),
        number=str(numbers.last_number) if is_posted else None,
        reference_number=str(numbers.last_reference_number),
        life_cycle_state=requested.life_cycle_state,
        issued_on=now,
        posted_on=now if is_posted else None,
        payment_amount=requested.amount,
        issued_by_user=token.user,
        issued_by_unit=token.unit,
        received_on=details.received_on or now,
        received_by_user=details.received_by_user or token.user,
        received_by_unit=details.received_by_unit,
        accounts_receivable=payer.account.id if payer.account else None,
        wallet=payer.wallet.id if payer.wallet else None,
        type=details.type.id,
        category=details.category,
        payment_method=chosen.method.id,
        invoice=requested.invoice.id if requested.invoice else None,
        intended_invoice=requested.intended_invoice.id if requested.intended_invoice else None,
        card=chosen.card.id if chosen.card else None,
        accounts_receivable_payment_preference=chosen.preference.id if chosen.preference else None,
        currency_rate_period=period.id if period else None,
        notes=details.notes,
        back_office_code=details.back_office_code,
        **_write_gateway(call, state, gateway),
        **details.user_defined,
    )


def allocate_credits(call: Call, state: CrmComState, account_id: str) -> None:
    """Allocate the oldest credits of an accounts receivable to its oldest invoices, until one of the two is used up.

    Credits are in the order of posting, invoices in the order in which they are due.
    """
    if not state.credits.count("accounts_receivable", account_id):
        return
    call.rule("allocation-is-fifo")
    owing = _find_open_invoices(state, account_id)
    if not owing:
        return  # before the credits are read, because an account that owes nothing may have thousands
    found = state.credits.all("accounts_receivable", account_id)
    for credit in sorted(found, key=lambda credit: _order_of_payment(state, credit.payment)):
        left = credit.amount
        while owing and left > ZERO:
            amount = min(left, owing[0].outstanding_amount)
            left -= amount
            allocation_id = state.hex_id("allocation", 32).upper()
            state.allocations.put(
                Allocation(id=allocation_id, payment=credit.payment, invoice=owing[0].id, amount=amount)
            )
            paid = balances.pay_part(owing[0], amount)
            state.invoices.put(paid)
            owing[:1] = [paid] if paid.outstanding_amount > ZERO else []
        if left <= ZERO:
            state.credits.delete(credit.payment)
        elif left != credit.amount:
            state.credits.put(replace(credit, amount=left))


def post_credit(call: Call, state: CrmComState, payment: Payment, account_id: str) -> None:
    """Credit an accounts receivable with the amount of a payment, and allocate it."""
    call.rule("posted-payment-credits-the-account")
    state.credits.put(Credit(payment=payment.id, accounts_receivable=account_id, amount=payment.payment_amount))
    allocate_credits(call, state, account_id)


def take_back(call: Call, state: CrmComState, payment: Payment) -> None:
    """Let the invoices of a cancelled payment owe its amount again, and allocate other credits that are left."""
    call.rule("invoice-owes-again")
    named = state.invoices.get(payment.invoice)
    if named is not None:
        state.invoices.put(balances.reopen_invoice(named, payment.payment_amount))
    for allocation in state.allocations.all("payment", payment.id):
        state.allocations.delete(allocation.id)
        invoice = state.invoices.get(allocation.invoice)
        if invoice is not None:
            state.invoices.put(balances.reopen_invoice(invoice, allocation.amount))
    state.credits.delete(payment.id)
    account_id = find_credited_account(state, payment)
    if account_id is not None:
        allocate_credits(call, state, account_id)


def find_credited_account(state: CrmComState, payment: Payment) -> str | None:
    """Return the id of the accounts receivable whose invoices a payment pays: that of the invoice it names, if any."""
    named = state.invoices.get(payment.invoice or payment.intended_invoice)
    if named is not None:
        return named.accounts_receivable
    wallet = state.wallets.get(payment.wallet)
    return payment.accounts_receivable if wallet is None else wallet.accounts_receivable


def _write_gateway(call: Call, state: CrmComState, gateway: PaymentGateway | None) -> dict[str, Any]:
    if gateway is None:
        return {}
    call.rule("gateway-fields-in-reply")
    return {
        "processed_by_payment_gateway": gateway.name,
        "payment_gateway_reference_number": state.hex_id("gateway", 12).upper(),
    }


def _find_open_invoices(state: CrmComState, account_id: str) -> list[Invoice]:
    found = [
        invoice
        for invoice in state.invoices.all("accounts_receivable", account_id)
        if invoice.life_cycle_state == "POSTED" and invoice.outstanding_amount > ZERO
    ]
    return sorted(found, key=lambda invoice: (invoice.due_on, invoice.posted_on or "", invoice.number))


def _order_of_payment(state: CrmComState, payment_id: str) -> tuple[str, int, str]:
    payment = state.payments.get(payment_id)
    number = payment.number or "" if payment is not None else ""
    return payment.posted_on or "" if payment is not None else "", len(number), number


def _find_rate_period(
    state: CrmComState, token: Token, account: AccountsReceivable | None, now: str
) -> CurrencyRatePeriod | None:
    """Return the current rate of the account's currency; None if that is the organisation's currency."""
    unit = state.units.get(token.unit)
    organisation = state.organisations.get(unit.organisation) if unit is not None else None
    if account is None or organisation is None or account.currency == organisation.currency:
        return None
    return balances.find_rate_period(state.currency_rate_periods.all("currency", account.currency), now)
