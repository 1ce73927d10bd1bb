"""What a payment goes by: a plain method, a card at a payment gateway, or a payment preference at a generic one."""

from msgspec import Struct

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed
from paysandbox.providers.crm_com import identifiers, releases
from paysandbox.providers.crm_com.catalogue import (
    AccountsReceivable,
    AccountsReceivablePaymentPreference,
    Card,
    PaymentGateway,
    PaymentMethod,
    Type,
)
from paysandbox.providers.crm_com.records import CrmComState

_CARD = "card_identifier"
_PREFERENCE = "accounts_receivable_payment_preference_identifier"


class Means(Struct, frozen=True, kw_only=True, gc=False):
    """A payment method with what it needs: a gateway or none, and for a gateway a card or a preference."""

    method: PaymentMethod
    gateway: PaymentGateway | None = None
    card: Card | None = None
    preference: AccountsReceivablePaymentPreference | None = None


def means(call: Call, state: CrmComState, kind: Type, account: AccountsReceivable | None) -> Means:
    """What the payment goes by; without an account it comes from a wallet, which takes neither card nor preference.

    Raises:
        NotFound, NotAllowed: the method, its card or its preference cannot be used for this payment.
    """
    method = identifiers.named(state.payment_methods, call.body["payment_method_identifier"], "payment method")
    gateway = state.payment_gateways.get(method.payment_gateway)
    if account is None:
        _refuse_gateways(call, kind, method, gateway)
        gateway = None
    card = preference = None
    if account is not None and gateway is not None and gateway.generic:
        preference = _preference(call, state, method, account)
    else:
        _refuse_superfluous(call, _PREFERENCE, method, "preference-required-by-generic-gateway")
    if account is not None and gateway is not None and not gateway.generic:
        card = _card(call, state, method, account)
    else:
        _refuse_superfluous(call, _CARD, method, "card-required-by-gateway")
    return Means(method=method, gateway=gateway, card=card, preference=preference)


def _refuse_gateways(call: Call, kind: Type, method: PaymentMethod, gateway: PaymentGateway | None) -> None:
    """Keep gateways away from wallets."""
    if kind.payment_gateways:
        rule = call.rule("wallet-excludes-gateway-types")
        raise NotAllowed(f"the type {kind.name} includes payment gateways, which wallets cannot use", rule=rule)
    if gateway is not None:
        rule = call.rule("wallet-excludes-gateway-methods")
        raise NotAllowed(
            f"the payment method {method.name} goes by {gateway.name}, and a wallet's money does not", rule=rule
        )


def _refuse_superfluous(call: Call, member: str, method: PaymentMethod, rule: str) -> None:
    if call.body.get(member) is not None:
        raise NotAllowed(f"{member} is not applicable to the payment method {method.name}", rule=call.rule(rule))


def _mandatory(call: Call, member: str, why: str, rule: str) -> identifiers.Identifier:
    """The identifier that this payment needs."""
    identifier: identifiers.Identifier | None = call.body.get(member)
    if identifier is None:
        raise NotAllowed(f"{why}, so {member} is mandatory", rule=rule)
    return identifier


def _card(call: Call, state: CrmComState, method: PaymentMethod, account: AccountsReceivable) -> Card:
    """The card to charge, among those of the account's owner."""
    rule = call.rule("card-required-by-gateway")
    identifier = _mandatory(call, _CARD, f"the payment method {method.name} is of a payment gateway", rule)
    found = identifiers.all_named(state.cards, identifier)
    owned = [card for card in found if card.owner == account.owner]
    if found and not owned:
        raise NotAllowed(
            f"the card {identifiers.spelt(identifier)} is not of the owner of the accounts receivable {account.number}",
            rule=rule,
        )
    return identifiers.only(owned, identifier, "card")


def _preference(
    call: Call, state: CrmComState, method: PaymentMethod, account: AccountsReceivable
) -> AccountsReceivablePaymentPreference:
    """The payment preference to use, among those of the account."""
    release = state.variants["release"]
    if not releases.knows(release, releases.GENERIC_GATEWAYS):
        raise NotAllowed(
            f"the payment method {method.name} is of a generic payment gateway, which needs a payment preference, "
            f"available from CRM.COM {releases.GENERIC_GATEWAYS}; this is {release}",
            rule=call.rule("release-gates"),
        )
    rule = call.rule("preference-required-by-generic-gateway")
    why = f"the payment method {method.name} is of a generic payment gateway"
    identifier = _mandatory(call, _PREFERENCE, why, rule)
    found = _preferences(state, identifier)
    own = [preference for preference in found if preference.accounts_receivable == account.id]
    if found and not own:
        raise NotAllowed(
            f"the payment preference {identifiers.spelt(identifier)} is not of the accounts receivable "
            f"{account.number}",
            rule=rule,
        )
    return identifiers.only(own, identifier, "payment preference")


def _preferences(state: CrmComState, identifier: identifiers.Identifier) -> list[AccountsReceivablePaymentPreference]:
    """Every account's payment preference that an identifier names, by itself or by what is preferred."""
    table = state.accounts_receivable_payment_preferences
    inner = identifier.get("payment_preference_identifier")
    if inner is None:
        return identifiers.all_named(table, identifier)
    preferred = identifiers.named(state.payment_preferences, inner, "payment preference")
    return table.all("payment_preference", preferred.id)
