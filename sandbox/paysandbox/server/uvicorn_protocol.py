"""uvicorn's HTTP protocol with limits, timeouts and explained refusals."""

import asyncio
import logging
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
from paysandbox.server.tls_listener import TLS_HANDSHAKE
from paysandbox.web.effects import HANG_UP

Headers = list[tuple[bytes, bytes]]

# The application refuses a head beyond the limit, but a head that never ends does not reach it. The headers are counted
# too, because many short headers take thirty times their bytes in memory.
UNENDING_HEADS: Final = 2
MOST_HEADERS: Final = 1000
LINGER_SECONDS: Final = 1
_LOG: Final = logging.getLogger("paysandbox")
SLICE: Final = 4096
_UPGRADE: Final = re.compile(rb"(?i)(\r\n)upgrade(?=[ \t]*:)|(\r\nconnection:[^\r\n]*?)upgrade")


class WireConfig(uvicorn.Config):
    """uvicorn's configuration with the sandbox's settings."""

    def __init__(
        self, app: Any, settings: Settings, *, http: "type[WireProtocol] | None" = None, **options: Any
    ) -> None:
        super().__init__(app, http=http or WireProtocol, **options)
        self.settings = settings


def may_offer_upgrade(data: bytes) -> bool:
    """Tell whether received bytes may have a header that offers another protocol, for the time of a few comparisons."""
    return b"pgrade" in data or b"PGRADE" in data


def _hang_up(cycle_ref: "weakref.ref[RequestResponseCycle]", transport: asyncio.Transport) -> None:
    """Close the connection after what was sent; answer nothing more on it."""
    cycle = cycle_ref()
    if cycle is not None:
        cycle.disconnected = True
    transport.close()


def _stay_paused() -> None:
    """Replace `resume_reading`, so that nothing more is read for now."""


async def _send_refusal(status: int, headers: Headers, body: bytes, _scope: Any, _receive: Any, send: Any) -> None:
    """An ASGI application that always sends this reply."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Wait(NamedTuple):
    """What the server waits for, `since` when in seconds; `left` is the number of bytes the client must still read."""

    of: object
    left: int
    since: int


class WireProtocol(HttpToolsProtocol):
    """One connection with its limits and timeouts."""

    config: WireConfig
    _head: int | None = 0  # bytes of an incomplete request head
    _silent = 0  # bytes since the last byte of a body
    _held = b""  # received while earlier requests wait for their replies
    _refused = False
    _stopping = False
    _answering: RequestResponseCycle | None = None
    _wait: _Wait | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Accept the connection, unless too many are open."""
        super().connection_made(transport)
        limit = self.config.settings.connection_limit
        if len(self.connections) > 2 * limit:
            transport.abort()  # too many even to explain
        elif len(self.connections) > limit:
            self._refuse(503, "Service Unavailable", f"the limit of {limit} open connections is reached")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request being answered; uvicorn tells only the last request."""
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read received bytes."""
        if self._refused:
            return
        if may_offer_upgrade(data):
            # Some clients offer HTTP/2 in their first request, and the parser would then drop the body. A server may
            # ignore the offer (RFC 9110, 7.8). No line of JSON begins like this header.
            data = _UPGRADE.sub(rb"\1\2x-offer", data)
        if self._held:
            self._held += data
        elif len(data) <= SLICE and not self.pipeline:
            self._read(data)
        else:
            self._read_slices(data)

    def _read_slices(self, data: bytes) -> None:
        """Read until complete requests wait, then hold the rest back.

        A waiting request takes fifty times its bytes in memory, so one packet of them could take 10 MiB.
        """
        for start in range(0, len(data), SLICE):
            if self.pipeline and not self.cycle.more_body:
                self._held = data[start:]
                # uvicorn resumes reading after each reply; here it must wait for the last reply.
                self.flow.pause_reading()
                self.flow.resume_reading = _stay_paused  # type: ignore[method-assign] # as said above
                self.cycle.on_response = self._read_on
                return
            self._read(data[start : start + SLICE])
            if self._refused or self.transport.is_closing():
                return

    def _read_on(self) -> None:
        """Read what was held back, because all requests before it are answered."""
        del self.flow.resume_reading
        self.on_response_complete()
        data, self._held = self._held, b""
        if not self.transport.is_closing():
            self._read_slices(data)
        if self._stopping:
            self.shutdown()

    def catch_up(self) -> None:
        """Read what was received even if earlier requests wait, because the server is about to stop."""
        FlowControl.resume_reading(self.flow)

    def shutdown(self) -> None:
        """Close after all requests that were read are answered."""
        self._stopping = bool(self._held)
        if not self._held:
            super().shutdown()

    def _read(self, data: bytes) -> None:
        cycle = self.cycle
        before = len(cycle.body) if cycle is not None else 0
        super().data_received(data)
        if self._refused:
            if data.startswith(TLS_HANDSHAKE):
                _LOG.warning("a client speaks TLS to a plain HTTP port: call http://, or the https:// URL of --tls")
            return
        if self._head is not None:
            self._head += len(data)
            if self._head > UNENDING_HEADS * self.config.settings.head_limit or self._too_many_headers():
                self._refuse(431, "Request Header Fields Too Large", "the request head does not end")
        elif self.cycle is not None and self.cycle.more_body:
            if self.cycle.response_complete:  # refused unread, as it is too long
                self._close_soon()
                return
            # Chunk extensions and trailers, which the parser keeps.
            self._silent = 0 if self.cycle is not cycle or len(cycle.body) != before else self._silent + len(data)
            if self._silent > self.config.settings.head_limit or self._too_many_headers():
                self._refuse(400, "Bad Request", "the framing of the body does not end")

    def _too_many_headers(self) -> bool:
        return self.headers is not None and len(self.headers) > MOST_HEADERS

    def on_message_begin(self) -> None:
        """Begin to count the head of a request."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the request."""
        self._head = None
        if len(self.headers) > MOST_HEADERS:
            raise ValueError  # the parser reports it as an invalid request
        super().on_headers_complete()
        if self.pipeline:
            self.pipeline[0] = (self.cycle, partial(self._answer_waiting, self.cycle))
        else:
            self._answering = self.cycle

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # Faults close the connection after this request, because others of the same packet may wait behind it. The weak
        # reference avoids a cycle, which only the garbage collector could free, for a tenth of the time of a call.
        cycle.scope[HANG_UP] = partial(_hang_up, weakref.ref(cycle), self.transport)  # type: ignore[typeddict-unknown-key] # our own
        super()._start_asgi_task(cycle, app)

    async def _answer_waiting(self, cycle: RequestResponseCycle, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request of a pipeline."""
        self._answering = cycle
        await self.app(scope, receive, send)

    def send_400_response(self, msg: str) -> None:
        """Refuse invalid HTTP; a complete request before it in the same packet is still answered."""
        if self._too_many_headers():
            detail = f"the request has more than {MOST_HEADERS} headers"
            self._refuse(431, "Request Header Fields Too Large", detail)
            return
        self._refuse(400, "Bad Request", f"not valid HTTP/1.1 (request line, header or framing): {msg}")

    def check_timeout(self, now: int) -> None:
        """Close the connection of a client that is too slow; `now` is in seconds of a monotonic clock.

        Called about once a second, so that no request has to read a clock.
        """
        of = self._find_awaited()
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
            self._refuse(408, "Request Timeout", f"the request was not complete after {seconds} seconds")
        else:
            self.transport.close()

    def _find_awaited(self) -> object:
        """Return an object that stays the same until the client's next step; None if the server is to act."""
        if self.transport.is_closing() or self.flow.write_paused:
            return self.flow  # the client must read
        if self._refused or self.pipeline or self._held:
            return None
        if self.cycle is not None and not self.cycle.response_complete:
            return self.cycle if self.cycle.more_body else None
        # Between requests uvicorn has its own timeout, which any byte ends.
        if not self._head and self.timeout_keep_alive_task is not None:
            return None
        return self if self.headers is None else self.headers

    def _refuse(self, status: int, reason: str, detail: str) -> None:
        """Refuse with a problem document (RFC 9457), because no provider is known yet, and close."""
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
                return  # its reply closes the connection
            if self.pipeline:
                # Earlier requests are answered first.
                self.pipeline[0] = (cycle, partial(_send_refusal, status, headers, body))
                return
            cycle.disconnected = True
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        lines = [b"%b: %b" % pair for pair in [*headers, (b"connection", b"close")]]
        self.transport.write(b"\r\n".join([b"HTTP/1.1 %d %b" % (status, reason.encode()), *lines, b"", body]))
        self._close_soon()

    def _close_soon(self) -> None:
        """Close after a delay, because closing with unread bytes resets the connection and loses the reply."""
        self._refused = True
        if self.transport.can_write_eof():  # TLS has no half-closed connections
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _unsupported_upgrade_warning(self) -> None:
        """Close after a CONNECT, because the parser reads no request behind it."""
        self.cycle.keep_alive = False
