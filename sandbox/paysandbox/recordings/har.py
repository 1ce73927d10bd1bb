"""Read HAR 1.2 files of any size: each entry is parsed by itself, so a file of 100 MiB takes the memory of one entry.

Form: http://www.softwareishard.com/blog/har-12-spec/. Pseudo headers of HTTP/2 are left out. Websockets, replies from
a browser's cache, and entries that are no exchange, are skipped and counted.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, Final
from urllib.parse import urlencode

from paysandbox.recordings.exchange import (
    EXTENSION,
    Exchange,
    Headers,
    Judgement,
    Log,
    Message,
    Place,
    decode_body,
    read_count,
    read_mappings,
    read_time,
)
from paysandbox.recordings.json_stream import iterate_items

_SWITCHED: Final = 101
_NOT_MODIFIED: Final = 304
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:/|$))", re.IGNORECASE)  # not the host and port of a target
_FORM: Final = "application/x-www-form-urlencoded"
_OF_FILES: Final = frozenset({"fileName", "contentType"})
_LARGEST: Final = 18  # digits of a status or a size; a number of a million digits would take minutes


def read_har(stream: BinaryIO, file: str, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of a HAR file. Of a truncated file, those before the place where it breaks off.

    Args:
        stream: the file, at its beginning.
        file: its name in reports.
        log: notes what is skipped, and where the file breaks off.
    """
    for number, entry in iterate_items(stream, ("log", "entries"), file, log):
        found = _read_entry(entry, Place(file, number), log)
        if found is not None:
            yield found


def _read_entry(entry: Any, place: Place, log: Log) -> Exchange | None:
    request, response = (entry.get(name) if isinstance(entry, Mapping) else None for name in ("request", "response"))
    if not isinstance(request, Mapping) or not isinstance(request.get("url"), str):
        log.skipped["entries without a request"] += 1
        return None
    response = response if isinstance(response, Mapping) else {}
    url, status = request["url"], _read_integer(response.get("status"))
    reason = _find_reason_to_skip(entry, url, status)
    if reason is not None:
        log.skipped[reason] += 1
        return None
    headers, reply_headers = _add_media_type(_read_headers(request), request), _read_headers(response)
    content = _read_text(response.get("content"))
    return Exchange(
        method=str(request.get("method", "GET")).upper(),
        url=url,
        request=Message(headers, decode_body(_read_post_data(request), headers)),
        status=status if status is not None and status > 0 else None,  # browsers write 0 where no reply came
        reply=Message(reply_headers, decode_body(content, reply_headers)),
        place=place,
        at=read_time(entry.get("startedDateTime")),
        duration=_read_duration(entry.get("time")),
        judgement=_read_judgement(entry.get(EXTENSION)),
    )


def _find_reason_to_skip(entry: Mapping[str, Any], url: str, status: int | None) -> str | None:
    """Why an entry is no call that a vendor has answered; None if it is one."""
    scheme = url.partition(":")[0].lower() if _SCHEME.match(url) else ""
    if (
        entry.get("_resourceType") == "websocket"
        or entry.get("_webSocketMessages")
        or scheme in ("ws", "wss")
        or status == _SWITCHED
    ):
        return "websockets"
    if scheme not in ("", "http", "https"):
        return f"URLs of a browser's own ({scheme}:)"
    if status == _NOT_MODIFIED or entry.get("_fromCache"):
        return "replies from a cache"
    return None


def _read_headers(message: Mapping[str, Any]) -> Headers:
    written = message.get("headers")
    return tuple(
        (one["name"], str(one.get("value", "")))
        for one in (written if isinstance(written, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("name"), str) and not one["name"].startswith(":")
    )


def _add_media_type(headers: Headers, request: Mapping[str, Any]) -> Headers:
    """The headers with the Content-Type, which some recorders write beside the body alone."""
    data = request.get("postData")
    media_type = data.get("mimeType") if isinstance(data, Mapping) and _read_post_data(request) else None
    if not isinstance(media_type, str) or not media_type or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    return (*headers, ("content-type", media_type))


def _read_post_data(request: Mapping[str, Any]) -> bytes | None:
    written = request.get("postData")
    if not isinstance(written, Mapping):
        size = _read_integer(request.get("bodySize"))
        return None if size is not None and size > 0 else b""
    pairs = written.get("params")
    if not written.get("text") and isinstance(pairs, list) and pairs:
        return _write_form(pairs, written.get("mimeType"))
    return _read_text({**written, "encoding": written.get("encoding", written.get("_encoding"))})


def _write_form(pairs: list[Any], media_type: Any) -> bytes | None:
    """The body of a form that was recorded as its pairs alone; None if it has files, or had another encoding."""
    is_form = isinstance(media_type, str) and media_type.partition(";")[0].strip().lower() == _FORM
    found: list[tuple[Any, Any]] = [
        (one.get("name"), one.get("value", ""))
        for one in pairs
        if isinstance(one, Mapping) and not one.keys() & _OF_FILES
    ]
    if not is_form or len(found) < len(pairs) or not all(isinstance(part, str) for pair in found for part in pair):
        return None
    return urlencode(found, errors="surrogatepass").encode()


def _read_text(written: Any) -> bytes | None:
    """The bytes of a body; None if they were not recorded or are not what `encoding` says."""
    if not isinstance(written, Mapping):
        return b""
    text = written.get("text")
    if text is None:
        size = _read_integer(written.get("size"))
        return None if size is not None and size > 0 else b""
    if not isinstance(text, str):
        return None
    if written.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
    return text.encode("utf-8", "surrogatepass")


def _read_integer(written: Any) -> int | None:
    if isinstance(written, bool) or not isinstance(written, int | Decimal):
        return None
    if isinstance(written, Decimal) and written.adjusted() > _LARGEST:
        return None
    return int(written) if written == int(written) else None


def _read_duration(written: Any) -> Decimal | None:
    if isinstance(written, bool) or not isinstance(written, int | Decimal) or written < 0:
        return None
    return Decimal(written)


def _read_judgement(written: Any) -> Judgement | None:
    if not isinstance(written, Mapping):
        return None
    advice, fault = (written.get(name) for name in ("advice", "fault"))
    texts = {name: written.get(name) for name in ("provider", "operation", "explanation", "id", "namespace", "url")}
    return Judgement(
        **{name: value if isinstance(value, str) else None for name, value in texts.items()},
        refused=written.get("refused") is True,
        advice=tuple(one for one in advice if isinstance(one, str)) if isinstance(advice, list) else (),
        violations=read_mappings(written.get("violations")) or (),
        rules=read_mappings(written.get("rules")) or (),
        fault=fault if isinstance(fault, Mapping) else None,
        changes=read_mappings(written.get("changes")),
        changes_left_out=read_count(written.get("changes_left_out")),
    )
