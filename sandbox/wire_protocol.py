"""uvicorn's HTTP protocol with the manners of a sandbox: what is odd is carried out or explained, never both."""

import asyncio
import re
import weakref
from functools import partial
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sandbox.documents import write_json
from sandbox.edge import HANG_UP
from sandbox.exchange import PROBLEM_TYPE, own_voice

# A head is refused at the edge beyond the limit; one that never ends must not be kept until then.
UNENDING_HEAD: Final = 256 << 10
LINGER_SECONDS: Final = 1
_UPGRADE: Final = re.compile(rb"(?i)(\r\n)upgrade(?=[ \t]*:)|(\r\nconnection:[^\r\n]*?)upgrade")


def _hang_up(asked: "weakref.ref[RequestResponseCycle]", transport: asyncio.Transport) -> None:
    """Close the connection, once what was sent is out; nothing more is answered on it."""
    cycle = asked()
    if cycle is not None:
        cycle.disconnected = True
    transport.close()


class WireProtocol(HttpToolsProtocol):
    """One connection."""

    _head: int | None = 0  # bytes of the request head that has begun and not ended
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        if self._refused:
            return
        if b"pgrade" in data or b"PGRADE" in data:
            # Some clients offer HTTP/2 with their first request; the parser would take the body for the new protocol's
            # and lose it. A server may ignore the offer (RFC 9110, 7.8). No JSON text has a line that begins like this.
            data = _UPGRADE.sub(rb"\1\2x-offer", data)
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > UNENDING_HEAD and not self._refused:
                self._refuse(431, b"Request Header Fields Too Large", "the request head does not end")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head has ended."""
        self._head = None
        super().on_headers_complete()
        # For faults. Of this request alone: behind it others may wait that came in the same packet. It must not hold
        # what holds it: every request would be garbage that only the collector finds, for a tenth of the time.
        self.scope[HANG_UP] = partial(_hang_up, weakref.ref(self.cycle), self.transport)  # type: ignore[typeddict-unknown-key]

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; a whole request before it in the same packet still gets its answer."""
        if self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            return
        self._refuse(400, b"Bad Request", f"this is not HTTP/1.1, in the request line, a header or the framing: {msg}")

    def _refuse(self, status: int, reason: bytes, detail: str) -> None:
        """Answer in the sandbox's own voice (RFC 9457), as no provider can be meant, and close."""
        self._refused = True
        body = write_json(own_voice(status, "Not HTTP", detail).body)
        lines = [
            b"HTTP/1.1 %d %s" % (status, reason),
            b"content-type: " + PROBLEM_TYPE.encode(),
            b"content-length: %d" % len(body),
            b"x-sandbox-explain: %s" % detail.encode("ascii", "backslashreplace"),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        # Closed at once, with unread bytes, the connection would be reset and the client never see the answer.
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _unsupported_upgrade_warning(self) -> None:
        """Close after a CONNECT, behind which the parser reads no request any more."""
        self.cycle.keep_alive = False
