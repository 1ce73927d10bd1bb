"""Many connections, or much on one: the server gives each of them up, and says why where a client can read it."""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from random import Random
from typing import Final

from tests.helpers.raw_http import PATIENCE, Message
from tools.fuzz.http_server import CONNECTIONS, Attacked
from tools.fuzz.tally import Finding

Flood = Callable[[Attacked, Random, bytes], list[bytes]]

MANY: Final = 60
MUCH: Final = 16 << 20  # bytes, far more than all buffers on the way
DRIP: Final = 0.1


def connected(attacked: Attacked) -> socket.socket:
    found = socket.create_connection(attacked.address, timeout=PATIENCE)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def unused(attacked: Attacked, dice: Random, _valid: bytes) -> list[bytes]:
    """Connections on which nothing is ever sent, or a line's end at most."""
    return dripping(attacked, [dice.choice((b"", b"", b"\r\n" * 1000))] * MANY)


def slow_heads(attacked: Attacked, dice: Random, valid: bytes) -> list[bytes]:
    """Requests whose head comes byte by byte."""
    head = valid.partition(b"\r\n\r\n")[0] + b"\r\nx: " + b"y" * 10_000
    return dripping(attacked, [head[dice.randrange(20) :] for _ in range(MANY)])


def slow_bodies(attacked: Attacked, dice: Random, _valid: bytes) -> list[bytes]:
    """Requests whose body comes byte by byte, after a head that comes at once."""
    head = b"POST /invoiless/v1/invoices HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    ways = (b"content-length: 100000\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n186a0\r\n")
    return dripping(attacked, [b" " * 10_000] * MANY, [head + dice.choice(ways) for _ in range(MANY)])


def dripping(attacked: Attacked, drips: list[bytes], before: list[bytes] | None = None) -> list[bytes]:
    """Send so slowly that it never ends, until the server has closed every connection; what it said on each.

    Raises:
        Finding: it waits on.
    """
    with ExitStack() as stack:
        open_ = [stack.enter_context(connected(attacked)) for _ in drips]
        for connection, first in zip(open_, before or [], strict=before is not None):
            connection.sendall(first)
        said = [b""] * len(drips)
        waiting = set(range(len(drips)))
        deadline = time.monotonic() + PATIENCE
        step = 0
        while waiting:
            if time.monotonic() > deadline:
                raise Finding(f"{len(waiting)} slow connections are open after {PATIENCE} seconds")
            for number in tuple(waiting):
                with suppress(OSError):
                    open_[number].send(drips[number][step : step + 1])
            step += 1
            time.sleep(DRIP)
            waiting -= {number for number in waiting if _read(open_[number], said, number)}
    return said


def _read(connection: socket.socket, said: list[bytes], number: int) -> bool:
    """Take what has come; whether the server has closed."""
    connection.settimeout(0)
    try:
        some = connection.recv(1 << 16)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(PATIENCE)
    said[number] += some
    return not some


def unread(attacked: Attacked, _dice: Random, _valid: bytes) -> list[bytes]:
    """Clients that ask for much and read nothing: the server keeps a bounded part of it, and then gives them up.

    Raises:
        Finding: it does not.
    """
    ask = Message("GET", "/_sandbox/openapi/control.json", (("host", "127.0.0.1"), ("connection", "keep-alive"))).wire
    return _forced(attacked, [ask * (MUCH // len(ask))] * 20)


def endless(attacked: Attacked, dice: Random, _valid: bytes) -> list[bytes]:
    """One thing that never ends, as fast as the server takes it: a head, headers, an extension, a trailer, a body.

    Raises:
        Finding: it takes all.
    """
    post = b"POST /invoiless/v1/invoices HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    in_chunks = post + b"transfer-encoding: chunked\r\n\r\n"
    start, part = dice.choice(
        (
            (b"GET /", b"a"),
            (b"", b"A"),
            (b"GET / HTTP/1.1\r\nx: ", b"a"),
            (b"GET / HTTP/1.1\r\n", b"a:\r\n"),
            (b"GET / HTTP/1.1\r\n", b"a" * 1000 + b": b\r\n"),
            (in_chunks + b"5;", b"x"),
            (in_chunks + b"0\r\n", b"a: b\r\n"),
            (in_chunks + b"0\r\nx: ", b"a"),
            (in_chunks, b"1\r\na\r\n"),
            (in_chunks + b"fffffff\r\n", b"a"),
            (post + b"content-length: 999999999\r\n\r\n", b"a"),
        )
    )
    return _forced(attacked, [start + part * (MUCH // len(part))] * 10)


def _forced(attacked: Attacked, contents: list[bytes]) -> list[bytes]:
    """Send on all connections as much as is taken, and read nothing until the server gives each of them up."""
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        left = {}
        for content in contents:
            connection = stack.enter_context(connected(attacked))
            connection.settimeout(0)
            left[connection] = memoryview(content)
            ready.register(connection, selectors.EVENT_WRITE)
        deadline = time.monotonic() + PATIENCE
        ended = []
        while left:
            if time.monotonic() > deadline:
                raise Finding(f"{len(left)} connections are open after {PATIENCE} seconds without an end")
            for key, _ in ready.select(0.1):
                sending = key.fileobj
                assert isinstance(sending, socket.socket)
                with suppress(BlockingIOError):
                    try:
                        left[sending] = left[sending][sending.send(left[sending][: 1 << 16]) :]
                    except OSError:
                        left[sending] = memoryview(b"")
                if not left[sending]:
                    ready.unregister(sending)
                    del left[sending]
                    ended.append(sending)
        return [_rest(one) for one in ended]


def _rest(connection: socket.socket) -> bytes:
    """All that was said on a connection, until the server closes it."""
    connection.settimeout(PATIENCE)
    found = b""
    try:
        while some := connection.recv(1 << 20):
            found = (found + some)[-(1 << 20) :]
    except TimeoutError as error:
        raise Finding(f"a connection is not closed after {PATIENCE} seconds") from error
    except OSError:
        pass
    return found


def too_many(attacked: Attacked, _dice: Random, _valid: bytes) -> list[bytes]:
    """More connections than there may be: those beyond are told so, in the sandbox's own voice.

    Raises:
        Finding: they are not.
    """
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(connected(attacked))
        said = [_rest(stack.enter_context(connected(attacked))) for _ in range(5)]
    if not all(b"x-sandbox-explain: " in one and one.startswith(b"HTTP/1.1 503 ") for one in said):
        raise Finding(f"beyond the limit of connections: {said}")
    return []


FLOODS: Final[tuple[Flood, ...]] = (unused, slow_heads, slow_bodies, unread, endless, endless, endless, too_many)
