"""JSON and Content-Types as the standard library reads them, held to the limits that the sandbox promises."""

import json
from decimal import Decimal, InvalidOperation, localcontext
from email.message import Message
from typing import Any, Final

from tests.conformance.second_validator.contracts import EXACT

DEPTH: Final = 64
NUMBER_LENGTH: Final = 300
LARGEST_EXPONENT: Final = 308
SMALLEST_EXPONENT: Final = -400
UTF_8: Final = {"utf-8", "utf8"}


class Unreadable(ValueError):
    """Not JSON, or JSON about which readers disagree."""


def read(content: bytes) -> Any:
    """The JSON value of a body; numbers with a fraction or exponent are Decimal.

    Raises:
        Unreadable: not UTF-8 JSON, a byte order mark, NaN, a lone surrogate, a member given twice, a number of more
            than 300 characters or out of range, more than 64 levels.
    """
    try:
        with localcontext(EXACT):
            value = json.loads(
                content.decode(),
                parse_float=_number,
                parse_int=lambda text: _number(text) and int(text),
                parse_constant=_refuse,
                object_pairs_hook=_members,
            )
        if _depth(value) > DEPTH:
            raise Unreadable("nested too deep")
        json.dumps(value, ensure_ascii=False, default=str).encode()  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise Unreadable(str(error)) from None
    return value


def declares_json(values: list[str]) -> bool:
    """Whether one Content-Type is given, and is JSON in UTF-8."""
    if len(values) != 1:
        return False
    message = Message()
    message["content-type"] = values[0]
    charset = message.get_param("charset")
    kind = values[0].partition(";")[0].strip().lower()
    return message.get_content_type() == kind == "application/json" and (
        charset is None or str(charset).lower() in UTF_8
    )


def _number(text: str) -> Decimal:
    if len(text) > NUMBER_LENGTH:
        raise Unreadable("a long number")
    number = Decimal(text)
    if not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise Unreadable("a number out of range")
    return number


def _refuse(text: str) -> Any:
    raise Unreadable(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Unreadable("a member is given twice")
    return dict(pairs)


def _depth(value: Any) -> int:
    """How many containers stand in each other; without recursion, which some Pythons allow less of than their JSON."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [below for one in level for below in (one.values() if isinstance(one, dict) else one)]
    return depth
