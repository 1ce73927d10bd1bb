"""Exact JSON: numbers with a fraction are `Decimal`; JSON that readers disagree about is refused."""

import json
import re
from decimal import Context, Decimal, DecimalException, InvalidOperation
from typing import Any, Final

import msgspec

from paysandbox.core.problems import Malformed

NUMBER_LENGTH: Final = 300
LARGEST_EXPONENT: Final = 308  # other JSON readers turn larger numbers into infinity
SMALLEST_EXPONENT: Final = -400
DEPTH: Final = 64

_A_KEY: Final = re.compile(rb'"[ \t\r\n]*:')
_EXPONENT: Final = re.compile(rb"[0-9][eE][-+]?[0-9]")
_LONG_NUMBER: Final = re.compile(rb"-[0-9]{300}|[0-9.]{301}")
_BYTE: Final = re.compile(r"\(byte ([0-9]+)\)$")
_CONTAINERS: Final = (dict, list)
_EXACT: Final = Context(prec=2 * NUMBER_LENGTH)

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
_encoder: Final = msgspec.json.Encoder(decimal_format="number")
_canonical_encoder: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
_canonical_decoder: Final = msgspec.json.Decoder(float_hook=lambda text: _shorten_number(Decimal(text)))


def read_json(content: bytes) -> Any:
    """Parse a body; numbers with a fraction or exponent are `Decimal`.

    Raises:
        Malformed: not UTF-8 JSON, or JSON that readers disagree about: a byte order mark, NaN, numbers out of
            range, lone surrogates, duplicate properties, nesting beyond 64 levels.
    """
    try:
        value = _decoder.decode(content)
        if _needs_inspection(content, value):
            _inspect(content, value)
    except (msgspec.MsgspecError, InvalidOperation, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(_explain_error(content, error)) from None
    return value


def read_own_json(content: bytes) -> Any:
    """Parse what `write_json` has written, without the checks of `read_json`.

    Raises:
        Malformed: the content is truncated or overwritten.
    """
    try:
        return _decoder.decode(content)
    except (msgspec.MsgspecError, InvalidOperation, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(_explain_error(content, error)) from None


def write_json(value: Any) -> bytes:
    """Return UTF-8 JSON; a `Decimal` is written as a number with all its digits."""
    return _encoder.encode(value)


def write_canonical(content: bytes) -> bytes:
    """Return JSON in the one form that all bodies with an equal value share: 25.0 as 25, properties sorted.

    A body that is not JSON is returned as it is.
    """
    try:
        return _canonical_encoder.encode(_canonical_decoder.decode(content))
    except (msgspec.MsgspecError, DecimalException, UnicodeDecodeError, RecursionError):
        return content


def exact_number(text: str) -> Decimal:
    """Parse the text of a JSON number.

    Raises:
        Malformed: longer than 300 characters, or out of range.
    """
    if len(text) > NUMBER_LENGTH:
        raise Malformed(f"a number has {len(text)} characters; the limit is {NUMBER_LENGTH}")
    try:
        number = Decimal(text)
    except InvalidOperation:  # further out of range than a `Decimal` can be
        raise Malformed(f"the number {text[:40]} is out of range") from None
    if not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise Malformed(f"the number {text[:40]} is out of range")
    return number


def escape_non_ascii(content: bytes) -> bytes:
    r"""Return the same JSON in ASCII; other characters, which only strings can hold, become `\uXXXX`."""
    if content.isascii():
        return content
    return "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in content.decode()).encode()


def _shorten_number(number: Decimal) -> Decimal | int:
    # A larger number has no equal among the integers of a JSON body, and could not be written out.
    if number.adjusted() <= LARGEST_EXPONENT and number == number.to_integral_value():
        return int(number)
    return number.normalize(_EXACT)


def _needs_inspection(content: bytes, value: Any) -> bool:
    r"""Whether the body needs an inspection, which takes 6 µs; found by a few searches at C speed.

    A duplicate property is missing when the value is written again, and so are its quotation marks; only an escape like
    `\u0022` could replace them.
    """
    again = _encoder.encode(value)
    return (
        content.count(b'"') != again.count(b'"')
        or b"\\u" in content
        or content.count(b"{") + content.count(b"[") > DEPTH
        or b"E+" in again
        or b"E-" in again
        or (len(content) > NUMBER_LENGTH and _LONG_NUMBER.search(content) is not None)
    )


def _inspect(content: bytes, value: Any) -> None:
    """Refuse duplicate properties, numbers out of range, and nesting that is too deep."""
    properties = _count_properties(value, DEPTH) if type(value) in _CONTAINERS else 0
    if properties != len(_A_KEY.findall(content)) or not _numbers_are_ordinary(content):
        # A string can look like either (`":x"`, `1e9`, a long code), so the slower reader decides.
        json.loads(content, object_pairs_hook=_refuse_duplicates, parse_float=exact_number, parse_int=exact_number)


def _numbers_are_ordinary(content: bytes) -> bool:
    return _EXPONENT.search(content) is None and _LONG_NUMBER.search(content) is None


def _count_properties(value: Any, depth: int) -> int:
    if not depth:
        raise Malformed(f"the body is nested deeper than {DEPTH} levels")
    count = 0
    if type(value) is dict:
        count = len(value)
        value = value.values()
    for item in value:
        if type(item) in _CONTAINERS:
            count += _count_properties(item, depth - 1)
    return count


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed(f"the property {name[:80]!r} is given twice in one object")
        seen.add(name)


def _explain_error(content: bytes, error: Exception) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "the body begins with a byte order mark, which is not JSON"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:2]:
        return "the body is not UTF-8 (it looks like UTF-16)"
    if isinstance(error, UnicodeDecodeError):
        return "the body is not UTF-8"
    if isinstance(error, InvalidOperation):
        return "a number is out of range"
    if isinstance(error, RecursionError):
        return f"the body is nested deeper than {DEPTH} levels"
    if not content.strip():
        return "the body is empty; JSON is expected"
    if b"\\u" in content and "truncated" in str(error):
        return "the body is not JSON: it ends too early, or has half of a surrogate pair"
    return f"the body is not JSON: {_place_error(content, str(error).removeprefix('JSON is malformed: '))}"


def _place_error(content: bytes, message: str) -> str:
    """Say line and column, from 1, in characters, where msgspec says a byte, which no editor shows."""
    found = _BYTE.search(message)
    if found is None:
        return message
    before = content[: int(found[1])].decode("utf-8", "replace")
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"{message[: found.start()]}(line {before.count(chr(10)) + 1}, column {column})"
