"""The sandbox's clock: UTC, running or frozen. Only this module reads the system's time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)  # the APIs write years with four digits
LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)  # leaves a year for terms and expiries that providers add
SECOND: Final = 1_000_000_000  # of ticks
MICROSECONDS: Final = 1_000_000  # of a second


def read_ticks() -> int:
    """Return nanoseconds since an arbitrary start, to measure durations with."""
    return time.perf_counter_ns()


def system_time() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


def read_epoch() -> int:
    """Return the machine's time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def read_microseconds(epoch: int) -> datetime:
    """Return the UTC time of a number of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch)


class Clock:
    """The clock of one namespace. It follows `source` until it is set or frozen."""

    __slots__ = ("_frozen_at", "_offset", "_source")

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._offset = timedelta()
        self._frozen_at: datetime | None = None

    def now(self) -> datetime:
        """Return this clock's time, in UTC."""
        if self._frozen_at is not None:
            return self._frozen_at
        return self._source() + self._offset if self._offset else self._source()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def set(self, now: datetime, *, frozen: bool) -> None:
        """Set the clock to `now` (with a zone). A frozen clock stands still until it is advanced or set again.

        Raises:
            OverflowError: before the year 1000 or after the year 9998.
        """
        moment = now.astimezone(UTC)
        if moment < EARLIEST:
            raise OverflowError("the clock begins with the year 1000")
        if moment >= LATEST:
            raise OverflowError("the clock ends before the year 9999")
        self._offset = moment - self._source()
        self._frozen_at = moment if frozen else None

    def advance(self, seconds: Decimal | int) -> None:
        """Move the clock on by seconds, exact to the microsecond.

        Raises:
            OverflowError: after the year 9998.
        """
        step = timedelta(microseconds=int(seconds * 1_000_000))
        if self.now() + step >= LATEST:
            raise OverflowError("the clock ends before the year 9999")
        self._offset += step
        if self._frozen_at is not None:
            self._frozen_at += step

    @property
    def setting(self) -> tuple[timedelta, datetime | None]:
        """What was set: the distance from the source, and the time at which the clock is frozen."""
        return self._offset, self._frozen_at

    def adopt(self, setting: tuple[timedelta, datetime | None]) -> None:
        """Take over the setting of another clock."""
        self._offset, self._frozen_at = setting

    def copy(self) -> "Clock":
        """Return a clock with the same time that runs, or is frozen, as this one is."""
        copy = Clock(self._source)
        copy._offset, copy._frozen_at = self._offset, self._frozen_at
        return copy
