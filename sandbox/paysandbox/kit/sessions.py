"""Sessions of browsers, where the sandbox has a control token that a link cannot carry.

A session is a signed value, not a record, so every worker with the same token knows it, also after a restart.
"""

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

SESSION_HOURS: Final = 12
LINK_HOURS: Final = 1
TRIES: Final = 10  # wrong tokens that are taken in a minute
_SPENT: Final = 1000  # links and sessions that are remembered as used up
_MINUTE: Final = timedelta(minutes=1)
_SESSION: Final = "session"
_LINK: Final = "link"


class Sessions:
    """Signs browsers in and out. `time` is the system's, in UTC."""

    def __init__(self, control_token: str | None, time: Callable[[], datetime]) -> None:
        self.control_token = control_token
        self._time = time
        self._failures: deque[datetime] = deque(maxlen=TRIES)
        self._spent: deque[str] = deque(maxlen=_SPENT)

    def make_link_code(self) -> str | None:
        """Make a code that signs one browser in, within an hour; each process takes it once. None without a token."""
        return None if self.control_token is None else self._sign(_LINK, LINK_HOURS)

    def make_session(self) -> str:
        """Make a session for a browser that has shown the token or a code."""
        return self._sign(_SESSION, SESSION_HOURS)

    def is_exhausted(self) -> bool:
        """Whether too many wrong tokens have come within a minute."""
        return len(self._failures) == TRIES and self._time() - self._failures[0] < _MINUTE

    def accepts_token(self, token: str) -> bool:
        """Tell whether this is the control token; another one counts as a failure."""
        return self._count(hmac.compare_digest(token.encode(), (self.control_token or "").encode()))

    def accepts_code(self, code: str) -> bool:
        """Tell whether this is a code that was not used before, and use it up; another one counts as a failure."""
        is_good = self._count(self._holds(_LINK, code))
        self._spend(code, is_good=is_good)
        return is_good

    def accepts_session(self, session: str) -> bool:
        """Tell whether this is a session that has neither ended nor expired."""
        return self._holds(_SESSION, session)

    def end(self, session: str) -> None:
        """End a session; other workers accept it until it expires, but its browser forgets it."""
        self._spend(session, is_good=self._holds(_SESSION, session))

    def _spend(self, signed: str, *, is_good: bool) -> None:
        """Note that a value is used up; not a made-up one, because many of those would push the others out."""
        if is_good:
            self._spent.append(signed)

    def _count(self, is_good: bool) -> bool:  # noqa: FBT001 - what was found, passed on
        if not is_good:
            self._failures.append(self._time())
        return is_good

    def _sign(self, kind: str, hours: int) -> str:
        until = int((self._time() + timedelta(hours=hours)).timestamp())
        text = f"{until}.{secrets.token_urlsafe(12)}"
        return f"{text}.{self._make_mark(kind, text)}"

    def _holds(self, kind: str, signed: str) -> bool:
        text, _, mark = signed.rpartition(".")
        is_signed = hmac.compare_digest(mark.encode(), self._make_mark(kind, text).encode())
        return is_signed and signed not in self._spent and int(text.partition(".")[0]) > self._time().timestamp()

    def _make_mark(self, kind: str, text: str) -> str:
        return hmac.digest((self.control_token or "").encode(), f"{kind} {text}".encode(), "sha256").hex()
