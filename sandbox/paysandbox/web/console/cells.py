"""Values of records in the cells of a table."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.exact_json import write_json

_SHORT: Final = 60  # characters of a cell


def shorten_value(value: Any) -> str:
    """Return a value as a short text; nothing for what has parts, because it would not fit."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = value if isinstance(value, str) else write_json(value).decode()
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


class Heading(Struct, frozen=True):
    """A column; one that `is_amount` has numbers, which stand at the right."""

    name: str
    is_amount: bool


def make_headings(names: Iterable[str], records: Sequence[Mapping[str, Any]]) -> tuple[Heading, ...]:
    """Return the headings of properties, with what the records have there."""
    return tuple(Heading(name, has_numbers(record.get(name) for record in records)) for name in names)


def has_numbers(values: Iterable[Any]) -> bool:
    """Tell whether all values that are given are numbers; a boolean is none."""
    given = [value for value in values if value is not None]
    return bool(given) and all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in given)
