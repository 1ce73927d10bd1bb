"""How an invoice is paid: who pays, whether the invoice lets them, and what stands in the books afterwards."""

from typing import Any

from msgspec import Struct

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import gateways, identifiers, numbering, rules, wire
from paysandbox.providers.crm_com.catalogue import AccountsReceivable, CurrencyRatePeriod, Type, Wallet
from paysandbox.providers.crm_com.gateways import Means
from paysandbox.providers.crm_com.records import CrmComState, Invoice, Payment, Token


class Payer(Struct, frozen=True, kw_only=True, gc=False):
    """Where the money comes from: an account or a wallet, exactly one of the two."""

    account: AccountsReceivable | None = None
    wallet: Wallet | None = None


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What is said of a payment besides its money: everything but `kind` may be left out."""

    kind: Type
    category: str | None
    received_on: str | None
    received_by_user: str | None
    received_by_unit: str | None
    notes: str | None
    back_office_code: str | None
    user_defined: dict[str, Any]


class Order(Struct, frozen=True, kw_only=True, gc=False):
    """All that a call names, found."""

    payer: Payer
    terms: Terms
    means: Means
    invoice: Invoice


def pay(call: Call, state: CrmComState) -> Payment:
    """Pay the whole outstanding amount of the call's invoice, keep the payment, and let invoice and wallet follow.

    Raises:
        NotFound, NotAllowed: something does not exist, is not this account's, or does not allow this payment.
    """
    order = _order(call, state)
    _check_invoice(call, state, order.payer, order.invoice)
    call.rule("pays-whole-outstanding-amount")
    payment = _payment(call, state, order)
    state.payments.put(payment)
    state.invoices.put(rules.settled(order.invoice))
    if order.payer.wallet is not None:
        state.wallets.put(rules.spent(order.payer.wallet, payment.payment_amount))
    return payment


def _order(call: Call, state: CrmComState) -> Order:
    """Everything that the call names, in the order in which a refusal names what is wrong."""
    call.rule("exactly-one-key-per-identifier")
    payer = _payer(call, state)
    terms = _terms(call, state)
    means = gateways.means(call, state, terms.kind, payer.account)
    invoice = identifiers.named(state.invoices, call.body["invoice_identifier"], "invoice")
    return Order(payer=payer, terms=terms, means=means, invoice=invoice)


def _payer(call: Call, state: CrmComState) -> Payer:
    """The account or the wallet that the call names."""
    call.rule("accounts-receivable-or-wallet")
    identifier = call.body.get("wallet_identifier")
    if identifier is None:
        identifier = call.body["accounts_receivable_identifier"]
        return Payer(account=identifiers.named(state.accounts_receivable, identifier, "accounts receivable"))
    wallet = identifiers.named(state.wallets, identifier, "wallet")
    definition = state.wallet_definitions.get(wallet.definition)
    rule = call.rule("wallet-definition-allows-payment")
    if definition is None or not definition.payments_enabled:
        raise NotAllowed(f"the definition of the wallet {wallet.number} does not allow payments", rule=rule)
    return Payer(wallet=wallet)


def _terms(call: Call, state: CrmComState) -> Terms:
    """What the call says of the payment itself."""
    body = call.body
    category = identifiers.id_of(state.categories, body.get("category_identifier"), "category")
    user = identifiers.id_of(state.users, body.get("received_by_user_identifier"), "user")
    unit = identifiers.id_of(state.units, body.get("received_by_unit_identifier"), "unit")
    code = body.get("back_office_code")
    if code is not None:
        rule = call.rule("back-office-code-unique")
        if state.payments.count("back_office_code", code):
            raise NotAllowed(f"another payment has the back office code {code}", rule=rule)
    return Terms(
        kind=identifiers.named(state.types, body["type_identifier"], "type"),
        category=category,
        received_on=body.get("received_on"),
        received_by_user=user,
        received_by_unit=unit,
        notes=body.get("notes"),
        back_office_code=code,
        user_defined=wire.user_defined(body),
    )


def _check_invoice(call: Call, state: CrmComState, payer: Payer, invoice: Invoice) -> None:
    """Whether this payer can pay this invoice, now, in full.

    Raises:
        NotAllowed: another's invoice, none to be paid, or too little money in the wallet.
    """
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    rule = call.rule("invoice-belongs-to-account")
    if payer.account is not None and invoice.accounts_receivable != payer.account.id:
        raise NotAllowed(
            f"the invoice {invoice.number} is not of the accounts receivable {payer.account.number}", rule=rule
        )
    if payer.wallet is not None and (account is None or account.owner != payer.wallet.owner):
        raise NotAllowed(
            f"the invoice {invoice.number} is not of the owner of the wallet {payer.wallet.number}", rule=rule
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
    """Whether the wallet has the money, in the invoice's currency."""
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


def _payment(call: Call, state: CrmComState, order: Order) -> Payment:
    """The payment of the whole invoice, posted at this moment."""
    payer, terms, means, invoice = order.payer, order.terms, order.means, order.invoice
    token: Token = call.principal
    now = wire.date_time(state.now())
    numbers = numbering.next_numbers(state, numbering.PAYMENTS)
    period = _rate_period(state, token, invoice, now)
    if terms.received_on is None or terms.received_by_user is None:
        call.rule("received-defaults")
    if means.gateway is not None:
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
        received_on=terms.received_on or now,
        received_by_user=terms.received_by_user or token.user,
        received_by_unit=terms.received_by_unit,
        accounts_receivable=payer.account.id if payer.account else None,
        wallet=payer.wallet.id if payer.wallet else None,
        type=terms.kind.id,
        category=terms.category,
        payment_method=means.method.id,
        invoice=invoice.id,
        card=means.card.id if means.card else None,
        accounts_receivable_payment_preference=means.preference.id if means.preference else None,
        processed_by_payment_gateway=means.gateway.name if means.gateway else None,
        payment_gateway_reference_number=state.hex_id("gateway", 12).upper() if means.gateway else None,
        currency_rate_period=period.id if period else None,
        notes=terms.notes,
        back_office_code=terms.back_office_code,
        **terms.user_defined,
    )


def _rate_period(state: CrmComState, token: Token, invoice: Invoice, now: str) -> CurrencyRatePeriod | None:
    """The rate of the invoice's currency against the organisation's at this moment; none if the two are one."""
    account = state.accounts_receivable.get(invoice.accounts_receivable)
    unit = state.units.get(token.unit)
    organisation = state.organisations.get(unit.organisation) if unit is not None else None
    if account is None or organisation is None or account.currency == organisation.currency:
        return None
    return rules.valid_period(state.currency_rate_periods.all("currency", account.currency), now)
