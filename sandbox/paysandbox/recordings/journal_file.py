"""Read the sandbox's own journal: `{"requests": […]}` of the control plane, or its entries as lines of JSON.

Credentials are masked there already, and bodies are decoded: a body that was not JSON is a string.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, Final

from paysandbox.core.exact_json import read_json, write_json
from paysandbox.core.problems import Malformed
from paysandbox.recordings.exchange import (
    Exchange,
    Headers,
    Judgement,
    Log,
    Message,
    Place,
    read_count,
    read_mappings,
    read_time,
)
from paysandbox.recordings.json_stream import iterate_items

_SHORT: Final = "calls without bodies, as GET /_sandbox/stream has them; `paysandbox tail --json` has all"


def read_journal(stream: BinaryIO, file: str, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of `{"requests": […]}`."""
    for number, entry in iterate_items(stream, ("requests",), file, log):
        yield from _read_or_skip(entry, Place(file, number), log)


def read_lines(stream: BinaryIO, file: str, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of lines of JSON; a line that is no entry is skipped and counted."""
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                entry = read_json(line)
            except Malformed:
                entry = None
            yield from _read_or_skip(entry, Place(file, number), log)


def read_entry(entry: Mapping[str, Any], place: Place = Place("", 0), base: str = "") -> Exchange:  # noqa: B008 - frozen
    """Return an entry of the journal, as the control plane shows it, as an exchange.

    `base` is the root of the provider's URLs, for the absolute URLs that HAR files have.

    Raises:
        KeyError, TypeError: it is no such entry.
    """
    request, reply = entry["request"], entry["reply"]
    duration = entry.get("duration_ms")
    return Exchange(
        method=entry["method"],
        url=base + entry["url"],
        request=_read_message(request),
        status=entry["status"],
        reply=_read_message(reply),
        place=place,
        at=read_time(entry.get("at")),
        duration=None if duration is None else Decimal(duration),
        judgement=Judgement(
            provider=entry["provider"],
            operation=entry["operation"],
            refused=entry["refused"],
            explanation=entry.get("explanation"),
            advice=tuple(entry.get("advice") or ()),
            violations=tuple(entry.get("violations") or ()),
            id=entry.get("id"),
            namespace=entry.get("namespace"),
            url=entry["url"],
            rules=tuple(entry.get("rules") or ()),
            fault=entry.get("fault"),
            changes=read_mappings(entry.get("changes")),
            changes_left_out=read_count(entry.get("changes_left_out")),
        ),
    )


def _read_or_skip(entry: Any, place: Place, log: Log) -> Iterator[Exchange]:
    try:
        yield read_entry(entry, place)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError):
        is_short = isinstance(entry, Mapping) and "request" not in entry and "explanation" in entry
        log.skipped[_SHORT if is_short else "lines that are no entry of the journal"] += 1


def _read_message(written: Mapping[str, Any]) -> Message:
    headers: Headers = tuple((str(name), str(value)) for name, value in written["headers"].items())
    body = written["body"]
    if body is None:
        return Message(headers, b"")
    # No imitated API sends or answers a string alone, so a string is a body that was not JSON.
    return Message(headers, body.encode() if isinstance(body, str) else write_json(body))
