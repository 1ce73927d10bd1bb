"""A load on one server: keep-alive connections that each send the next request when the last is answered."""

import asyncio
import itertools
import math
import time
from collections.abc import Iterator
from typing import Final, NamedTuple, cast

import uvloop

SUCCESS: Final = b"2"
_LENGTH: Final = b"content-length: "
_CHUNKED: Final = b"transfer-encoding: chunked"  # this and the next as some peers answer
_LAST_CHUNK: Final = b"0\r\n\r\n"
_CLOSE: Final = b"connection: close"


class Load(NamedTuple):
    """What came of it: how many answers in how many seconds, and the seconds that each took, in their order."""

    answered: int
    seconds: float
    durations: list[float]

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def loaded(
    port: int, requests: Iterator[bytes], seconds: float = math.inf, connections: int = 1, expected: bytes = SUCCESS
) -> Load:
    """Send requests for so many seconds, or until there are no more; at least until one is answered.

    One connection is a client that waits for each answer, as a test does: it sleeps meanwhile. With more the server is
    never idle; then the load never sleeps either, as waking it would cost the server more than many an answer.

    Raises:
        RuntimeError: a status does not begin as `expected`, or the server hung up.
    """
    return uvloop.run(_loaded(port, requests, seconds, connections, expected))


def percentile(durations: list[float], part: float) -> float:
    """The shortest duration that this part of all (from 0 to 1) does not exceed."""
    return sorted(durations)[max(math.ceil(len(durations) * part) - 1, 0)]


async def _loaded(port: int, requests: Iterator[bytes], seconds: float, connections: int, expected: bytes) -> Load:
    loop = asyncio.get_running_loop()
    run = _Run(requests, b"HTTP/1.1 " + expected, connections, port)
    made = [await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port) for _ in range(connections)]
    started = time.perf_counter()
    for _, connection in made:
        connection.send()
    if connections == 1:
        await asyncio.wait([asyncio.ensure_future(run.over.wait())], timeout=min(seconds, 1e6))
        while not run.durations and not run.over.is_set():  # noqa: ASYNC110 - a slow call is waited for
            await asyncio.sleep(0.001)
    else:
        stop = started + seconds
        while (time.perf_counter() < stop or not run.durations) and not run.over.is_set():  # noqa: ASYNC110 - it must not sleep
            await asyncio.sleep(0)
    elapsed = time.perf_counter() - started
    answered = len(run.durations)
    run.closing = True
    for transport in run.transports:
        transport.close()
    if run.failed is not None:
        raise RuntimeError(f"an answer was not as expected: {run.failed[:200]!r}")
    return Load(answered, elapsed, run.durations[:answered])


class _Run:
    """What the connections of one load share."""

    def __init__(self, requests: Iterator[bytes], expected: bytes, connections: int, port: int) -> None:
        self.requests = requests
        self.expected = expected
        self.durations: list[float] = []
        self.failed: bytes | None = None
        self.over = asyncio.Event()
        self.closing = False
        self.transports: list[asyncio.Transport] = []
        self._open = connections
        self._port = port
        self._reconnecting: set[asyncio.Task[None]] = set()

    def done(self) -> None:
        """One connection has nothing more to send."""
        self._open -= 1
        if self._open == 0:
            self.over.set()

    def reconnect(self, closed: "_Connection") -> None:
        """Go on with another connection, because the server closes this one."""
        closed.is_closed = True
        request = next(self.requests, None)
        if request is None:
            self.done()
            return
        task = asyncio.get_running_loop().create_task(self._connect(request))
        self._reconnecting.add(task)
        task.add_done_callback(self._reconnecting.discard)

    async def _connect(self, request: bytes) -> None:
        started = time.perf_counter()  # to connect is a part of such a call
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        connection.send_request(request, started)

    def fail(self, received: bytes) -> None:
        self.failed = received
        self.over.set()


class _Connection(asyncio.Protocol):
    """Sends, waits for the whole answer, sends again."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent = 0.0
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without being a subclass
        self._run.transports.append(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._run.closing and not self.is_closed:
            self._run.fail(f"the server hung up: {exc}".encode())

    def send(self) -> None:
        """Send the next request, if there is one."""
        request = next(self._run.requests, None)
        if request is None:
            self._run.done()
            return
        self.send_request(request, time.perf_counter())

    def send_request(self, request: bytes, started: float) -> None:
        """Send a request whose time counts from `started` on."""
        self._sent = started
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count a whole answer and send the next request."""
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap:
            return
        fields = head.lower()
        if not _is_whole(fields, body):
            return
        if not head.startswith(self._run.expected):
            self._run.fail(self._received)
            return
        self._run.durations.append(time.perf_counter() - self._sent)
        self._received = b""
        if _CLOSE in fields:
            self._run.transports.remove(self._transport)
            self._transport.close()
            self._run.reconnect(self)
        else:
            self.send()


def _is_whole(fields: bytes, body: bytes) -> bool:
    """Whether a body is complete, by the head in lower case."""
    length = fields.partition(_LENGTH)[2].partition(b"\r\n")[0]
    if length:
        return len(body) >= int(length)
    return _CHUNKED not in fields or body.endswith(_LAST_CHUNK)


def some(requests: Iterator[bytes], number: int) -> Iterator[bytes]:
    """The next so many of them."""
    return itertools.islice(requests, number)
