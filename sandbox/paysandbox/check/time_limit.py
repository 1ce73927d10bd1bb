"""A time limit that can tell what it interrupted, whoever hangs: generator, server or network."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 2  # seconds for what is under way, once nothing more is wanted
_END: Final = object()


class OutOfTime(Exception):
    """The time limit was reached; the message names the case."""


class TimeLimit:
    """Watches over one API's suites for a number of seconds. `case` is the request that is under way."""

    def __init__(self, seconds: int) -> None:
        self._limit = seconds
        self._started = monotonic()
        self._stopped = False
        self.case = "the making of the first case"

    @property
    def seconds(self) -> int:
        """Whole seconds since the start."""
        return round(monotonic() - self._started)

    def check(self) -> None:
        """Raise `OutOfTime` once the limit is reached, or nothing more is wanted."""
        if self._stopped or monotonic() - self._started > self._limit:
            raise OutOfTime(f"the time limit of {self._limit} s was reached in {self.case}")

    def over(self, items: Iterator[T], stop: Callable[[], None]) -> Iterator[T]:
        """The items as they come, made in a thread of their own, which may hang.

        Whoever breaks off early, or is interrupted, can go on as soon as the thread has noticed: `check` raises there.

        Raises:
            OutOfTime: the limit was reached first; `stop` was called.
        """
        inbox: SimpleQueue[Any] = SimpleQueue()
        thread = Thread(target=_pump, args=[items, inbox], daemon=True, name="paysandbox-check")
        thread.start()
        ended = False
        try:
            while not ended:
                try:
                    item = inbox.get(timeout=max(self._started + self._limit - monotonic(), 0) + 0.1)
                except Empty:
                    self.check()
                    continue
                ended = item is _END or isinstance(item, BaseException)
                if isinstance(item, BaseException):
                    raise item
                if not ended:
                    yield item
                    self.check()
        finally:
            if not ended:
                self._stopped = True
                stop()
                thread.join(PATIENCE)


def _pump(items: Iterator[Any], inbox: "SimpleQueue[Any]") -> None:
    try:
        for item in items:
            inbox.put(item)
        inbox.put(_END)
    except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
        inbox.put(error)
