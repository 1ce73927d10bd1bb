"""The names of JSON's types."""

from numbers import Number
from typing import Any, Final

_NAMES: Final = ((bool, "boolean"), (int, "integer"), (Number, "number"), (str, "string"), (list, "array"))


def name_type(value: Any, *, whole: bool = True) -> str:
    """Return the JSON type of a value, as JSON Schema names it: an integer is a number unless `whole`."""
    if value is None:
        return "null"
    found = next((name for kind, name in _NAMES if isinstance(value, kind)), "object")
    return found if whole or found != "integer" else "number"
