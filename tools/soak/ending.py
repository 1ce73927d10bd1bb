"""The end of a server in the middle of full load: what was asked before the signal is answered, and nothing hangs."""

import asyncio
import signal
import time
from collections.abc import Sequence
from typing import Final

from tools.soak.calls import Calls
from tools.soak.control import FAULTY, NAMESPACES, Control
from tools.soak.judgement import Claim
from tools.soak.load import Worker
from tools.soak.served import Served
from tools.soak.tally import Tally
from tools.soak.wire import CUT, WHOLE, Connection, Got, request

DELAY_MS: Final = 1500  # of some replies, well below the time that a stopping server gives
DELAYED: Final = 4
IDLE: Final = 8
WORKERS: Final = 8


class Ending:
    """A server with load on it, replies that a fault holds back, and connections on which nothing happens."""

    def __init__(self, server: Served, calls: Calls) -> None:
        self._server = server
        self._calls = calls
        self._tally = Tally()
        self._tally.watched = []

    async def claims(self, number: signal.Signals, seconds: float) -> list[Claim]:
        """End it by a signal after this much load; what can be said of it."""
        address = self._server.address
        workers = [Worker(f"end-{n}", f"load-{n % 3}", self._calls, self._tally, address) for n in range(WORKERS)]
        tasks = [asyncio.create_task(one.run()) for one in workers]
        delayed = [Connection(address) for _ in range(DELAYED)]
        idle = [Connection(address) for _ in range(IDLE)]
        for one in idle:
            await one.ask(request("GET", "/_sandbox/health"))
        await asyncio.sleep(seconds)
        late = await self._held_back(delayed)
        signalled = time.perf_counter()
        self._server.signal(number)
        replies = await asyncio.gather(*late)
        left = await asyncio.gather(*(one.closed() for one in idle))
        await asyncio.gather(*tasks)
        exit_code = await asyncio.to_thread(self._server.ended)
        refused = await _refused(address)
        for connection in (*delayed, *idle):
            await connection.close()
        return [
            *_of_replies([*(self._tally.watched or []), *replies], replies, signalled),
            Claim("idle connections are closed", f"{sum(left)} of {IDLE}", all(left)),
            Claim("a new connection is refused", "refused" if refused else "taken", refused),
            Claim(f"the exit code after {number.name} is 0", str(exit_code), exit_code == 0),
        ]

    async def _held_back(self, delayed: Sequence[Connection]) -> list["asyncio.Task[Got]"]:
        """Requests that were carried out, and whose replies a fault holds back."""
        control = Control(self._server.address)
        faults = f"{NAMESPACES}/{FAULTY}/faults"
        await control.ask("DELETE", faults)
        await control.ask("POST", faults, {"then": {"delay_ms": DELAY_MS}})
        wire = self._calls.first[0].wire(f"/ns/{FAULTY}")
        late = [asyncio.create_task(one.ask(wire)) for one in delayed]
        while await control.count_fired() < DELAYED:  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.01)
        await control.close()
        return late


def _of_replies(watched: Sequence[Got], late: Sequence[Got], signalled: float) -> list[Claim]:
    """What is said of the replies; `late` are those that a fault held back."""
    before = [one for one in watched if one.sent < signalled]
    flying = [one for one in before if one.done > signalled]
    whole = [one for one in flying if one.outcome == WHOLE]
    cut = [one for one in watched if one.outcome == CUT]
    after = [one for one in watched if one.sent >= signalled]
    held = sum(one in whole for one in late)
    figure = (
        f"{len(whole)} of {len(flying)} in flight, {held} of {len(late)} held back"
        f" by a fault among them; {len(before)} before in all, {len(after)} sent after it"
    )
    all_whole = all(one.outcome == WHOLE for one in before)
    return [
        Claim("every request sent before the signal has its whole reply", figure, all_whole),
        Claim("no reply is cut off", str(len(cut)), not cut),
    ]


async def _refused(address: tuple[str, int]) -> bool:
    connection = Connection(address)
    try:
        await connection.ask(request("GET", "/_sandbox/health"))
    except ConnectionRefusedError:
        return True
    await connection.close()
    return False
