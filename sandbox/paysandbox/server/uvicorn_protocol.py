"""uvicorn's HTTP protocol with the manners of a sandbox: what is odd is carried out or explained, never both."""

import asyncio
import re
import weakref
from functools import partial
from typing import Any, Final, NamedTuple

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import PROBLEM_TYPE, problem_document
from paysandbox.kit.settings import Settings
from paysandbox.web.asgi import HANG_UP

Headers = list[tuple[bytes, bytes]]

# A head is refused at the edge beyond the limit; one that never ends must not be kept until then. Many short headers
# take thirty times their bytes in memory.
UNENDING_HEADS: Final = 2
MOST_HEADERS: Final = 1000
LINGER_SECONDS: Final = 1
SLICE: Final = 4096
_UPGRADE: Final = re.compile(rb"(?i)(\r\n)upgrade(?=[ \t]*:)|(\r\nconnection:[^\r\n]*?)upgrade")


class WireConfig(uvicorn.Config):
    """uvicorn's configuration, with the sandbox's settings for whoever holds a connection."""

    def __init__(self, app: Any, settings: Settings, **options: Any) -> None:
        super().__init__(app, http=WireProtocol, **options)
        self.settings = settings


def _hang_up(asked: "weakref.ref[RequestResponseCycle]", transport: asyncio.Transport) -> None:
    """Close the connection, once what was sent is out; nothing more is answered on it."""
    cycle = asked()
    if cycle is not None:
        cycle.disconnected = True
    transport.close()


def _not_yet() -> None:
    """Read nothing more for now."""


async def _say(status: int, headers: Headers, body: bytes, _scope: Any, _receive: Any, send: Any) -> None:
    """An ASGI application with one answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Wait(NamedTuple):
    """What a client is waited for, and since when; `left` is what it still has to read."""

    of: object
    left: int
    since: int


class WireProtocol(HttpToolsProtocol):
    """One connection."""

    config: WireConfig
    _head: int | None = 0  # bytes of the request head that has begun and not ended
    _silent = 0  # bytes since the last that belonged to a body
    _held = b""  # what came while requests before it wait for their answers
    _refused = False
    _stopping = False
    _answering: RequestResponseCycle | None = None
    _wait: _Wait | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take the connection, unless there are too many."""
        super().connection_made(transport)
        limit = self.config.settings.connection_limit
        if len(self.connections) > 2 * limit:
            transport.abort()  # whoever comes in such numbers does not read why
        elif len(self.connections) > limit:
            self._refuse(503, "Service Unavailable", f"{limit} connections are open, which is the limit")

    def connection_lost(self, exc: Exception | None) -> None:
        """Let an answer that is under way end; uvicorn knows of the last request only."""
        if self._answering is not None:
            self._answering.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        if self._refused:
            return
        if b"pgrade" in data or b"PGRADE" in data:
            # Some clients offer HTTP/2 with their first request; the parser would take the body for the new protocol's
            # and lose it. A server may ignore the offer (RFC 9110, 7.8). No JSON text has a line that begins like this.
            data = _UPGRADE.sub(rb"\1\2x-offer", data)
        if self._held:
            self._held += data
        elif len(data) <= SLICE and not self.pipeline:
            self._read(data)
        else:
            self._read_slices(data)

    def _read_slices(self, data: bytes) -> None:
        """Read on until whole requests wait for their turn.

        A request that waits takes fifty times its bytes in memory, so that one packet could take 10 MiB.
        """
        for start in range(0, len(data), SLICE):
            if self.pipeline and not self.cycle.more_body:
                self._held = data[start:]
                # uvicorn reads on after each answer; here that has to wait until the last of those before is given.
                self.flow.pause_reading()
                self.flow.resume_reading = _not_yet  # type: ignore[method-assign]
                self.cycle.on_response = self._read_on
                return
            self._read(data[start : start + SLICE])
            if self._refused or self.transport.is_closing():
                return

    def _read_on(self) -> None:
        """Go on with what was held back, now that everything before it is answered."""
        del self.flow.resume_reading
        self.on_response_complete()
        data, self._held = self._held, b""
        if not self.transport.is_closing():
            self._read_slices(data)
        if self._stopping:
            self.shutdown()

    def catch_up(self) -> None:
        """Read what has come, whoever waits before it: the server is about to stop."""
        FlowControl.resume_reading(self.flow)

    def shutdown(self) -> None:
        """Close, once all that was read is answered."""
        self._stopping = bool(self._held)
        if not self._held:
            super().shutdown()

    def _read(self, data: bytes) -> None:
        cycle = self.cycle
        before = len(cycle.body) if cycle is not None else 0
        super().data_received(data)
        if self._refused:
            return
        if self._head is not None:
            self._head += len(data)
            if self._head > UNENDING_HEADS * self.config.settings.head_limit or self._too_many_headers():
                self._refuse(431, "Request Header Fields Too Large", "the request head does not end")
        elif self.cycle.more_body:
            if self.cycle.response_complete:  # refused unread, as it is too long
                self._leave()
                return
            # Extensions of chunks, and trailers, which the parser keeps.
            self._silent = 0 if self.cycle is not cycle or len(cycle.body) != before else self._silent + len(data)
            if self._silent > self.config.settings.head_limit or self._too_many_headers():
                self._refuse(400, "Bad Request", "the framing of the body does not end")

    def _too_many_headers(self) -> bool:
        return self.headers is not None and len(self.headers) > MOST_HEADERS

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head has ended."""
        self._head = None
        if len(self.headers) > MOST_HEADERS:
            raise ValueError  # which the parser passes on as an error of the request
        super().on_headers_complete()
        if self.pipeline:
            self.pipeline[0] = (self.cycle, partial(self._in_turn, self.cycle))
        else:
            self._answering = self.cycle
        # For faults. Of this request alone: behind it others may wait that came in the same packet. It must not hold
        # what holds it: every request would be garbage that only the collector finds, for a tenth of the time.
        self.scope[HANG_UP] = partial(_hang_up, weakref.ref(self.cycle), self.transport)  # type: ignore[typeddict-unknown-key]

    async def _in_turn(self, cycle: RequestResponseCycle, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request that has waited."""
        self._answering = cycle
        await self.app(scope, receive, send)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; a whole request before it in the same packet still gets its answer."""
        if self._too_many_headers():
            detail = f"the request has more than {MOST_HEADERS} headers"
            self._refuse(431, "Request Header Fields Too Large", detail)
            return
        self._refuse(400, "Bad Request", f"this is not HTTP/1.1, in the request line, a header or the framing: {msg}")

    def look(self, now: int) -> None:
        """Part with a client that has been waited for too long; `now` is in seconds, of any clock that goes on.

        Called about once a second, so that nothing on the way of a request need look at a clock.
        """
        of = self._awaited()
        left = self.transport.get_write_buffer_size() if of is self.flow else 0
        if of is None or self._wait is None or self._wait.of is not of or self._wait.left != left:
            self._wait = None if of is None else _Wait(of, left, now)
            return
        seconds = self.config.settings.request_seconds
        if now - self._wait.since <= seconds:
            return
        if of is self.flow:
            self.transport.abort()
        elif self._head or of is self.cycle:
            self._refuse(408, "Request Timeout", f"the request was not here whole after {seconds} seconds")
        else:
            self.transport.close()

    def _awaited(self) -> object:
        """What stays the same until the client has done what it has to do next; None if it is not the client's turn."""
        if self.transport.is_closing() or self.flow.write_paused:
            return self.flow  # it has to read
        if self._refused or self.pipeline or self._held:
            return None
        if self.cycle is not None and not self.cycle.response_complete:
            return self.cycle if self.cycle.more_body else None
        # Between requests uvicorn looks after the connection itself; but any byte makes it stop.
        if not self._head and self.timeout_keep_alive_task is not None:
            return None
        return self if self.headers is None else self.headers

    def _refuse(self, status: int, reason: str, detail: str) -> None:
        """Answer in the sandbox's own voice (RFC 9457), as no provider can be meant, and close."""
        self._refused = True
        body = write_json(problem_document(status, reason, detail).body)
        headers = [
            (b"content-type", PROBLEM_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"x-sandbox-explain", detail.encode("ascii", "backslashreplace")),
        ]
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
            if not cycle.more_body:
                return  # it is answered, and that closes the connection
            if self.pipeline:
                # Others are answered before it.
                self.pipeline[0] = (cycle, partial(_say, status, headers, body))
                return
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        lines = [b"%b: %b" % pair for pair in [*headers, (b"connection", b"close")]]
        self.transport.write(b"\r\n".join([b"HTTP/1.1 %d %b" % (status, reason.encode()), *lines, b"", body]))
        self._leave()

    def _leave(self) -> None:
        """Close, soon."""
        # At once, with unread bytes, the connection would be reset and the client never see the answer.
        self._refused = True
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _unsupported_upgrade_warning(self) -> None:
        """Close after a CONNECT, behind which the parser reads no request any more."""
        self.cycle.keep_alive = False
