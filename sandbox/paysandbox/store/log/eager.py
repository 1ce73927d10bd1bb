"""Run a coroutine without a task, which costs a call over a store more than the engine's answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Reply(asyncio.Future[Any]):
    """A future that tells eager work at once that it is done, and not in the next turn of the event loop."""

    go_on: Callable[[], object] = bool

    def tell(self) -> None:
        """Let eager work go on; must be called after the result or the exception is set."""
        self.go_on()


def run_eagerly(work: Coroutine[Any, Any, T], send: Callable[[T], object]) -> None:
    """Run work at once as far as it waits for nothing, and go on whenever that is there; call `send` with its result.

    The work must raise nothing, and must not ask for its task, as `asyncio.timeout` does.
    """

    def go_on(_: object = None) -> None:
        try:
            waits_for = work.send(None)
        except StopIteration as done:
            send(done.value)
            return
        if waits_for is None:
            asyncio.get_running_loop().call_soon(go_on)
            return
        waits_for._asyncio_future_blocking = False  # noqa: SLF001 - what a future asks of all that waits for it
        if isinstance(waits_for, Reply):
            waits_for.go_on = go_on
        else:
            waits_for.add_done_callback(go_on)

    go_on()
