"""One connection to a server: commands go out together, and replies come in their order.

This is hiredis and a protocol of asyncio, and not redis-py, whose pipeline takes five times as long for one append: its
task, locks and timeouts cost more than the engine's answer.
"""

import asyncio
import socket
import ssl
from collections import deque
from typing import Final

import hiredis

from paysandbox.store.log.eager import Reply
from paysandbox.store.log.engine import StoreError, UndecidedError
from paysandbox.store.log.redis.address import Address
from paysandbox.store.log.redis.wording import WITHOUT_TLS, describe_failure, describe_refusal

Command = tuple[bytes | str | int, ...]

_NO_REPLY: Final = object()
_IDLE_SECONDS: Final = 60  # before the kernel asks whether the engine is there


class Refused(Exception):
    """The engine refused a command, and has changed nothing. `code` is the first word of its error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = message.partition(" ")[0]


class Unsent(UndecidedError):
    """The connection was lost before the command was sent, so that it can be sent by another one."""


class Connection(asyncio.Protocol):
    """A connection that is open until it is lost. Belongs to the event loop that made it."""

    def __init__(self, name: str, answer_ms: int) -> None:
        self._name, self._patience = name, answer_ms / 1000
        self.loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(replyError=Refused, notEnoughData=_NO_REPLY)
        self._due: list[bytes] = []
        self._waiting: deque[Reply] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._since = self.loop.time()  # that the first of the waiting is next
        self._why = "the connection was closed"
        self._has_answered = self.is_open = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as asyncio has it
        self._transport = transport
        self.is_open = True
        held = transport.get_extra_info("socket")
        if held.family != getattr(socket, "AF_UNIX", None):
            # Otherwise a firewall between forgets a connection that is idle, and the next call waits in vain.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_KEEPIDLE"):
                held.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_SECONDS)

    def call(self, command: Command) -> Reply:
        """Send a command: at once if none is on its way, else with all others of this turn of the event loop.

        The result is the reply. The exception is `Refused`, `Unsent`, or another `UndecidedError` if the connection was
        lost later: the engine may have got the command.
        """
        reply: Reply = Reply(loop=self.loop)
        if not self.is_open:
            reply.set_exception(Unsent(f"{self._name}: {self._why}"))
            return reply
        packed = hiredis.pack_command(command)  # type: ignore[arg-type] # a tuple of any length
        if self._waiting:
            if not self._due:
                self.loop.call_soon(self._send)
            self._due.append(packed)
        else:  # a client that waits would wait for a turn of the event loop as well
            self._since = self.loop.time()
            self._transport.write(packed)
        self._waiting.append(reply)
        if self._timer is None:
            self._timer = self.loop.call_later(self._patience, self._check)
        return reply

    def data_received(self, data: bytes) -> None:
        self._since, self._has_answered = self.loop.time(), True
        answered: list[Reply] = []
        try:
            self._reader.feed(data)
            while (found := self._reader.gets()) is not _NO_REPLY:
                reply = self._waiting.popleft()
                if reply.done():
                    continue  # nobody waits for it any more
                if isinstance(found, Refused):
                    reply.set_exception(found)
                else:
                    reply.set_result(found)
                answered.append(reply)
        except (hiredis.ProtocolError, IndexError):
            self.abort("it does not answer as Redis does; check the port, and whether it wants TLS (rediss://)")
        for reply in answered:
            reply.tell()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_open:
            if not self._has_answered:
                self._why = "it closed the connection; check the port, and whether it wants TLS (rediss://)"
            elif exc is not None:
                self._why = describe_failure(exc)
        self._end()

    def abort(self, why: str) -> None:
        """Close at once, without what was not sent."""
        self._why = why
        self._end()
        self._transport.abort()

    def close(self) -> None:
        self._end()
        self._transport.close()

    def _send(self) -> None:
        due, self._due = self._due, []
        if self.is_open and due:
            self._transport.write(due[0] if len(due) == 1 else b"".join(due))

    def _check(self) -> None:
        """Give up on an engine that has not answered in time. One timer for all commands: most are never needed."""
        self._timer = None
        if not self._waiting:
            return
        left = self._since + self._patience - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._check)
        else:
            self.abort(f"it has not answered for {round(self._patience * 1000)} milliseconds")

    def _end(self) -> None:
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, unsent = list(self._waiting), len(self._due)
        self._waiting.clear()
        self._due.clear()
        for number, reply in enumerate(waiting, unsent - len(waiting)):
            if not reply.done():
                kind = Unsent if number >= 0 else UndecidedError
                reply.set_exception(kind(f"{self._name}: {self._why}"))
                reply.tell()


async def connect(address: Address, place: tuple[str, int] | None) -> Connection:
    """Connect to a server: to `place`, or to the socket of the address; then log in and choose the database.

    Raises:
        StoreError: it cannot be reached, or refuses this client.
    """
    name = address.name if place is None or not address.is_cluster else f"{address.name} (node {place[0]}:{place[1]})"
    try:
        async with asyncio.timeout(address.connect_ms / 1000):
            connection = await _open(address, place, name)
            try:
                await _log_in(connection, address)
            except BaseException:
                connection.abort("the connection was closed")
                raise
    except TimeoutError:
        hint = f"; check the port, and whether it wants TLS; {WITHOUT_TLS}" if address.has_tls else ""
        raise StoreError(f"{name} cannot be reached: no answer for {address.connect_ms} milliseconds{hint}") from None
    except OSError as error:
        raise StoreError(f"{name} cannot be reached: {describe_failure(error)}") from None
    except UndecidedError as error:  # it was lost again before anything was asked of it
        raise StoreError(str(error)) from None
    except Refused as refusal:
        raise StoreError(f"{name}: {describe_refusal(refusal)}") from None
    return connection


async def _open(address: Address, place: tuple[str, int] | None, name: str) -> Connection:
    loop = asyncio.get_running_loop()

    def create() -> Connection:
        return Connection(name, address.answer_ms)

    if place is None:
        return (await loop.create_unix_connection(create, address.path))[1]
    context = ssl.create_default_context(cafile=address.ca_certs) if address.has_tls else None
    return (await loop.create_connection(create, *place, ssl=context))[1]


async def _log_in(connection: Connection, address: Address) -> None:
    commands: list[Command] = []
    if address.password is not None:
        user = () if address.user is None else (address.user,)
        commands.append(("AUTH", *user, address.password))
    commands.append(("SELECT", address.db))  # answered with NOAUTH where a password is wanted and none is given
    replies = [connection.call(command) for command in commands]
    for reply in await asyncio.gather(*replies, return_exceptions=True):
        if isinstance(reply, BaseException):
            raise reply
