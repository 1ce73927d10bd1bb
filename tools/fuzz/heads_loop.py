"""An event loop and a transport without a socket or a clock, so that a million connections can be tried."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

Callback = Callable[..., object]


class StepLoop:
    """As much of an event loop as uvicorn needs: it runs only what is ready, and time passes only as it is told."""

    def __init__(self) -> None:
        self._ready: deque[tuple[Any, Callback, tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()
        self._now = 1000.0
        self.as_loop = cast("asyncio.AbstractEventLoop", self)

    def run_ready(self) -> None:
        """Run everything that need not wait for time or for a client."""
        asyncio._set_running_loop(self.as_loop)  # noqa: SLF001 - made for loops
        try:
            while self._ready:
                context, callback, arguments = self._ready.popleft()
                context.run(callback, *arguments) if context is not None else callback(*arguments)
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001 - as above

    def call_in_loop(self, callback: Callback, *arguments: Any) -> None:
        """Call as from the loop itself, as a transport calls its protocol, then run what is ready."""
        self._ready.append((None, callback, arguments))
        self.run_ready()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and run the timers that are due."""
        self._now += seconds
        while self._timers and self._timers[0][0] <= self._now:
            handle = heapq.heappop(self._timers)[2]
            if not handle.cancelled():
                self.call_in_loop(handle._run)  # noqa: SLF001 - made for loops

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        self._ready.append((context, callback, args))

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Any = None) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self.as_loop, context)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> Any:
        return asyncio.Task(coro, loop=self.as_loop, **options)

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self.as_loop)

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Raise: nothing here may fail unseen."""
        raise RuntimeError(context)


class Transport(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.ended = ""
        self.is_paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"sockname": ("127.0.0.1", 4080), "peername": ("127.0.0.1", 50000)}.get(name, default)

    def write(self, data: Any) -> None:
        if not self.ended:
            self.written += data

    def is_closing(self) -> bool:
        return self.ended not in ("", "written to the end")

    def close(self) -> None:
        if not self.is_closing():
            self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = "written to the end"

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False
