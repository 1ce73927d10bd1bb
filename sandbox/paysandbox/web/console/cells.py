"""Values of records in the cells of a table."""

from typing import Any, Final

from paysandbox.core.exact_json import write_json

_SHORT: Final = 60  # characters of a cell


def shorten_value(value: Any) -> str:
    """Return a value as a short text; nothing for what has parts, because it would not fit."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = value if isinstance(value, str) else write_json(value).decode()
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
