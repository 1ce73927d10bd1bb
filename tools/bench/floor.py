"""What no sandbox over Redis can be faster than: servers that append to a log once per call, and do nothing else.

`app` is an application for a server such as uvicorn. `main` serves on asyncio, without parsing HTTP.
"""

import asyncio
import os
import sys
from typing import Any, Final

import uvloop

from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.eager import run_eagerly
from paysandbox.store.log.engine import Log
from paysandbox.store.log.opening import open_log
from tools.bench.bare import BODY
from tools.bench.bare import app as bare_app

STORE: Final = "PAYSANDBOX_BENCH_STORE"  # a variable with the URL; without it nothing is appended
_TOKEN: Final = b"12345678"
_SIZE: Final = 2000  # bytes of an entry, as a payment has
_END: Final = b"\r\n\r\n"
_REPLY: Final = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


def _create_entry(previous: bytes) -> bytes:
    counts = {"": {"x" * _SIZE: 1}}
    return Codec({}, "").encode(LogEntry(_TOKEN, previous, deleted=Deleted(counts)))


class Appends:
    """Appends to a log of its own, by the client that the sandbox has."""

    def __init__(self, log: Log) -> None:
        self._log, self._namespace, self._version = log, f"floor-{os.getpid()}", 0
        self._entry, self._next = _create_entry(b""), _create_entry(_TOKEN)

    async def append(self) -> None:
        """Append an entry.

        Raises:
            RuntimeError: it was refused.
        """
        self._version += 1
        if not await self._log.append(self._namespace, self._version, self._entry):
            raise RuntimeError("the engine refused an append")
        self._entry = self._next


def _create_appends() -> Appends | None:
    url = os.environ.get(STORE)
    return None if url is None else Appends(open_log(url))


_appends: Final = _create_appends()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Append, and answer as the bare application does."""
    if scope["type"] == "http" and _appends is not None:
        await _appends.append()
    await bare_app(scope, receive, send)


class _Connection(asyncio.Protocol):
    """Answers each request that comes in one piece or two: a head, and a body of the length that the head names."""

    _transport: asyncio.Transport
    _read = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as asyncio has it
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(_END)
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length or 0):
            return
        self._read = b""
        if _appends is None:
            self._answer(None)
        else:
            run_eagerly(_appends.append(), self._answer)

    def _answer(self, _: None) -> None:
        if not self._transport.is_closing():
            self._transport.write(_REPLY)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve on the port that the last argument names."""
    uvloop.run(_serve(int(sys.argv[-1])))


if __name__ == "__main__":
    main()
