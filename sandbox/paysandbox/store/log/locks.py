"""Locks of namespaces: one call of this process at a time, in the order of their coming."""

import asyncio
from collections import deque
from collections.abc import Iterable


class Locks:
    """The namespaces that calls are at work on, and the calls that wait for them.

    `waiting` has the calls that wait, by the namespaces that are taken. A log that does not wait never needs them for
    longer than a step, so that nothing waits here.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def is_free(self, name: str) -> bool:
        return name not in self.waiting

    def take(self, names: Iterable[str]) -> None:
        """Take namespaces that are free."""
        for name in names:
            self.waiting[name] = deque()

    async def wait(self, names: Iterable[str]) -> None:
        """Take namespaces, each once it is free. Names are in their order, so that no two calls wait for each other."""
        taken = []
        try:
            for name in sorted(names):
                await self._wait_for(name)
                taken.append(name)
        except BaseException:
            self.give_back(taken)
            raise

    def give_back(self, names: Iterable[str]) -> None:
        """Give namespaces back, each to the call that has waited longest for it."""
        for name in names:
            waiting = self.waiting[name]
            while waiting:
                turn = waiting.popleft()
                if not turn.done():  # by being cancelled
                    turn.set_result(None)
                    break
            else:
                del self.waiting[name]

    async def _wait_for(self, name: str) -> None:
        waiting = self.waiting.get(name)
        if waiting is None:
            self.waiting[name] = deque()
            return
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back([name])
            raise
