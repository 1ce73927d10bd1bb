"""The sandbox's time: UTC, running or frozen. Behaviour asks this clock and never the system."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)  # the APIs write years with four digits
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)  # a year is left for what behaviour adds to the present


def read_ticks() -> int:
    """A count of nanoseconds from anywhere, for the length of what is done; never for behaviour."""
    return time.perf_counter_ns()


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

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_at is not None

    def set(self, now: datetime, *, frozen: bool) -> None:
        """Make it `now` (with a zone); a frozen clock stands still until it is advanced or set again.

        Raises:
            OverflowError: earlier or later than the sandbox can count.
        """
        moment = now.astimezone(UTC)
        if moment < EARLIEST:
            raise OverflowError("the clock begins with the year 1000")
        if moment >= LATEST:
            raise OverflowError("the clock ends before the year 9999")
        self._offset = moment - self._source()
        self._frozen_at = moment if frozen else None

    def advance(self, seconds: Decimal | int) -> None:
        """Let time pass, to the microsecond.

        Raises:
            OverflowError: later than the sandbox can count.
        """
        step = timedelta(microseconds=int(seconds * 1_000_000))
        if self.now() + step >= LATEST:
            raise OverflowError("the clock ends before the year 9999")
        self._offset += step
        if self._frozen_at is not None:
            self._frozen_at += step

    def copy(self) -> "Clock":
        """Another clock that shows the same time now, and runs or stands still as this one."""
        made = Clock(self._source)
        made._offset, made._frozen_at = self._offset, self._frozen_at
        return made
