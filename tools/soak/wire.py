"""HTTP as a load sends it: whole requests on one connection, and what becomes of each."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET, Struct

from paysandbox.core.exact_json import read_json, write_json

PATIENCE: Final = 60  # seconds; a server that is silent for so long hangs
LOST, CUT, WHOLE = "lost", "cut", "whole"
_OF_THE_SERVER: Final = ("date", "connection")


class Got(Struct, frozen=True):
    """What became of a request: its reply came `whole`, was `cut` off on its way, or not a byte of it came (`lost`).

    `sent` and `done` are seconds of one clock: when the kernel had the last byte, and when the reply was here.
    """

    outcome: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    sent: float
    done: float

    @property
    def json(self) -> Any:
        """The body; UNSET if it is no JSON."""
        return read_json(self.content) if self.headers.get("content-type", "").endswith("json") else UNSET

    def told(self) -> tuple[int, dict[str, str], bytes]:
        """Everything that a client is told, but the server's own date and whether it keeps the connection."""
        return (
            self.status,
            {name: value for name, value in self.headers.items() if name not in _OF_THE_SERVER},
            self.content,
        )


def request(method: str, target: str, headers: Mapping[str, str] | None = None, body: Any = UNSET) -> bytes:
    """The bytes of a request; `body` is a JSON value, or bytes as they are."""
    content = b"" if body is UNSET else body if isinstance(body, bytes) else write_json(body)
    pairs = {"host": "127.0.0.1", "content-length": str(len(content)), **(headers or {})}
    if body is not UNSET:
        pairs.setdefault("content-type", "application/json")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Connection:
    """A connection that is made when it is needed, and made anew after the server has closed it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, sent: bytes) -> Got:
        """Send a request and wait for what becomes of it.

        Raises:
            ConnectionRefusedError: nothing listens there.
            TimeoutError: the server hangs.
        """
        async with asyncio.timeout(PATIENCE):
            if self._streams is None:
                self._streams = await asyncio.open_connection(*self._address)
            reader, writer = self._streams
            writer.write(sent)
            at, head = time.perf_counter(), b""
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                status, headers = _read(head)
                length = 0 if status < 200 else int(headers["content-length"])
                content = await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                await self.close()
                came = head or getattr(error, "partial", b"")
                status, headers = _read(head) if head else (0, {})
                return Got(CUT if came else LOST, status, headers, b"", at, time.perf_counter())
            if headers.get("connection") == "close":
                await self.close()
            return Got(WHOLE, status, headers, content, at, time.perf_counter())

    async def closed(self) -> bool:
        """Wait until the server closes the connection; whether it sent nothing before."""
        assert self._streams is not None
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._streams[0].read() == b""
            except ConnectionError:
                return False

    async def close(self) -> None:
        """Close it, if it is open."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            try:
                await writer.wait_closed()
            except ConnectionError:
                return


def _read(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return int(first.split(" ")[1]), {name.lower(): value for name, _, value in pairs}
