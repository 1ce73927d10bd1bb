"""The sandbox's time: UTC, running or frozen. Behaviour asks this clock and never the system."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def system_time() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


class Clock:
    """One namespace's time. It runs with `source` until it is set or frozen."""

    __slots__ = ("_frozen_at", "_offset", "_source")

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    def now(self) -> datetime:
        """The present moment, in UTC."""
        if self._frozen_at is not None:
            return self._frozen_at
        return self._source() + self._offset

    def set(self, now: datetime, *, frozen: bool) -> None:
        """Make it `now` (with a zone); a frozen clock stands still until it is advanced or set again."""
        moment = now.astimezone(UTC)
        self._offset = moment - self._source()
        self._frozen_at = moment if frozen else None

    def advance(self, seconds: int) -> None:
        """Let `seconds` pass."""
        step = timedelta(seconds=seconds)
        self._offset += step
        if self._frozen_at is not None:
            self._frozen_at += step
