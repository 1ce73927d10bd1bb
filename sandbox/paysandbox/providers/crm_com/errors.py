"""Authentication by token, and CRM.COM's refusals: envelopes with a code other than OK, under HTTP 200 or 4xx.

The vendor publishes no list of error codes, so the four codes and their texts are house decisions. Public clients show
`status.message`.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from msgspec.structs import replace

from paysandbox.core.messages import Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound, Problem, Unauthenticated, Unroutable
from paysandbox.providers.crm_com import wire
from paysandbox.providers.crm_com.records.state import CrmComState, Token, WebApiKey
from paysandbox.providers.crm_com.rules import tokens

INVALID_TOKEN: Final = "INVALID_TOKEN"  # noqa: S105 - a code, not a secret
INVALID_REQUEST: Final = "INVALID_REQUEST"
NOT_FOUND: Final = "NOT_FOUND"
NOT_ALLOWED: Final = "NOT_ALLOWED"

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    INVALID_TOKEN: "The token or the login is not valid",
    INVALID_REQUEST: "The request is not valid",
    NOT_FOUND: "A record that the request names does not exist",
    NOT_ALLOWED: "The state of the records does not allow the call",
}
# The HTTP statuses under the variant error_http_status: 4xx.
_STATUSES: Final[Mapping[str, int]] = {INVALID_TOKEN: 401, INVALID_REQUEST: 400, NOT_FOUND: 404, NOT_ALLOWED: 409}
_FAILURES: Final[Mapping[int, str]] = {
    401: INVALID_TOKEN,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: NOT_ALLOWED,
} | dict.fromkeys((200, 400, 405, 413, 415, 422), INVALID_REQUEST)


def authenticate(credential: str, state: CrmComState) -> Token:
    """Return the record of a token, and note the use if the release's tokens expire when idle.

    Raises:
        Unauthenticated: no login was issued this token, or it has expired.
    """
    token = state.tokens.get(tokens.read_jwt(credential) if tokens.is_jwt(credential) else credential)
    if token is None:
        raise Unauthenticated("no login has this token", rule="token-must-be-valid")
    release, now = state.variants["release"], state.now()
    if tokens.has_expired(token, release, now):
        raise Unauthenticated("the token has expired", rule="token-expires")
    if tokens.expires_when_idle(release) and not (token.never_expires or token.by_web_api_key):
        token = replace(token, last_used_on=now)
        state.tokens.put(token)
    return token


def authenticate_key(credential: str, state: CrmComState) -> WebApiKey:
    """Return the record of a web API key.

    Raises:
        Unauthenticated: there is no such key.
    """
    key = state.web_api_keys.get(credential)
    if key is None:
        with_password = " with a password, which must be empty" if ":" in credential else ""
        raise Unauthenticated(f"no user has this web API key{with_password}", rule="web-api-key-must-exist")
    return key


def refuse(problem: Problem, state: CrmComState) -> Reply:
    code = _choose_code(problem)
    return Reply(
        _choose_status(problem, code, state.variants), wire.write_refusal(code, _DESCRIPTIONS[code], problem.message)
    )


def fail(status: int, _state: CrmComState) -> Reply:
    """Write a failure with this HTTP status. Under 200 only `status.code` differs from a success.

    If none of the four codes fits, code and texts come from the status itself: `SERVICE_UNAVAILABLE`. Source: house
    decision.
    """
    phrase = next((known.phrase for known in HTTPStatus if known == status), "Unknown Failure")
    code = _FAILURES.get(status) or re.sub("[^A-Z]+", "_", phrase.upper())
    description = _DESCRIPTIONS.get(code, phrase)
    return Reply(status, wire.write_refusal(code, description, description if status == HTTPStatus.OK else phrase))


def _choose_code(problem: Problem) -> str:
    match problem:
        case Unauthenticated():
            return INVALID_TOKEN
        case NotFound() | Unroutable(allow=()):
            return NOT_FOUND
        case NotAllowed() | Conflict():
            return NOT_ALLOWED
        case _:
            return INVALID_REQUEST


def _choose_status(problem: Problem, code: str, variants: Mapping[str, str]) -> int:
    if isinstance(problem, Unroutable):
        return 405 if problem.allow else 404
    if variants.get("error_http_status") == "4xx":
        return _STATUSES[code]
    return 200
