"""Tell that a check goes on, where one operation or the scenarios take long."""

from collections.abc import Callable
from time import monotonic_ns
from typing import Final

SILENCE: Final = 10 * 10**9  # nanoseconds after which a sign of life is due


class Progress:
    """Passes the lines of a check on to `log`; if none comes for long, it tells how many requests were answered."""

    def __init__(self, log: Callable[[str], None], clock: Callable[[], int] = monotonic_ns) -> None:
        self._log = log
        self._clock = clock
        self._last = clock()
        self._answered = 0

    def tell(self, line: str) -> None:
        self._last = self._clock()
        self._log(line)

    def count(self, operation: str) -> None:
        """Count an answered request of this operation."""
        self._answered += 1
        if self._clock() - self._last >= SILENCE:
            self.tell(f"{self._answered} requests so far, now {operation}")
