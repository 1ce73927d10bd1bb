"""Exact JSON: decimals stay decimals, and what cannot be read exactly is refused."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from sandbox.problems import Malformed

NUMBER_LENGTH: Final = 300
LARGEST_EXPONENT: Final = 308  # what other readers of the same JSON can hold: beyond it they see infinity
SMALLEST_EXPONENT: Final = -400
DEPTH: Final = 64

_A_KEY: Final = re.compile(rb'"[ \t\r\n]*:')
_LONG_NUMBER: Final = re.compile(rb"-[0-9]{300}|[0-9]{301}")
_CONTAINERS: Final = (dict, list)


def _exact(text: str) -> Decimal:
    if len(text) > NUMBER_LENGTH:
        raise Malformed(f"a number has {len(text)} characters; the limit is {NUMBER_LENGTH}")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Malformed(f"the number {text[:40]} is out of range") from None
    if not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise Malformed(f"the number {text[:40]} is out of range")
    return number


_decoder: Final = msgspec.json.Decoder(float_hook=_exact)
_encoder: Final = msgspec.json.Encoder(decimal_format="number")


def read_json(content: bytes) -> Any:
    """The JSON value of a body; numbers with a fraction or exponent are `Decimal`.

    Raises:
        Malformed: not UTF-8 JSON, or JSON that readers disagree about: a byte order mark, NaN, numbers out of
            range, lone surrogates, a member given twice, nesting beyond 64 levels.
    """
    try:
        value = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(_why_unreadable(content, error)) from None
    members = _members(value, DEPTH) if type(value) in _CONTAINERS else 0
    if members != len(_A_KEY.findall(content)) or (len(content) > NUMBER_LENGTH and _LONG_NUMBER.search(content)):
        # A string may look like either (`":x"`, a long code), so this only raises the suspicion that a slower
        # reader settles.
        json.loads(content, object_pairs_hook=_refuse_repeats, parse_float=_exact, parse_int=_exact)
    return value


def write_json(value: Any) -> bytes:
    """UTF-8 JSON; a `Decimal` is written as the number it is, digit by digit."""
    return _encoder.encode(value)


def _members(value: Any, depth: int) -> int:
    """How many object members the value holds in all."""
    if not depth:
        raise Malformed(f"the body is nested deeper than {DEPTH} levels")
    count = 0
    if type(value) is dict:
        count = len(value)
        value = value.values()
    for item in value:
        if type(item) in _CONTAINERS:
            count += _members(item, depth - 1)
    return count


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed(f"the member {name[:80]!r} is given twice in one object")
        seen.add(name)


def _why_unreadable(content: bytes, error: Exception) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "the body begins with a byte order mark, which is not JSON"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:2]:
        return "the body is not UTF-8 (it looks like UTF-16)"
    if isinstance(error, UnicodeDecodeError):
        return "the body is not UTF-8"
    if isinstance(error, RecursionError):
        return f"the body is nested deeper than {DEPTH} levels"
    if not content.strip():
        return "the body is empty; JSON is expected"
    if b"\\u" in content and "truncated" in str(error):
        return "the body is not JSON: it ends too early, or has half of a surrogate pair"
    return f"the body is not JSON: {str(error).removeprefix('JSON is malformed: ')}"
