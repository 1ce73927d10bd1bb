"""Values and bytes, changed at random so that they are almost what they were."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any, Final

from paysandbox.core.exact_json import write_json

SchemaNode = tuple[str | int, ...]

ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, -(2**64), 10**298, -(10**298)),
    *(Decimal("1e308"), Decimal("-1e308"), Decimal("1e-400"), Decimal("-0.0"), Decimal("0.1"), Decimal("1.000")),
    *(
        "",
        " ",
        "\x00",
        "\n",
        "é",
        "\ud7ff\ue000",
        "\U0010ffff",
        "\u202e",
        "0",
        "-1",
        "1e5",
        "null",
        "NaN",
        "../..",
        "%00",
    ),
    *("x" * 5000, "\U0001f4b6" * 300, "2024-02-30", "0000-00-00", "9999-12-31", "9999-12-31T23:59:60Z", "31/12/9999"),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"a": {"a": None}}}, [None] * 300, {str(name): name for name in range(300)}),
)
ODD_BYTES: Final = (
    *(
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\x1b",
        b"\x7f",
    ),
    *(b"\\ud800", b"\\u0000", b"\\u0022", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b":", b",", b"\n", b"\r\n", b"\t"),
    *(b"1e400", b"1E+308", b"-0", b"0.", b"1e-9999", b"9" * 301, b"0." + b"3" * 299, b"1e99999999999999999999"),
    *(
        b"[" * 70,
        b'{"a":' * 70,
        b"[" * 5000,
        b'"a":1,"a":2,',
        b"NaN",
        b"-Infinity",
        b"/*",
        b"#",
        b"%",
        b"&",
        b"~",
        b"*",
    ),
)


def places(value: Any, where: SchemaNode = ()) -> Iterator[SchemaNode]:
    """Every place of a JSON value, itself first."""
    yield where
    if isinstance(value, dict):
        for name, below in value.items():
            yield from places(below, (*where, name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from places(below, (*where, index))


def at(value: Any, where: SchemaNode) -> Any:
    for step in where:
        value = value[step]
    return value


def deep(dice: Random, value: Any) -> Any:
    """The value, wrapped in many lists and objects."""
    for _ in range(dice.choice((3, 30, 62, 63, 64, 65, 200))):
        value = [value] if dice.random() < 0.5 else {"a": value}
    return value


def changed_value(dice: Random, value: Any) -> Any:
    """A copy of the value that is changed at one to three places."""
    found = [deepcopy(value)]
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        where = dice.choice([place for place in places(found) if place])
        _change(dice, at(found, where[:-1]), where[-1], found)
    return found[0]


def _change(dice: Random, parent: Any, step: Any, whole: list[Any]) -> None:
    old = parent[step]
    match dice.choice(("odd", "odd", "odd", "drop", "another", "name", "text", "twice", "deep")):
        case "drop" if parent is not whole:
            del parent[step]
        case "another":
            parent[step] = deepcopy(at(whole, dice.choice(list(places(whole)))))
        case "name" if isinstance(parent, dict):
            parent[str(step) + dice.choice(("", " ", "s", "\x00", "é")) * 2] = old
        case "text":
            parent[step] = str(old)
        case "twice":
            parent[step] = [old, old]
        case "deep":
            parent[step] = deep(dice, old)
        case _:
            parent[step] = deepcopy(dice.choice(ODD_VALUES))


def changed_bytes(dice: Random, content: bytes, odd: tuple[bytes, ...] = ODD_BYTES) -> bytes:
    """The bytes, changed at one to four places."""
    found = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4))):
        start = dice.randrange(len(found) + 1)
        end = min(len(found), start + dice.choice((1, 1, 2, 10, 100)))
        match dice.choice(("flip", "flip", "odd", "odd", "cut", "drop", "twice", "swap")):
            case "flip" if start < len(found):
                found[start] ^= 1 << dice.randrange(8)
            case "cut":
                del found[start:]
            case "drop":
                del found[start:end]
            case "twice":
                found[start:start] = found[start:end] * dice.choice((1, 2, 50))
            case "swap":
                found[start:end] = bytes(reversed(found[start:end]))
            case _:
                found[start:start] = dice.choice(odd)
    return bytes(found)


def json_body(dice: Random, value: Any) -> bytes:
    """A body that is the JSON of a value, or almost."""
    kind = dice.randrange(10)
    if kind < 6:
        return write_json(changed_value(dice, value))
    if kind < 9:
        return changed_bytes(dice, write_json(value))
    return changed_bytes(dice, write_json(changed_value(dice, value)))
