"""The reverse proxy: calls go to the vendor as they came, and their replies go back as they came."""

from typing import Final

from msgspec.structs import replace

from paysandbox.core.clock import read_ticks
from paysandbox.pipeline.dispatch import WireReply
from paysandbox.recorder.vendor import RawHeaders, Vendor, VendorFailed
from paysandbox.recorder.writing import Recorder, Taken
from paysandbox.web.asgi import ClientDisconnected, encode_problem, read_body
from paysandbox.web.effects import App, Message, Receive, Send, hang_up, send_reply

BODY_LIMIT: Final = 16 << 20  # bytes of a request; no call of these APIs comes near
KEPT: Final = 16 << 20  # bytes of a reply that are recorded; the client gets all

_CONTROL: Final = ("/_sandbox",)
# Headers of one connection (RFC 9110, 7.6.1), which a proxy does not pass on.
_HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
# Headers of a request that the recorder writes anew.
_OWN: Final = frozenset({b"host", b"content-length", b"expect"})
_DECODED: Final = ("gzip", "deflate", "identity")


class RecordingProxy:
    """An ASGI application: the control plane and its pages are the sandbox's, everything else is the vendor's."""

    def __init__(self, sandbox: App, vendor: Vendor, recorder: Recorder) -> None:
        self._sandbox, self._vendor, self._recorder = sandbox, vendor, recorder

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._sandbox(scope, receive, send)
            finally:
                await self._vendor.close()
        elif scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._sandbox(scope, receive, send)
        else:
            await self._forward(scope, receive, send)

    async def _forward(self, scope: Message, receive: Receive, send: Send) -> None:
        target = scope.get("raw_path") or scope["path"].encode()
        try:
            content = await read_body(receive, BODY_LIMIT)
        except ClientDisconnected:
            return
        if content is None:
            detail = f"the body is longer than {BODY_LIMIT} bytes; nothing was sent to the vendor"
            self._recorder.leave_out(scope["method"], target, detail)
            await send_reply(_explain(413, "The call is not passed on", detail), scope, receive, send)
            return
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        taken = Taken(scope["method"], target, _select(scope["headers"], _HOP | _OWN), content, self._recorder.now())
        sent = _narrow_encodings(taken.headers)
        if content or scope["method"] in ("POST", "PUT", "PATCH"):
            sent = [*sent, (b"content-length", b"%d" % len(content))]
        started = read_ticks()
        try:
            async with self._vendor.open(taken.method, target, sent, content) as reply:
                headers = _select(reply.headers, _HOP)
                taken.status, taken.reply_headers = reply.status, headers
                await send({"type": "http.response.start", "status": reply.status, "headers": headers})
                async for part in reply.aiter_stream():
                    taken.keep(part, KEPT)
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except VendorFailed as failed:
            taken.failure = str(failed)
            if taken.status is None:
                await send_reply(_explain(failed.status, "The vendor gave no reply", str(failed)), scope, receive, send)
            else:
                hang_up(scope)  # as the vendor did
        finally:
            taken.duration = read_ticks() - started
            await self._recorder.add(taken)


def _select(headers: RawHeaders, dropped: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the headers to pass on, with lower-case names. A header that `Connection` names is dropped too."""
    lower = [(name.lower(), value) for name, value in headers]
    named = {
        part.strip().lower() for name, value in lower if name == b"connection" for part in value.split(b",") if part
    }
    return [(name, value) for name, value in lower if name not in dropped and name not in named]


def _narrow_encodings(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Ask for replies in codings that can be recorded decoded."""
    narrowed = []
    for name, value in headers:
        if name == b"accept-encoding":
            codings = [part.strip() for part in value.decode("latin-1").split(",")]
            kept = [part for part in codings if part.partition(";")[0].strip().lower() in _DECODED]
            narrowed.append((name, ", ".join(kept).encode("latin-1") or b"identity"))
        else:
            narrowed.append((name, value))
    return narrowed


def _explain(status: int, title: str, detail: str) -> WireReply:
    """Word a reply in the recorder's own voice."""
    reply = encode_problem(status, title, detail)
    reason = (b"x-sandbox-explain", detail.encode("ascii", "backslashreplace"))
    return replace(reply, headers=[*reply.headers, reason])
