"""The calls of the imitated CRM.COM, each from a `Call` to a `Reply`."""

from collections.abc import Mapping
from typing import Any

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Invalid, NotFound, Unauthenticated, Violation
from paysandbox.providers.crm_com import cancelling, identifiers, paying, releases, showing, wire
from paysandbox.providers.crm_com.catalogue import User
from paysandbox.providers.crm_com.records import CrmComState, Token


def pay_invoice(call: Call, state: CrmComState) -> Reply:
    """Pay the whole outstanding amount of one invoice, from an account or a wallet."""
    _admit(call, state, call.body)
    payment = paying.pay(call, state)
    if releases.knows(state.variants["release"], releases.RATE_PERIODS):
        call.rule("currency-rate-period")
    shown = showing.chosen(call, showing.short(state, payment), call.body.get("fields_set"))
    return Reply(200, wire.carried_out(shown, state.variants))


def show_payment(call: Call, state: CrmComState) -> Reply:
    """Answer one payment with all that was said of it, and the invoice that it pays."""
    identifier = identifiers.unpacked(call.query["payment_identifier"])
    _admit(call, state, {"payment_identifier": identifier})
    payment = identifiers.named(state.payments, identifier, "payment")
    shown = showing.chosen(call, showing.complete(state, payment), call.query.get("fields_set"))
    return Reply(200, wire.carried_out(shown, state.variants))


def list_payments(call: Call, state: CrmComState) -> Reply:
    """Answer the payments of one account, the oldest first, as far as they are asked for."""
    _admit(call, state, call.query)
    fields_set = call.query.get("fields_set")
    shown = [showing.chosen(call, showing.complete(state, one), fields_set) for one in showing.listed(call, state)]
    return Reply(200, wire.carried_out(shown, state.variants))


def cancel_payment(call: Call, state: CrmComState) -> Reply:
    """Cancel one posted payment: answer the payment cancellation that is posted for it."""
    _admit(call, state, call.body)
    cancellation = cancelling.cancel(call, state)
    return Reply(200, wire.carried_out(wire.payment_cancellation(cancellation), state.variants))


def show_invoice(call: Call, state: CrmComState) -> Reply:
    """Answer one invoice, with what is still outstanding."""
    identifier = identifiers.unpacked(call.query["invoice_identifier"])
    _admit(call, state, {"invoice_identifier": identifier})
    invoice = identifiers.named(state.invoices, identifier, "invoice")
    shown = showing.chosen(call, showing.invoice(state, invoice), call.query.get("fields_set"))
    return Reply(200, wire.carried_out(shown, state.variants))


def create_token(call: Call, state: CrmComState) -> Reply:
    """Log in: hand out a token for a user, at a unit; a mark on the user name is on the token too."""
    user = _user(call, state)
    now = state.now()
    token = Token(
        token=state.hex_id("token", 32).upper(),
        user=user.id,
        unit=_unit(call, state, user),
        issued_on=now,
        last_used_on=now,
    )
    state.tokens.put(token)
    return Reply(200, wire.carried_out({"token": token.token + call.mark}, state.variants))


def release_token(call: Call, state: CrmComState) -> Reply:
    """Log out: the token is of no use any more."""
    call.rule("token-must-be-valid")
    release, since = state.variants["release"], releases.TOKENS_CAN_BE_RELEASED
    if not releases.knows(release, since):
        rule = call.rule("release-gates")
        raise Invalid(f"tokens can be released from CRM.COM {since} on; this is {release}", rule=rule)
    call.rule("released-token-is-dead")
    state.tokens.delete(call.principal.token)
    return Reply(200, wire.carried_out({}, state.variants))


def _admit(call: Call, state: CrmComState, said: Mapping[str, Any]) -> None:
    """Let a call through that its token allows, and that says only what the release knows.

    Raises:
        Invalid: something newer is said; names the release that brings it.
    """
    call.rule("token-must-be-valid")
    release = state.variants["release"]
    violations = [
        Violation(
            pointer=f"?{path[0]}" if call.body is None else "/" + "/".join(path),
            keyword="release",
            message=f"{path[-1]} is available from CRM.COM {since}; this is {release}",
        )
        for path, since in releases.unknown_members(call.operation, release, said)
    ]
    if violations:
        rule = call.rule("release-gates")
        raise Invalid("; ".join(one.message for one in violations), rule=rule, violations=violations)


def _user(call: Call, state: CrmComState) -> User:
    """Who logs in.

    Raises:
        Unauthenticated: the user name, the password and the organisation do not belong together.
    """
    rule = call.rule("login-must-match")
    user = state.users.find("username", call.body["username"].removesuffix(call.mark))
    organisation = state.organisations.find("name", call.body["organisation"])
    if (
        user is None
        or user.password != call.body["password"]
        or organisation is None
        or organisation.id != _organisation_of(state, user.unit)
    ):
        raise Unauthenticated("the user name, the password and the organisation do not belong together", rule=rule)
    return user


def _unit(call: Call, state: CrmComState, user: User) -> str:
    """The id of the unit at which a user logs in.

    Raises:
        NotFound: the login names a unit that the organisation does not have.
    """
    wanted = call.body.get("unit")
    if wanted is None:
        call.rule("unit-defaults-to-users-unit")
        return user.unit
    if _organisation_of(state, wanted) != _organisation_of(state, user.unit):
        rule = call.rule("unknown-reference-is-refused")
        raise NotFound(f"the organisation has no unit with the id {wanted}", rule=rule)
    return str(wanted)


def _organisation_of(state: CrmComState, unit_id: str) -> str | None:
    """The id of the organisation that has a unit; None if there is no such unit."""
    unit = state.units.get(unit_id)
    return unit.organisation if unit is not None else None
