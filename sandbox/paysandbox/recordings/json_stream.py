"""Arrays in JSON files of any size, item by item."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Final

import ijson

from paysandbox.recordings.exchange import Log

BROKEN: Final = ""  # no property has this name in a recording

_OPENING: Final = ("start_map", "start_array")
_CLOSING: Final = ("end_map", "end_array")
_DEPTH: Final = 100  # of an item; HAR has 7 levels


class _TooDeep(Exception):
    """An item is nested too deeply."""


def iterate_items(stream: BinaryIO, names: Sequence[str], file: str, log: Log) -> Iterator[tuple[int, Any]]:
    """Yield the items of an array in a JSON file with their numbers; a broken file is noted, and ends the array.

    `names` are the properties that lead from the root to the array; none if the root is the array.
    """
    counting = _CountingReader(stream.read)
    number = 0
    try:
        for item in _build_items(ijson.basic_parse(counting), names):
            number += 1
            yield number, item
    except (ijson.JSONError, UnicodeDecodeError, _TooDeep):
        # The parser's own message quotes the file, where a credential may stand.
        where = f"behind entry {number}" if number else "before its first entry"
        used = "; the entries before are used" if number else ""
        log.notices.append(
            f"{file} breaks off, or is not JSON, {where} (within the first {counting.count} bytes){used}"
        )


def find_property(stream: BinaryIO, names: Sequence[str]) -> str | None:
    """Return the first property of the root object that is one of `names`.

    None if it has none, or is no object; `BROKEN` if the file breaks off, or is not JSON, before one.
    """
    depth = 0
    try:
        for event, value in ijson.basic_parse(stream):
            if event == "map_key" and depth == 1 and value in names:
                return str(value)
            depth += (event in _OPENING) - (event in _CLOSING)
    except (ijson.JSONError, UnicodeDecodeError):
        return BROKEN
    return None


def _build_items(events: Iterator[tuple[str, Any]], names: Sequence[str]) -> Iterator[Any]:
    # Not `ijson.items`, whose prefixes make a deeply nested file take hours.
    found = depth = 0  # how many of `names` have been found, each one level deeper
    at = 0  # the depth of the array; 0 outside of it
    builder: Any = None
    for event, value in events:
        opens, closes = event in _OPENING, event in _CLOSING
        depth -= closes
        if at and depth >= at:
            builder = builder or ijson.ObjectBuilder()
            builder.event(event, value)
            if depth == at and not opens:
                yield builder.value
                builder = None
            elif depth - at > _DEPTH:
                raise _TooDeep
        elif at:
            return
        elif event == "map_key" and depth == found + 1 and found < len(names) and value == names[found]:
            found += 1
        elif event == "start_array" and found == len(names) == depth:
            at = depth + 1
        elif found and depth < found:
            found = depth
        depth += opens


class _CountingReader:
    """Counts the bytes that were read; ijson asks for `read` alone."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.count = 0
        self._read = read

    def read(self, size: int) -> bytes:
        part = self._read(size)
        self.count += len(part)
        return part
