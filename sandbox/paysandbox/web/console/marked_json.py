"""A JSON value as lines, each with the numbers of the violations that are about what begins there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.exact_json import write_json

MOST: Final = 1000  # lines of a body that a page shows
LONGEST: Final = 1000  # characters of a line that a page shows
_INDENT: Final = "  "


class Line(Struct, frozen=True):
    """A line of a value; `marks` are numbers of violations."""

    text: str
    marks: tuple[int, ...]


def render_lines(value: Any, violations: Iterable[tuple[int, str]] = ()) -> tuple[tuple[Line, ...], int]:
    """Render a value with violations, each a number and a JSON pointer; also return how many lines are left out.

    Of a line that is longer than `LONGEST` the end is left out, and counted in it.
    A pointer to what is not there, such as a missing property, marks the nearest value around it.
    """
    pointers = dict(_walk(value, ""))
    marks: dict[str, list[int]] = {}
    for number, pointer in violations:
        while pointer and pointer not in pointers:
            pointer = pointer.rpartition("/")[0]  # noqa: PLW2901 - it climbs
        marks.setdefault(pointer, []).append(number)
    lines = list(_render(value, "", "", "", marks))
    return tuple(map(_cut, lines[:MOST])), max(len(lines) - MOST, 0)


def _cut(line: Line) -> Line:
    left_out = len(line.text) - LONGEST
    return line if left_out <= 0 else Line(f"{line.text[:LONGEST]}… ({left_out:,} more characters)", line.marks)


def _walk(value: Any, pointer: str) -> Iterator[tuple[str, None]]:
    yield pointer, None
    for name, item in _list_items(value):
        yield from _walk(item, f"{pointer}/{_escape(name)}")


def _render(value: Any, pointer: str, before: str, after: str, marks: Mapping[str, Sequence[int]]) -> Iterator[Line]:
    items = list(_list_items(value))
    here = tuple(marks.get(pointer, ()))
    if not items:
        yield Line(f"{before}{write_json(value).decode()}{after}", here)
        return
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield Line(before + opening, here)
    indent = before[: len(before) - len(before.lstrip())]
    for number, (name, item) in enumerate(items, 1):
        label = f"{write_json(name).decode()}: " if isinstance(value, dict) else ""
        comma = "," if number < len(items) else ""
        yield from _render(item, f"{pointer}/{_escape(name)}", indent + _INDENT + label, comma, marks)
    yield Line(indent + closing + after, ())


def _list_items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):  # a record's are tuples
        yield from ((str(number), item) for number, item in enumerate(value))


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
