"""A reply as the bytes that uvicorn would write for it, in one piece."""

from functools import lru_cache
from typing import Final

from uvicorn.protocols.http.httptools_impl import HEADER_RE, STATUS_LINE

from paysandbox.pipeline.dispatch import Headers, WireReply

# What uvicorn refuses in the value of a header: all control characters but the tab.
_FORBIDDEN: Final = bytes(code for code in (*range(0x20), 0x7F) if code != ord("\t"))
_LINE_END: Final = 2  # bytes of them in a line that is all right
_FRAMING: Final = (b"connection", b"transfer-encoding")  # uvicorn acts on these


def render_reply(reply: WireReply, default_headers: Headers) -> bytes | None:
    """Return head and body; None for what uvicorn refuses to send, or must look at itself."""
    if not reply.headers or reply.headers[0][0] != b"content-length" or reply.status not in STATUS_LINE:
        return None  # it would be sent in chunks
    parts = [STATUS_LINE[reply.status]]
    for headers in (default_headers, reply.headers):
        for name, value in headers:
            start = _start_line(name)
            if start is None:
                return None
            parts += (start, value, b"\r\n")
    parts.append(b"\r\n")
    head = b"".join(parts)
    lines = len(default_headers) + len(reply.headers) + 2
    # A value with a line end could begin another reply. One pass over the head is as strict as uvicorn's search in each
    # header, for a fifth of its time.
    if len(head) - len(head.translate(None, _FORBIDDEN)) != lines * _LINE_END:
        return None
    return head + reply.content


@lru_cache(maxsize=256)  # replies have few names, and a search costs more than all else here
def _start_line(name: bytes) -> bytes | None:
    name = name.lower()
    return None if name in _FRAMING or HEADER_RE.search(name) else name + b": "
