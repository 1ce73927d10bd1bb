"""Write HAR 1.2 entry by entry, so that a recording of any length needs the memory of one entry.

What the sandbox says of an exchange stands in `_paysandbox`, because the form leaves names with an underscore to tools.
Nothing is masked here: exchanges come masked (`paysandbox.control.exchange_masking`).
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, BinaryIO, Final
from urllib.parse import parse_qsl

import msgspec

from paysandbox.core.exact_json import write_json
from paysandbox.recordings.exchange import EXTENSION, Exchange, Headers, Judgement, Message, split_url

MEDIA_TYPE: Final = "application/json"  # HAR has no registered type; browsers save it as JSON
_END: Final = b"\n]}}\n"
_UNKNOWN: Final = -1  # HAR's word for a size or time that was not measured
_HTTP: Final = "HTTP/1.1"
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_har(exchanges: Iterable[Exchange | None], *, version: str) -> Iterator[bytes]:
    """Yield the parts of a HAR file, one for each exchange. `version` is the program's.

    For None, which stands for an exchange that was left out, the part is empty: a caller can do other work meanwhile.
    """
    yield _begin(version)
    comma = b"\n"
    for exchange in exchanges:
        if exchange is None:
            yield b""
            continue
        yield comma + write_json(build_entry(exchange))
        comma = b",\n"
    yield _END


class HarWriter:
    """Writes exchanges into a file as they come; after each of them the file is a complete HAR file.

    Args:
        stream: a new file, opened for binary writing, in which it can seek.
        version: the program's.
    """

    def __init__(self, stream: BinaryIO, *, version: str) -> None:
        self._stream = stream
        self.count = 0
        stream.write(_begin(version) + _END)
        stream.flush()

    def write(self, exchange: Exchange) -> None:
        """Add an exchange. One that comes while the process is killed is lost, and no other."""
        # The end of the file is overwritten by the entry and a new end, in one write.
        self._stream.seek(-len(_END), 2)
        self._stream.write((b",\n" if self.count else b"\n") + write_json(build_entry(exchange)) + _END)
        self._stream.flush()
        self.count += 1


def _begin(version: str) -> bytes:
    creator = {"name": "Paysandbox", "version": version}
    return b'{"log":{"version":"1.2","creator":' + write_json(creator) + b',"entries":['


def build_entry(exchange: Exchange) -> dict[str, Any]:
    """Return one entry of `log.entries`."""
    at = (exchange.at or _NO_TIME).astimezone(UTC)
    time = Decimal(0) if exchange.duration is None else exchange.duration
    entry: dict[str, Any] = {
        "startedDateTime": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": time,
        "request": _build_request(exchange),
        "response": _build_response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
    }
    if exchange.judgement is not None:
        entry[EXTENSION] = _build_judgement(exchange.judgement)
    return entry


def _build_request(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request
    query = split_url(exchange.url).query
    found: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _build_headers(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN if request.content is None else len(request.content),
    }
    if request.content:
        text, encoding = _encode_text(request.content)
        # HAR has an encoding for replies alone.
        more = {} if encoding is None else {"_encoding": encoding}
        found["postData"] = {"mimeType": _find_media_type(request), "text": text, **more}
    return found


def _build_response(exchange: Exchange) -> dict[str, Any]:
    status, reply = exchange.status or 0, exchange.reply
    size = _UNKNOWN if reply.content is None else len(reply.content)
    content: dict[str, Any] = {"size": size, "mimeType": _find_media_type(reply)}
    if reply.content:
        text, encoding = _encode_text(reply.content)
        content |= {"text": text} if encoding is None else {"text": text, "encoding": encoding}
    return {
        "status": status,
        "statusText": _PHRASES.get(status, ""),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _build_headers(reply.headers),
        "content": content,
        "redirectURL": next(iter(reply.get_headers("location")), ""),
        "headersSize": _UNKNOWN,
        "bodySize": size,
    }


def _build_headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _find_media_type(message: Message) -> str:
    return next(iter(message.get_headers("content-type")), "")


def _encode_text(content: bytes) -> tuple[str, str | None]:
    """A body as text, and the name of its encoding if it is not UTF-8."""
    try:
        return content.decode(), None
    except UnicodeDecodeError:
        return base64.b64encode(content).decode(), "base64"


def _build_judgement(judgement: Judgement) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.to_builtins(judgement)
    kept = {name: value for name, value in written.items() if value not in (None, (), [], 0) or value is False}
    # Also if there are none, because they may be unknown instead; and as they are, because amounts would become texts.
    return kept if judgement.changes is None else {**kept, "changes": judgement.changes}
