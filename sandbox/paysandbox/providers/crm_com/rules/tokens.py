"""Rules of tokens: how long they are valid. Source: vendor page, POST authentication/token."""

import datetime as dt
from typing import Final

from paysandbox.providers.crm_com.records.state import CrmComState, Token
from paysandbox.providers.crm_com.rules import releases

IDLE: Final = dt.timedelta(hours=1)
LIFE: Final = dt.timedelta(hours=2)


def expires_when_idle(release: str) -> bool:
    """Whether tokens of this release expire an hour after their last use: before R12.0.0."""
    return not releases.includes(release, releases.TOKENS_LAST_TWO_HOURS)


def has_expired(token: Token, release: str, now: dt.datetime) -> bool:
    """Whether the token has expired: an hour after its last use, or two hours after its issue, as the release says."""
    if token.never_expires:
        return False
    if expires_when_idle(release):
        return now - token.last_used_on >= IDLE
    return now - token.issued_on >= LIFE


def find_earliest_time(state: CrmComState) -> dt.datetime | None:
    """Return the latest time, in UTC, at which a token that can expire was issued; None without such tokens.

    The clock cannot be set before it, because the token would then have been issued in the future.
    """
    return max((token.issued_on for token in state.tokens.records() if not token.never_expires), default=None)
