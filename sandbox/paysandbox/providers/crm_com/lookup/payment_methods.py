"""Find the payment method of a payment, and the card or payment preference that its payment gateway needs."""

from msgspec import Struct

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com.lookup import identifiers
from paysandbox.providers.crm_com.records.catalogue import (
    AccountsReceivable,
    AccountsReceivablePaymentPreference,
    Card,
    PaymentGateway,
    PaymentMethod,
    Type,
)
from paysandbox.providers.crm_com.records.state import CrmComState
from paysandbox.providers.crm_com.rules import releases

_METHOD = "payment_method_identifier"
_CARD = "card_identifier"
_PREFERENCE = "accounts_receivable_payment_preference_identifier"


class ChosenMethod(Struct, frozen=True, kw_only=True, gc=False):
    """A payment method with its gateway, if it has one, and the card or payment preference that the gateway needs."""

    method: PaymentMethod
    gateway: PaymentGateway | None = None
    card: Card | None = None
    preference: AccountsReceivablePaymentPreference | None = None


def choose_method(
    call: Call, state: CrmComState, payment_type: Type, account: AccountsReceivable | None
) -> ChosenMethod:
    """Return the payment method that the call names, with what its gateway needs.

    Without an accounts receivable a wallet pays, which can use no gateway.

    Raises:
        NotFound, NotAllowed: the payment method, its card or its payment preference cannot be used.
    """
    method = identifiers.find_record(call, _METHOD, state.payment_methods, "payment method")
    _check_type(call, state, payment_type, method)
    gateway = state.payment_gateways.get(method.payment_gateway)
    if account is None:
        _refuse_gateways(call, payment_type, method, gateway)
        gateway = None
    card = preference = None
    if account is not None and gateway is not None and gateway.generic:
        preference = _find_preference(call, state, method, account)
    else:
        _refuse_parameter(call, _PREFERENCE, method, "preference-required-by-generic-gateway")
    takes_card = gateway is not None and (not gateway.generic or _takes_card(call, state))
    if account is not None and takes_card:
        card = _find_card(call, state, method, account)
    else:
        _refuse_parameter(call, _CARD, method, "card-required-by-gateway")
    return ChosenMethod(method=method, gateway=gateway, card=card, preference=preference)


def _check_type(call: Call, state: CrmComState, payment_type: Type, method: PaymentMethod) -> None:
    """Check that the type allows the method. A type without a list of methods allows all (house decision)."""
    allowed = state.types_payment_methods.all("type", payment_type.id)
    if not allowed:
        return
    rule = call.rule("method-allowed-by-type")
    if method.id not in {entry.payment_method for entry in allowed}:
        raise NotAllowed(
            f"the type {payment_type.name} does not allow the payment method {method.name}", rule=rule, at=f"/{_METHOD}"
        )


def _takes_card(call: Call, state: CrmComState) -> bool:
    """Tell whether a card beside the payment preference of a generic gateway is kept."""
    if call.body.get(_CARD) is None:
        return False
    call.rule("card-beside-generic-gateway")
    return state.variants["generic_gateway_card"] == "accept"


def _refuse_gateways(call: Call, payment_type: Type, method: PaymentMethod, gateway: PaymentGateway | None) -> None:
    if payment_type.payment_gateways:
        rule = call.rule("wallet-excludes-gateway-types")
        raise NotAllowed(
            f"the type {payment_type.name} includes payment gateways, which wallets cannot use",
            rule=rule,
            at="/type_identifier",
        )
    if gateway is not None:
        rule = call.rule("wallet-excludes-gateway-methods")
        raise NotAllowed(
            f"the payment method {method.name} uses the payment gateway {gateway.name}, which wallets cannot use",
            rule=rule,
            at=f"/{_METHOD}",
        )


def _refuse_parameter(call: Call, parameter: str, method: PaymentMethod, rule: str) -> None:
    if call.body.get(parameter) is not None:
        message = f"{parameter} is not applicable to the payment method {method.name}"
        raise NotAllowed(message, rule=call.rule(rule), at=f"/{parameter}")


def _require_parameter(call: Call, parameter: str, reason: str, rule: str) -> identifiers.Identifier:
    identifier: identifiers.Identifier | None = call.body.get(parameter)
    if identifier is None:
        raise NotAllowed(f"{parameter} is mandatory, because {reason}", rule=rule, at=f"/{parameter}")
    return identifier


def _find_card(call: Call, state: CrmComState, method: PaymentMethod, account: AccountsReceivable) -> Card:
    """Return the card to charge, which must belong to the owner of the accounts receivable."""
    rule = call.rule("card-required-by-gateway")
    reason = f"the payment method {method.name} uses a payment gateway"
    identifier = _require_parameter(call, _CARD, reason, rule)
    found = identifiers.find_records(state.cards, identifier)
    owned = [card for card in found if card.owner == account.owner]
    if found and not owned:
        raise NotAllowed(
            f"the card {identifiers.describe_identifier(identifier)} does not belong to the owner of the accounts "
            f"receivable {account.number}",
            rule=rule,
            at=f"/{_CARD}",
        )
    return identifiers.require_single(owned, identifier, "card", at=f"/{_CARD}")


def _find_preference(
    call: Call, state: CrmComState, method: PaymentMethod, account: AccountsReceivable
) -> AccountsReceivablePaymentPreference:
    """Return the payment preference to use, which must belong to the accounts receivable."""
    release = state.variants["release"]
    reason = f"the payment method {method.name} uses a generic payment gateway"
    if not releases.includes(release, releases.GENERIC_GATEWAYS):
        raise NotAllowed(
            f"{reason}, which needs a payment preference, available from CRM.COM {releases.GENERIC_GATEWAYS}; "
            f"this is {release}",
            rule=call.rule("release-gates"),
            at=f"/{_METHOD}",
        )
    rule = call.rule("preference-required-by-generic-gateway")
    identifier = _require_parameter(call, _PREFERENCE, reason, rule)
    found = _find_preferences(state, identifier)
    owned = [preference for preference in found if preference.accounts_receivable == account.id]
    if found and not owned:
        raise NotAllowed(
            f"the payment preference {identifiers.describe_identifier(identifier)} does not belong to the accounts "
            f"receivable {account.number}",
            rule=rule,
            at=f"/{_PREFERENCE}",
        )
    return identifiers.require_single(owned, identifier, "payment preference", at=f"/{_PREFERENCE}")


def _find_preferences(
    state: CrmComState, identifier: identifiers.Identifier
) -> list[AccountsReceivablePaymentPreference]:
    """Return the preferences of all accounts receivable that an identifier names, also by what they prefer."""
    table = state.accounts_receivable_payment_preferences
    inner = identifier.get("payment_preference_identifier")
    if inner is None:
        return identifiers.find_records(table, identifier)
    preferred = identifiers.require_single(
        identifiers.find_records(state.payment_preferences, inner), inner, "payment preference", at=f"/{_PREFERENCE}"
    )
    return table.all("payment_preference", preferred.id)
