"""JSON values as Python source, laid out as a formatter would."""

import json
from decimal import Decimal
from typing import Any, Final

_WIDTH: Final = 118


def write_literal(value: Any, indent: int = 0, used: int = 0) -> str:
    """Return the source of a JSON value. `indent` is that of its line, `used` what stands before it on the line."""
    short = _write_short(value)
    if len(short) + used <= _WIDTH or not isinstance(value, (dict, list)) or not value:
        return short
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        lines = []
        for name, below in value.items():
            key = f"{inner}{write_string(name)}: "
            lines.append(f"{key}{write_literal(below, indent + 4, len(key) + 1)},\n")
        return "{\n" + "".join(lines) + " " * indent + "}"
    items = "".join(f"{inner}{write_literal(item, indent + 4, indent + 5)},\n" for item in value)
    return "[\n" + items + " " * indent + "]"


def write_string(text: str) -> str:
    """Return the source of a string, in double quotes."""
    if '"' in text and "'" not in text and text.isprintable() and "\\" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)  # whose escapes are Python's too


def _write_short(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_string(name)}: {_write_short(below)}" for name, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_write_short(item) for item in value) + "]"
    if isinstance(value, str):
        return write_string(value)
    if isinstance(value, Decimal):
        return f'Decimal("{value}")'
    return repr(value)


def has_decimal(value: Any) -> bool:
    """Tell whether the source of a value needs the name Decimal."""
    if isinstance(value, (dict, list)):
        return any(map(has_decimal, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Decimal)
