"""The operation that pays an invoice."""

from typing import Any

from msgspec import Struct

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.lookup.payment_methods import ChosenMethod, choose_method
from paysandbox.providers.crm_com.parameters import check_back_office_code, check_release, read_body, select_fields
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable, CurrencyRatePeriod, Type, Wallet
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice, Payment, Token
from paysandbox.providers.crm_com.rules import balances, releases


class Payer(Struct, frozen=True, kw_only=True, gc=False):
    """Who pays: an accounts receivable or a wallet, exactly one of the two."""

    account: AccountsReceivable | None = None
    wallet: Wallet | None = None


class Details(Struct, frozen=True, kw_only=True, gc=False):
    """The parameters of a payment that are kept with it; all but the type are optional."""

    type: Type
    category: str | None
    received_on: str | None
    received_by_user: str | None
    received_by_unit: str | None
    notes: str | None
    back_office_code: str | None
    user_defined: dict[str, Any]


class RequestedPayment(Struct, frozen=True, kw_only=True, gc=False):
    """A payment as requested, its identifiers replaced by records."""

    payer: Payer
    details: Details
    chosen: ChosenMethod
    invoice: Invoice


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
    requested = _find_records(call, state)
    _check_invoice(call, state, requested.payer, requested.invoice)
    call.rule("pays-whole-outstanding-amount")
    payment = _build_payment(call, state, requested)
    state.payments.put(payment)
    state.invoices.put(balances.settle_invoice(requested.invoice))
    if requested.payer.wallet is not None:
        state.wallets.put(balances.spend_funds(requested.payer.wallet, payment.payment_amount))
    if releases.includes(state.variants["release"], releases.RATE_PERIODS):
        call.rule("currency-rate-period")
    data = select_fields(call, wire.write_payment(state, payment), call.body.get("fields_set"))
    return Reply(200, wire.write_success(data, state.variants))


def _find_records(call: Call, state: CrmComState) -> RequestedPayment:
    # The order decides which refusal a request with several faults gets.
    call.rule("exactly-one-key-per-identifier")
    payer = _find_payer(call, state)
    details = _read_details(call, state)
    chosen = choose_method(call, state, details.type, payer.account)
    invoice = identifiers.find_record(state.invoices, call.body["invoice_identifier"], "invoice")
    return RequestedPayment(payer=payer, details=details, chosen=chosen, invoice=invoice)


def _find_payer(call: Call, state: CrmComState) -> Payer:
    call.rule("accounts-receivable-or-wallet")
    identifier = call.body.get("wallet_identifier")
    if identifier is None:
        identifier = call.body["accounts_receivable_identifier"]
        return Payer(account=identifiers.find_record(state.accounts_receivable, identifier, "accounts receivable"))
    wallet = identifiers.find_record(state.wallets, identifier, "wallet")
    definition = state.wallet_definitions.get(wallet.definition)
    rule = call.rule("wallet-definition-allows-payment")
    if definition is None or not definition.payments_enabled:
        raise NotAllowed(f"the definition of the wallet {wallet.number} does not allow payments", rule=rule)
    return Payer(wallet=wallet)


def _read_details(call: Call, state: CrmComState) -> Details:
    body = call.body
    category = identifiers.find_id(state.categories, body.get("category_identifier"), "category")
    user = identifiers.find_id(state.users, body.get("received_by_user_identifier"), "user")
    unit = identifiers.find_id(state.units, body.get("received_by_unit_identifier"), "unit")
    code = check_back_office_code(call, state.payments, "payment")
    return Details(
        type=identifiers.find_record(state.types, body["type_identifier"], "type"),
        category=category,
        received_on=body.get("received_on"),
        received_by_user=user,
        received_by_unit=unit,
        notes=body.get("notes"),
        back_office_code=code,
        user_defined=wire.read_user_defined(body),
    )


def _check_invoice(call: Call, state: CrmComState, payer: Payer, invoice: Invoice) -> None:
    """Check that the payer can pay the invoice, now and in full."""
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    rule = call.rule("invoice-belongs-to-account")
    if payer.account is not None and invoice.accounts_receivable != payer.account.id:
        raise NotAllowed(
            f"the invoice {invoice.number} does not belong to the accounts receivable {payer.account.number}", rule=rule
        )
    if payer.wallet is not None and (account is None or account.owner != payer.wallet.owner):
        raise NotAllowed(
            f"the invoice {invoice.number} does not belong to the owner of the wallet {payer.wallet.number}", rule=rule
        )
    if invoice.life_cycle_state != "POSTED":
        rule = call.rule("only-posted-invoices-are-paid")
        raise NotAllowed(f"the invoice {invoice.number} is {invoice.life_cycle_state} and cannot be paid", rule=rule)
    if invoice.outstanding_amount <= 0:
        rule = call.rule("settled-invoice-is-refused")
        raise NotAllowed(f"the invoice {invoice.number} has nothing outstanding", rule=rule)
    if payer.wallet is not None and account is not None:
        _check_funds(call, payer.wallet, account, invoice)


def _check_funds(call: Call, wallet: Wallet, account: AccountsReceivable, invoice: Invoice) -> None:
    """Check that the wallet holds the outstanding amount in the invoice's currency."""
    if wallet.currency != account.currency:
        rule = call.rule("wallet-currency-matches-invoice")
        raise NotAllowed(
            f"the wallet {wallet.number} and the invoice {invoice.number} are in different currencies", rule=rule
        )
    rule = call.rule("wallet-unconditional-funds-only")
    if wallet.unconditional_balance < invoice.outstanding_amount:
        raise NotAllowed(
            f"the wallet {wallet.number} has {wallet.unconditional_balance} of unconditional funds; "
            f"{invoice.outstanding_amount} is outstanding on the invoice {invoice.number}",
            rule=rule,
        )


def _build_payment(call: Call, state: CrmComState, requested: RequestedPayment) -> Payment:
    payer, details, chosen, invoice = requested.payer, requested.details, requested.chosen, requested.invoice
    token: Token = call.principal
    now = wire.write_date_time(state.now())
    numbers = state.take_numbers("payments")
    period = _find_rate_period(state, token, invoice, now)
    if details.received_on is None or details.received_by_user is None:
        call.rule("received-defaults")
    if chosen.gateway is not None:
        call.rule("gateway-fields-in-reply")
    return Payment(
        id=state.hex_id("payment", 32).upper(),
        number=str(numbers.last_number),
        reference_number=str(numbers.last_reference_number),
        life_cycle_state="POSTED",
        issued_on=now,
        posted_on=now,
        payment_amount=invoice.outstanding_amount,
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
        invoice=invoice.id,
        card=chosen.card.id if chosen.card else None,
        accounts_receivable_payment_preference=chosen.preference.id if chosen.preference else None,
        processed_by_payment_gateway=chosen.gateway.name if chosen.gateway else None,
        payment_gateway_reference_number=state.hex_id("gateway", 12).upper() if chosen.gateway else None,
        currency_rate_period=period.id if period else None,
        notes=details.notes,
        back_office_code=details.back_office_code,
        **details.user_defined,
    )


def _find_rate_period(state: CrmComState, token: Token, invoice: Invoice, now: str) -> CurrencyRatePeriod | None:
    """Return the current rate of the invoice's currency; None if that is the organisation's currency."""
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    unit = state.units.get(token.unit)
    organisation = state.organisations.get(unit.organisation) if unit is not None else None
    if account is None or organisation is None or account.currency == organisation.currency:
        return None
    return balances.find_rate_period(state.currency_rate_periods.all("currency", account.currency), now)
