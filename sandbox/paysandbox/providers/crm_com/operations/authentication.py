"""Operations on tokens: log in and log out."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Invalid, NotFound, Unauthenticated
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup.logins import find_organisation, find_user
from paysandbox.providers.crm_com.records.catalogue import User
from paysandbox.providers.crm_com.records.state import CrmComState, Token
from paysandbox.providers.crm_com.rules import releases


def create_token(call: Call, state: CrmComState) -> Reply:
    """Log in: issue a token for a user at a unit. Source: vendor page, POST authentication/token.

    A namespace suffix of the user name (`JackH~checkout-7`) is on the issued token too, so that the calls made with it
    reach the same namespace.

    Raises:
        Unauthenticated: user name, password and organisation do not match.
        NotFound: the organisation has no such unit.
    """
    user = _find_user(call, state)
    now = state.now()
    token = Token(
        token=state.hex_id("token", 32).upper(),
        user=user.id,
        unit=_choose_unit(call, state, user),
        issued_on=now,
        last_used_on=now,
    )
    state.tokens.put(token)
    return Reply(200, wire.write_success({"token": token.token + call.namespace_suffix}, state.variants))


def release_token(call: Call, state: CrmComState) -> Reply:
    """Log out: the token is invalid from now on. Source: vendor page, POST authentication/token/release.

    Raises:
        Invalid: the release has no such operation yet.
    """
    call.rule("token-must-be-valid")
    release, since = state.variants["release"], releases.TOKENS_CAN_BE_RELEASED
    if not releases.includes(release, since):
        rule = call.rule("release-gates")
        raise Invalid(f"releasing a token is available from CRM.COM {since}; this is {release}", rule=rule)
    call.rule("released-token-is-dead")
    state.tokens.delete(call.principal.token)
    return Reply(200, wire.write_success({}, state.variants))


def _find_user(call: Call, state: CrmComState) -> User:
    rule = call.rule("login-must-match")
    username = call.body["username"].removesuffix(call.namespace_suffix)
    user = find_user(state, username, call.body["password"], call.body["organisation"])
    if user is None:
        raise Unauthenticated("the user name, the password and the organisation do not match", rule=rule)
    return user


def _choose_unit(call: Call, state: CrmComState, user: User) -> str:
    """Return the id of the unit at which the user logs in."""
    unit_id = call.body.get("unit")
    if unit_id is None:
        call.rule("unit-defaults-to-users-unit")
        return user.unit
    if find_organisation(state, unit_id) != find_organisation(state, user.unit):
        rule = call.rule("unknown-reference-is-refused")
        raise NotFound(f"the organisation has no unit with the id {unit_id}", rule=rule)
    return str(unit_id)
