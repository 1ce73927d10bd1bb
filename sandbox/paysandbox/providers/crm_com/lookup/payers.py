"""Find who pays, and the records that describe a payment."""

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.lookup.payment_methods import ChosenMethod
from paysandbox.providers.crm_com.parameters import check_back_office_code
from paysandbox.providers.crm_com.records.catalogue import AccountsReceivable, Type, Wallet
from paysandbox.providers.crm_com.records.payments import PaymentState
from paysandbox.providers.crm_com.records.state import CrmComState, Invoice

_WALLET: Final = "wallet_identifier"
_ACCOUNT: Final = "accounts_receivable_identifier"


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
    """A payment as requested, its identifiers replaced by records.

    `credited` is the accounts receivable whose invoices it pays. `invoice` is the one that it pays as a whole,
    `intended_invoice` the one that it names where that does not decide; None if it names none.
    """

    payer: Payer
    details: Details
    chosen: ChosenMethod
    credited: AccountsReceivable | None
    amount: Decimal
    invoice: Invoice | None = None
    intended_invoice: Invoice | None = None
    life_cycle_state: PaymentState = "POSTED"


def find_payer(call: Call, state: CrmComState) -> Payer:
    """Return who pays.

    Raises:
        NotFound, NotAllowed: the identifier names no record, or several, or a wallet that may not pay.
    """
    call.rule("accounts-receivable-or-wallet")
    if call.body.get(_WALLET) is None:
        account = identifiers.find_record(call, _ACCOUNT, state.accounts_receivable, "accounts receivable")
        return Payer(account=account)
    wallet = identifiers.find_record(call, _WALLET, state.wallets, "wallet")
    definition = state.wallet_definitions.get(wallet.definition)
    rule = call.rule("wallet-definition-allows-payment")
    if definition is None or not definition.payments_enabled:
        message = f"the definition of the wallet {wallet.number} does not allow payments"
        raise NotAllowed(message, rule=rule, at=f"/{_WALLET}")
    return Payer(wallet=wallet)


def locate_payer(payer: Payer) -> str:
    """Return the place in the request that names who pays."""
    return f"/{_WALLET if payer.account is None else _ACCOUNT}"


def check_account(call: Call, account: AccountsReceivable | None, *, at: str) -> None:
    """Check that an accounts receivable, to which the place `at` in the request leads, can be paid.

    Raises:
        NotAllowed: it is suspended or terminated.
    """
    if account is not None and account.life_cycle_state != "ACTIVE":
        rule = call.rule("account-must-be-active")
        raise NotAllowed(f"the accounts receivable {account.number} is {account.life_cycle_state}", rule=rule, at=at)


def read_details(call: Call, state: CrmComState) -> Details:
    """Return what describes the payment.

    Raises:
        NotFound, NotAllowed: an identifier names no record, or several; the type is of no payment or does not allow the
            category; the back office code is taken.
    """
    body = call.body
    category = identifiers.find_id(call, "category_identifier", state.categories, "category")
    user = identifiers.find_id(call, "received_by_user_identifier", state.users, "user")
    unit = identifiers.find_id(call, "received_by_unit_identifier", state.units, "unit")
    code = check_back_office_code(call, state.payments, "payment")
    return Details(
        type=_find_type(call, state, category),
        category=category,
        received_on=body.get("received_on"),
        received_by_user=user,
        received_by_unit=unit,
        notes=body.get("notes"),
        back_office_code=code,
        user_defined=wire.read_user_defined(body),
    )


def _find_type(call: Call, state: CrmComState, category_id: str | None) -> Type:
    found = identifiers.find_record(call, "type_identifier", state.types, "type")
    if found.classification != "PAYMENT":
        rule = call.rule("type-must-be-a-payment")
        message = f"the type {found.name} is of {found.classification}, not of payments"
        raise NotFound(message, rule=rule, at="/type_identifier")
    if found.categories and category_id is not None:
        rule = call.rule("category-allowed-by-type")
        if category_id not in found.categories:
            message = f"the type {found.name} does not allow this category"
            raise NotAllowed(message, rule=rule, at="/category_identifier")
    return found


def check_funds(call: Call, wallet: Wallet, amount: Decimal, purpose: str, *, at: str) -> None:
    """Check that the unconditional funds of a wallet cover an amount.

    `purpose` says in a refusal what the amount is for, `at` is the place in the request that it is of.

    Raises:
        NotAllowed: they do not.
    """
    rule = call.rule("wallet-unconditional-funds-only")
    if wallet.unconditional_balance < amount:
        raise NotAllowed(
            f"the wallet {wallet.number} has {wallet.unconditional_balance} of unconditional funds; {amount} {purpose}",
            rule=rule,
            at=at,
        )
