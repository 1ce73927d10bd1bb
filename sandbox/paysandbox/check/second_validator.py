"""A validator that the server does not use: jsonschema, in the ECMA reading of patterns and exact on Decimal."""

import re
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any, Final

import jsonschema
from jsonschema.protocols import Validator

# Enough digits for a remainder of the longest number that the sandbox reads.
EXACT: Final = Context(prec=800)
_END: Final = re.compile(r"(?<!\\)\$")


def _ecma_pattern(validator: Validator, pattern: str, value: Any, _: Any) -> Iterator[jsonschema.ValidationError]:
    """`pattern` in the ECMA reading, where `$` does not match before a newline at the end, as Python's does."""
    if validator.is_type(value, "string") and not re.search(_END.sub(r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


FORMATS: Final = jsonschema.FormatChecker()
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


@FORMATS.checks("date-time")
def _is_moment(value: Any) -> bool:
    """RFC 3339 date-time, which jsonschema checks only with another package; a leap second ends a day in UTC."""
    if not isinstance(value, str):
        return True
    found = _MOMENT.fullmatch(value)
    # The year 0 is a leap year, and Python has none.
    if found is None or not FORMATS.conforms(re.sub("^0000", "2000", found[1]), "date"):
        return False
    if found[4] != "60":
        return True
    minutes = 60 * int(found[2]) + int(found[3])
    offset = 60 * int(found[8]) + int(found[9]) if found[7] else 0
    return (minutes + (offset if found[7] == "-" else -offset)) % (24 * 60) == 24 * 60 - 1


def _is_integer(_: Any, value: Any) -> bool:
    """1.0 is an integer to JSON Schema, and so it is as a Decimal."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


EcmaValidator: Final[type[Validator]] = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # untyped there
    jsonschema.Draft202012Validator,
    {"pattern": _ecma_pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
