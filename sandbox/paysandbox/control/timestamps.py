"""Moments on the wire (RFC 3339), and clocks that are set by them."""

from datetime import UTC, datetime
from typing import Any

from paysandbox.core.clock import Clock
from paysandbox.core.problems import NotAllowed


def read(text: str) -> datetime:
    """The moment that the text says, in UTC.

    Raises:
        NotAllowed: one that no clock can show: a leap second, or out of range.
    """
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotAllowed(
            f"{text!r} is a moment that no clock here can show; take one like 2026-03-31T12:00:00Z"
        ) from None


def written(moment: datetime) -> str:
    """`2026-03-31T12:00:00Z`, with as many digits behind the seconds as there are."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shown(clock: Clock) -> dict[str, Any]:
    """A clock as answered."""
    return {"now": written(clock.now()), "frozen": clock.frozen}


def set_clock(clock: Clock, now: datetime, *, frozen: bool) -> None:
    """Set a clock.

    Raises:
        NotAllowed: out of range.
    """
    try:
        clock.set(now, frozen=frozen)
    except OverflowError as error:
        raise NotAllowed(f"{written(now)} is out of range: {error}") from None
