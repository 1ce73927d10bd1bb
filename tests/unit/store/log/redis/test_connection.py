"""A connection that is lost: a command that was sent may have been carried out, another one can be sent again."""

import asyncio
import socket

import pytest

from paysandbox.store.log.engine import UndecidedError
from paysandbox.store.log.redis.connection import Connection, Unsent


class Transport(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self, end: socket.socket) -> None:
        super().__init__({"socket": end})
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data


async def lose(*commands: str, later: str) -> list[type[BaseException]]:
    """Send some commands in one turn of the event loop, and lose the connection in the turn of another one."""
    with socket.socket() as end:
        connection = Connection("redis://host", 1000)
        transport = Transport(end)
        connection.connection_made(transport)
        replies = [connection.call((command,)) for command in commands]
        await asyncio.sleep(0)
        replies.append(connection.call((later,)))
        connection.connection_lost(None)
        replies.append(connection.call(("LATE",)))
        await asyncio.sleep(0)
        assert later.encode() not in transport.written
        assert all(command.encode() in transport.written for command in commands)
        return [type(reply.exception()) for reply in replies]  # type: ignore[misc] # each has one


@pytest.mark.parametrize("commands", [("ONE",), ("ONE", "TWO")])
def test_only_what_was_sent_is_undecided(commands: tuple[str, ...]) -> None:
    assert asyncio.run(lose(*commands, later="NEXT")) == [*(UndecidedError for _ in commands), Unsent, Unsent]


def test_a_command_is_sent_at_once_if_none_is_on_its_way() -> None:
    async def lose_it() -> tuple[bytes, BaseException | None]:
        with socket.socket() as end:
            connection, transport = Connection("redis://host", 1000), Transport(end)
            connection.connection_made(transport)
            reply = connection.call(("ONE",))
            written = transport.written
            connection.connection_lost(None)
            return written, reply.exception()

    written, error = asyncio.run(lose_it())
    assert b"ONE" in written
    assert type(error) is UndecidedError
