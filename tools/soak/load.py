"""A bounded load: workers that each send one call after the other, in a namespace that is reset again and again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any, Final

from msgspec import UNSET

from tools.soak.calls import Calls, Made
from tools.soak.control import FAULTY, NAMESPACES, Refused, value_of
from tools.soak.tally import Tally
from tools.soak.wire import WHOLE, Connection, request

ROUNDS: Final = 5  # between two resets, so that what a namespace remembers is bounded
DEPTH: Final = 2  # links that are followed behind a first call
INVALID: Final = 0.15  # so many invalid calls for each valid one,
CONTROL: Final = 0.06  # and so many stories of the control plane


class Stopped(Exception):
    """The load has to end."""


class Worker:
    """Sends calls in one namespace, on one connection, until `stop` is set or the server is gone."""

    def __init__(self, name: str, namespace: str, calls: Calls, tally: Tally, address: tuple[str, int]) -> None:
        self._name = name
        self._namespace = namespace
        self._calls = calls
        self._tally = tally
        self._faulty = namespace == FAULTY
        self._chance = Random(name)  # noqa: S311 - every run makes the same calls
        self._connection = Connection(address)
        self._last = ""
        self._may_stop = False
        self.stop = asyncio.Event()

    async def run(self) -> None:
        """Send calls until the load ends.

        Raises:
            Refused: the control plane did not do what it must.
        """
        try:
            await self._each()
            while True:
                for _ in range(ROUNDS):
                    await self._round()
                for made in self._calls.valid.values():
                    await self._send(made)
                await self._control("POST", "/reset")
        except (Stopped, ConnectionRefusedError):
            return
        except Refused:
            if self._tally.watched is None:
                raise
        finally:
            await self._connection.close()

    async def _each(self) -> None:
        """Send every operation on fresh fixtures, however little time there is."""
        for made in self._calls.valid.values():
            await self._send(made)
            await self._control("POST", "/reset")
        self._may_stop = True

    async def _round(self) -> None:
        first = list(self._calls.first)
        self._chance.shuffle(first)
        for made in first:
            await self._chain(made, DEPTH)

    async def _chain(self, made: Made, depth: int) -> None:
        led_to = await self._send(made)
        if self._chance.random() < INVALID:
            await self._refused()
        if self._chance.random() < CONTROL:
            await self._chance.choice(self._stories())()
        for further in led_to:
            if depth:
                await self._chain(further, depth - 1)

    async def _send(self, made: Made) -> Sequence[Made]:
        """Make a valid call, and return the calls that its reply leads to."""
        self._check()
        got = await self._connection.ask(made.wire(f"/ns/{self._namespace}"))
        self._tally.note(got, f"{self._namespace} {made.name}", faulty=self._faulty)
        if got.outcome != WHOLE:
            return ()
        self._last = got.headers.get("x-sandbox-request", "")
        return self._calls.led_to(made, got)

    async def _refused(self) -> None:
        self._check()
        method, target, headers, body = self._calls.invalid(self._chance)
        got = await self._connection.ask(request(method, f"/ns/{self._namespace}{target}", headers, body))
        self._tally.note(got, f"{self._namespace} {method} {target}", faulty=self._faulty)

    async def _control(self, method: str, path: str, body: Any = UNSET, *, root: str | None = None) -> Any:
        self._check()
        target = (f"{NAMESPACES}/{self._namespace}" if root is None else root) + path
        got = await self._connection.ask(request(method, target, None, body))
        self._tally.note(got, f"{method} {target}", faulty=False)
        if got.outcome != WHOLE:
            raise Refused(f"{method} {target}: {got.outcome}")
        return value_of(got, f"{method} {target}")

    def _stories(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return (self._read_journal, self._use_snapshot, self._use_brief_namespace)

    async def _read_journal(self) -> None:
        await self._control("GET", "/requests?limit=20")
        if self._last.startswith(f"{self._namespace}-"):
            await self._control("GET", f"/requests/{self._last}")

    async def _use_snapshot(self) -> None:
        name = f"of-{self._name}"
        await self._control("POST", "/snapshots", {"name": name})
        await self._send(self._chance.choice(self._calls.first))
        await self._control("GET", f"/snapshots/{name}/diff")
        await self._control("POST", f"/snapshots/{name}/restore")
        await self._control("DELETE", f"/snapshots/{name}")

    async def _use_brief_namespace(self) -> None:
        name = f"brief-{self._name}"
        await self._control("POST", "", {"name": name}, root=NAMESPACES)
        made = self._chance.choice(self._calls.first)
        got = await self._connection.ask(made.wire(f"/ns/{name}"))
        self._tally.note(got, f"{name} {made.name}", faulty=False)
        await self._control("POST", f"/{name}/fork", {"name": f"{name}-fork"}, root=NAMESPACES)
        for gone in (name, f"{name}-fork"):
            await self._control("DELETE", f"/{gone}", root=NAMESPACES)

    def _check(self) -> None:
        if self._may_stop and self.stop.is_set():
            raise Stopped
