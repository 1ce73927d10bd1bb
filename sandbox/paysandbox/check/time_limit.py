"""A time limit that names the case it interrupted, whether the generator, the server or the network hangs."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic_ns, sleep
from typing import Any, Final, TypeVar

T = TypeVar("T")
PATIENCE: Final = 2  # seconds for the case in progress when the caller stops
_END: Final = object()


class TimeLimitReached(Exception):
    """The time limit was reached; the message names the case."""


def read_clock() -> int:
    """Milliseconds since some moment."""
    return monotonic_ns() // 1_000_000


def pause(milliseconds: int) -> None:
    """Wait."""
    sleep(milliseconds / 1000)


class TimeLimit:
    """Limits the suites of one API to a number of seconds. `case` is the request in progress.

    Waiting because the server asks for it does not count, up to as many seconds again. `now` tells milliseconds, `wait`
    waits some.
    """

    def __init__(self, seconds: int, now: Callable[[], int] = read_clock, wait: Callable[[int], None] = pause) -> None:
        self._limit = seconds
        self._now = now
        self._pause = wait
        self._started = now()
        self._waited = 0
        self._stopped = False
        self._error: Exception | None = None
        self.case = "the generation of the first case"

    @property
    def seconds(self) -> int:
        """Whole seconds since the start."""
        return round((self._now() - self._started) / 1000)

    @property
    def _left(self) -> int:
        """Milliseconds until the limit."""
        limit = self._limit * 1000
        return self._started + limit + min(self._waited, limit) - self._now()

    def wait(self, milliseconds: int) -> None:
        """Wait as the server asks for."""
        self._waited += milliseconds  # before, because another thread may look at the limit meanwhile
        self._pause(milliseconds)

    def check(self) -> None:
        """Raise TimeLimitReached if the limit is reached or the caller has stopped, or the error of `abort`."""
        if self._error is not None:
            raise self._error
        if self._stopped or self._left <= 0:
            fewer = "--operation and --tag check fewer operations at a time"
            waited = f", beside {round(self._waited / 1000)} s of waiting for the server," if self._waited else ""
            raise TimeLimitReached(f"the time limit of {self._limit} s{waited} was reached in {self.case}; {fewer}")

    def abort(self, error: Exception) -> None:
        """End the check with an error, from whatever thread."""
        self._error = error

    def iterate(self, items: Iterator[T], stop: Callable[[], None]) -> Iterator[T]:
        """Yield items that a separate thread generates, because generating one may hang.

        If the caller stops early, `check` raises in that thread, so that it ends too.

        Raises:
            TimeLimitReached: the limit was reached first; `stop` was called.
        """
        inbox: SimpleQueue[Any] = SimpleQueue()
        thread = Thread(target=_pump, args=[items, inbox], daemon=True, name="paysandbox-check")
        thread.start()
        ended = False
        try:
            while not ended:
                try:
                    item = inbox.get(timeout=max(self._left, 0) / 1000 + 0.1)
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
