"""A load on one server: keep-alive connections that each send the next request when the last is answered."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import cast

import uvloop


def request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of an HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def payments(path: str, first: int) -> Iterator[bytes]:
    """Valid payments, each with a number of its own."""
    for number in itertools.count(first):
        body = (
            b'{"number":"RG %09d","externalId":"123455","status":"FINAL","date":"2016-07-01","type":"RG",'
            b'"netTotal":25.00,"tax":5.75,"grossTotal":30.75,"currency":"EUR","lines":['
            b'{"number":"FT TEST/001","amount":10.75},'
            b'{"number":"FT TEST/001","referenceNumber":"NC NC/001","amount":20.00}]}' % number
        )
        yield request("POST", path, {"content-type": "application/json", "authorization": "Bearer ic-test-token"}, body)


def throughput(port: int, requests: Iterator[bytes], seconds: float, connections: int) -> float:
    """Requests answered with success, per second.

    One connection is a client that waits for each answer, as a test does: it sleeps meanwhile. With more the server is
    never idle; then the load never sleeps either, as waking it would cost the server more than many an answer.

    Raises:
        RuntimeError: an answer is not a 2xx.
    """
    return uvloop.run(_measured(port, requests, seconds, connections))


async def _measured(port: int, requests: Iterator[bytes], seconds: float, connections: int) -> float:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Connection(requests), "127.0.0.1", port) for _ in range(connections)]
    started = time.perf_counter()
    for _, connection in made:
        connection.start()
    stop = started + seconds
    while time.perf_counter() < stop:  # noqa: ASYNC110 - there is no event: it must not sleep
        await asyncio.sleep(0 if connections > 1 else seconds)
    answered = sum(connection.answered for _, connection in made)
    elapsed = time.perf_counter() - started
    failed = [connection.failed for _, connection in made if connection.failed]
    for transport, _ in made:
        transport.close()
    if failed:
        raise RuntimeError(f"an answer was not a success: {failed[0][:200]!r}")
    return answered / elapsed


class _Connection(asyncio.Protocol):
    """Sends, waits for the whole answer, sends again."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._received = b""
        self.answered = 0
        self.failed = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without being a subclass

    def start(self) -> None:
        """Send the first request."""
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Count a whole answer and send the next request."""
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap or len(body) < int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 2"):
            self.failed = self._received
            return
        self._received = b""
        self.answered += 1
        self._transport.write(next(self._requests))
