"""The calls of the imitated CRM.COM, each from a `Call` to a `Reply`."""

from sandbox.exchange import Call, Reply
from sandbox.problems import Invalid, NotFound, Unauthenticated, Violation
from sandbox.providers.crm_com import paying, releases, wire
from sandbox.providers.crm_com.catalogue import User
from sandbox.providers.crm_com.records import CrmComState, Payment, Token


def pay_invoice(call: Call, state: CrmComState) -> Reply:
    """Pay the whole outstanding amount of one invoice, from an account or a wallet."""
    call.rule("token-must-be-valid")
    _refuse_newer_members(call, state)
    payment = paying.pay(call, state)
    return Reply(200, wire.carried_out(_shown(call, state, payment)))


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
    return Reply(200, wire.carried_out({"token": token.token + call.mark}))


def release_token(call: Call, state: CrmComState) -> Reply:
    """Log out: the token is of no use any more."""
    call.rule("token-must-be-valid")
    release, since = state.variants["release"], releases.TOKENS_CAN_BE_RELEASED
    if not releases.knows(release, since):
        rule = call.rule("release-gates")
        raise Invalid(f"tokens can be released from CRM.COM {since} on; this is {release}", rule=rule)
    call.rule("released-token-is-dead")
    state.tokens.delete(call.principal.token)
    return Reply(200, wire.carried_out({}))


def _refuse_newer_members(call: Call, state: CrmComState) -> None:
    """Let only members through that the release knows.

    Raises:
        Invalid: a newer member is given; names the release that brings it.
    """
    release = state.variants["release"]
    violations = [
        Violation(
            pointer="/" + "/".join(path),
            keyword="release",
            message=f"{path[-1]} is available from CRM.COM {since}; this is {release}",
        )
        for path, since in releases.unknown_members(release, call.body)
    ]
    if violations:
        rule = call.rule("release-gates")
        raise Invalid("; ".join(one.message for one in violations), rule=rule, violations=violations)


def _shown(call: Call, state: CrmComState, payment: Payment) -> dict[str, object]:
    """What is answered of a payment: all that the release knows, or what fields_set asks for."""
    release = state.variants["release"]
    if releases.knows(release, releases.RATE_PERIODS):
        call.rule("currency-rate-period")
    rate = None
    period = state.currency_rate_periods.get(payment.currency_rate_period)
    if period is not None:
        currency = state.currencies.get(period.currency)
        rate = (period, currency) if currency is not None else None
    shown = wire.payment(payment, rate, release)
    fields_set = call.body.get("fields_set")
    if fields_set is None:
        return shown
    call.rule("fields-set-filters-reply")
    wanted = wire.fields(fields_set)
    return {name: value for name, value in shown.items() if name in wanted}


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
