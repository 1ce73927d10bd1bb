"""Operations on tokens: log in and log out."""

from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Invalid, NotFound, Unauthenticated
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.lookup.logins import find_organisation, find_user
from paysandbox.providers.crm_com.records.catalogue import User
from paysandbox.providers.crm_com.records.state import CrmComState, Token, WebApiKey
from paysandbox.providers.crm_com.rules import releases, tokens


def create_token(call: Call, state: CrmComState) -> Reply:
    """Log in: issue a token for a user at a unit. Source: vendor page, POST authentication/token.

    A namespace suffix of the user name (`JackH~checkout-7`) is on the issued token too, so that the calls made with it
    reach the same namespace.

    Raises:
        Unauthenticated: user name, password and organisation do not match.
        NotFound: the organisation has no such unit.
    """
    user = _find_user(call, state)
    unit = _find_unit(call, state, user)
    if unit is None:
        call.rule("unit-defaults-to-users-unit")
    return _issue_token(call, state, user.id, unit or user.unit)


def create_web_api_key_token(call: Call, state: CrmComState) -> Reply:
    """Log in with a web API key. Source: vendor page, POST authentication/web_api_key/token.

    A namespace suffix of the key is on the issued token too, as at the other login.

    Raises:
        Invalid: the release has no such operation yet.
        NotFound: the organisation of the key has no such unit.
    """
    call.rule("web-api-key-must-exist")  # authentication ran before; counted here, because it has no Call
    release = state.variants["release"]
    if not releases.includes(release, releases.WEB_API_KEYS):
        rule = call.rule("release-gates")
        raise Invalid(f"web API keys are available from CRM.COM {releases.WEB_API_KEYS}; this is {release}", rule=rule)
    key: WebApiKey = call.principal
    user = state.users.get(key.user)
    if user is None:  # no operation deletes a user, but the control API can
        raise Unauthenticated("the user of this web API key does not exist", rule="web-api-key-must-exist")
    unit = _find_unit(call, state, user)
    if unit is None:
        call.rule("unit-defaults-to-keys-unit")
    call.rule("keys-token-lasts-two-hours")
    return _issue_token(call, state, user.id, unit or key.unit or user.unit, by_web_api_key=True)


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


def _issue_token(call: Call, state: CrmComState, user: str, unit: str, *, by_web_api_key: bool = False) -> Reply:
    now = state.now()
    token = Token(
        token=state.hex_id("token", 32).upper(),
        user=user,
        unit=unit,
        issued_on=now,
        last_used_on=now,
        by_web_api_key=by_web_api_key,
    )
    state.tokens.put(token)
    written = token.token
    if tokens.are_jwts(state.variants["token_form"], state.variants["release"]):
        call.rule("token-may-be-a-jwt")
        written = tokens.write_jwt(token, find_organisation(state, unit) or "")
    return Reply(200, wire.write_success({"token": written + call.namespace_suffix}, state.variants))


def _find_unit(call: Call, state: CrmComState, user: User) -> str | None:
    """Return the id of the unit that a login names; None if it names none."""
    unit_id = call.body.get("unit")
    if unit_id is None:
        return None
    if find_organisation(state, unit_id) != find_organisation(state, user.unit):
        rule = call.rule("unknown-reference-is-refused")
        raise NotFound(f"the organisation has no unit with the id {unit_id}", rule=rule, at="/unit")
    return str(unit_id)
