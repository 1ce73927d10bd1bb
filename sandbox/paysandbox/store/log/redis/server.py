"""One server: a connection that is made when it is wanted, and anew when it was lost."""

import asyncio
from typing import Any, Final, Protocol

from paysandbox.store.log.redis.address import Address
from paysandbox.store.log.redis.connection import Command, Connection, Refused, Unsent, connect

# Refusals that end by themselves: a server that has just been started, keys that move, a new primary.
PASSING: Final = frozenset({"LOADING", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY"})
PAUSE: Final = 50 / 1000  # seconds before a command is sent again


class Engine(Protocol):
    """The servers of an address. A command goes to the one that has its key.

    Both calls raise `Refused` (nothing was changed), `UndecidedError` (the connection was lost meanwhile), or another
    `StoreError` (the engine was not reached).
    """

    async def call(self, key: str, command: Command) -> Any:
        """Return the reply to a command about a key."""

    async def call_each(self, command: Command) -> list[Any]:
        """Return the reply of each primary server."""

    async def scan(self, pattern: str, kind: str | None = None) -> list[bytes]:
        """List the keys that match a pattern, on all primary servers; `kind` is the type of their values."""

    async def list_keys(self, stem: str) -> list[str]:
        """Return a key for each primary server, which has it; each begins with `stem`."""

    async def close(self) -> None: ...


class Link:
    """The way to one server."""

    def __init__(self, address: Address, place: tuple[str, int] | None) -> None:
        self._address, self._place = address, place
        self._connection: Connection | None = None
        self._opening: asyncio.Task[Connection] | None = None

    async def call(self, command: Command) -> Any:
        connection = self._connection
        if connection is None or not connection.is_open or connection.loop is not asyncio.get_running_loop():
            connection = await self._connect()
        try:
            return await connection.call(command)
        except Unsent:
            connection = await self._connect()
        return await connection.call(command)

    async def call_both(self, first: Command, second: Command) -> Any:
        """Send two commands with nothing between them; return the reply to the second."""
        connection = await self._connect()
        ignored, reply = connection.call(first), connection.call(second)
        await asyncio.gather(ignored, return_exceptions=True)
        return await reply

    async def scan(self, pattern: str, kind: str | None = None) -> list[bytes]:
        """List the keys that match a pattern; `kind` is the type of their values, None is any."""
        chosen = () if kind is None else ("TYPE", kind)
        found: dict[bytes, None] = {}  # a key can be named twice
        cursor: bytes | int = 0
        while True:
            reply = await self.call(("SCAN", cursor, "MATCH", pattern, "COUNT", 1000, *chosen))
            cursor = reply[0]
            found.update(dict.fromkeys(reply[1]))
            if int(cursor) == 0:
                return list(found)

    def close(self) -> None:
        """Close the connection; the next call makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connect(self) -> Connection:
        """Return the open connection, or one that is made for all calls that want it now."""
        loop = asyncio.get_running_loop()
        held = self._connection
        if held is not None and held.is_open and held.loop is loop:
            return held
        if self._opening is None or self._opening.get_loop() is not loop:
            self._opening = loop.create_task(connect(self._address, self._place))
            self._opening.add_done_callback(self._take)
        return await asyncio.shield(self._opening)

    def _take(self, opened: asyncio.Task[Connection]) -> None:
        if self._opening is opened:
            self._opening = None
        if not opened.cancelled() and opened.exception() is None:
            self._connection = opened.result()


class Server:
    """The engine of an address that is one server."""

    def __init__(self, address: Address) -> None:
        self._link = Link(address, address.places[0] if address.places else None)
        self._patience = address.answer_ms / 1000

    async def call(self, _key: str, command: Command) -> Any:
        try:
            return await self._link.call(command)
        except Refused as refusal:
            if refusal.code not in PASSING:
                raise
        return await self._call_again(command)

    async def call_each(self, command: Command) -> list[Any]:
        return [await self.call("", command)]

    async def scan(self, pattern: str, kind: str | None = None) -> list[bytes]:
        return await self._link.scan(pattern, kind)

    async def list_keys(self, stem: str) -> list[str]:
        return [stem]

    async def close(self) -> None:
        self._link.close()

    async def _call_again(self, command: Command) -> Any:
        """Repeat a command that was refused for a while, as long as a reply may take."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while True:
            await asyncio.sleep(PAUSE)
            try:
                return await self._link.call(command)
            except Refused as refusal:
                if refusal.code not in PASSING or loop.time() > end:
                    raise
                if refusal.code == "READONLY":
                    self._link.close()  # the name may lead to the new primary now
