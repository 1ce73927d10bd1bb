"""Times on the wire (RFC 3339, UTC), and clocks set to them."""

from datetime import UTC, datetime
from typing import Any

from paysandbox.core.clock import Clock
from paysandbox.core.problems import NotAllowed


def parse_timestamp(text: str) -> datetime:
    """Parse a time, to UTC.

    Raises:
        NotAllowed: no clock can show it: a leap second, or before year 1 or after year 9999 in UTC.
    """
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotAllowed(
            f"{text!r} is not a time that the clock can show; send one like 2026-03-31T12:00:00Z", at="/now"
        ) from None


def format_timestamp(moment: datetime) -> str:
    """Format a time as `2026-03-31T12:00:00Z`, with fractions of a second where it has any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def describe_clock(clock: Clock) -> dict[str, Any]:
    """Return the time, and whether it is frozen."""
    return {"now": format_timestamp(clock.now()), "frozen": clock.frozen}


def set_clock(clock: Clock, now: datetime, *, frozen: bool) -> None:
    """Set a clock.

    Raises:
        NotAllowed: out of range.
    """
    try:
        clock.set(now, frozen=frozen)
    except OverflowError as error:
        raise NotAllowed(f"{format_timestamp(now)} is out of range: {error}", at="/now") from None
