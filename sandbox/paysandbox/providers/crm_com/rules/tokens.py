"""Rules of tokens: how long they are valid. Source: vendor page, POST authentication/token."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.providers.crm_com.records.state import CrmComState, Token
from paysandbox.providers.crm_com.rules import releases

_JWT_HEADER: Final = {"typ": "JWT", "alg": "HS256"}
_JWT_SECRET: Final = b"paysandbox"  # fixed, so that a client's tests may verify signatures
_JWT_DOTS: Final = 2
IDLE: Final = dt.timedelta(hours=1)
LIFE: Final = dt.timedelta(hours=2)
_LATEST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


def expires_when_idle(release: str) -> bool:
    """Whether tokens of this release expire an hour after their last use: before R12.0.0."""
    return not releases.includes(release, releases.TOKENS_LAST_TWO_HOURS)


def has_expired(token: Token, release: str, now: dt.datetime) -> bool:
    """Whether the token has expired.

    As the release says, an hour after its last use, or two hours after its issue; that of a web API key by the latter.
    """
    if token.never_expires:
        return False
    if expires_when_idle(release) and not token.by_web_api_key:
        return now - token.last_used_on >= IDLE
    return now - token.issued_on >= LIFE


def list_expiries(state: CrmComState) -> Iterator[tuple[str, str, str, dt.datetime]]:
    """Yield table, key, rule and the time, in UTC, of each token that expires, as it was used so far."""
    idles = expires_when_idle(state.variants["release"])
    for token in state.tokens.records():
        if token.never_expires:
            continue
        begin, lasts, what = token.issued_on, LIFE, "expires two hours after its issue"
        if idles and not token.by_web_api_key:
            begin, lasts, what = token.last_used_on, IDLE, "expires an hour after its last use"
        if begin < _LATEST - lasts:  # else it outlives the last time that there is
            yield "tokens", token.token, what, begin + lasts


def find_earliest_time(state: CrmComState) -> dt.datetime | None:
    """Return the latest time, in UTC, at which a token that can expire was issued; None without such tokens.

    The clock cannot be set before it, because the token would then have been issued in the future.
    """
    return max((token.issued_on for token in state.tokens.records() if not token.never_expires), default=None)


def are_jwts(form: str, release: str) -> bool:
    """Whether the tokens of a release are JSON Web Tokens, under a choice of the variant `token_form`."""
    return form == "jwt" and releases.includes(release, releases.TOKENS_LAST_TWO_HOURS)


def write_jwt(token: Token, organisation: str) -> str:
    """Write a token as a JSON Web Token (RFC 7519). Source: vendor page, POST authentication/web_api_key/token."""
    issued = int(token.issued_on.timestamp())
    claims = {
        "jti": token.token,
        "usr": token.user,
        "org": organisation,
        "oun": token.unit,
        "exp": issued + int(LIFE.total_seconds()),
        "iat": issued,
    }
    signed = f"{_encode(write_json(_JWT_HEADER))}.{_encode(write_json(claims))}"
    return f"{signed}.{_sign(signed)}"


def is_jwt(credential: str) -> bool:
    """Whether a credential has the form of a JSON Web Token."""
    return credential.count(".") == _JWT_DOTS


def read_jwt(credential: str) -> str | None:
    """Return the id of the token that a JSON Web Token is of; None if its signature does not fit."""
    signed, _, signature = credential.rpartition(".")
    if not hmac.compare_digest(_sign(signed).encode(), signature.encode()):
        return None
    return str(read_json(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))["jti"])  # as we have written it


def _sign(text: str) -> str:
    return _encode(hmac.digest(_JWT_SECRET, text.encode(), hashlib.sha256))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
