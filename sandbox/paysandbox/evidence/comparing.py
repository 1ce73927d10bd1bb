"""Compare a recorded reply with ours: shape, types, order of properties, amounts, and states."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from paysandbox.control.masking import MASK
from paysandbox.core.json_types import name_type

_AMOUNT: Final = re.compile(
    r"amount|total|tax(?:es)?(?:$|_)|sum$|balance|price|paid|debt|discount|quantity|rate$|credit|value$", re.IGNORECASE
)

_STATE: Final = re.compile(r"(?:^|_)(?:status|state|type)$|(?:Status|State|Type)$")
_OURS_LACKS: Final = "the vendor's reply has the property, ours lacks it"
_THEIRS_LACKS: Final = "our reply has the property, the vendor's lacks it"


class Mismatch(NamedTuple):
    """The first difference of two replies: its kind, its JSON pointer, and a sentence."""

    kind: str
    pointer: str
    message: str


def find_mismatch(recorded: Any, ours: Any, *, is_made: bool) -> Mismatch | None:
    """Return the first difference of two JSON values, None if they agree.

    Null agrees with anything, because a property that may be null need not be so in our records. `is_made` if both tell
    of what the recording itself has made: then amounts and states are compared, and each property that one of them
    lacks. Else a property of items counts that all items of one have, and none of the other.
    """
    for kind, look in (
        ("shape", _find_shape if is_made else _find_general_shape),
        ("type", _find_type),
        ("order", _find_order),
    ):
        found = next(look(recorded, ours, ""), None)
        if found is not None:
            return Mismatch(kind, *found)
    for kind, read in (("amount", _read_amount), ("state", _read_state)) if is_made else ():
        found = next(_find_value(recorded, ours, read, ""), None)
        if found is not None:
            return Mismatch(kind, *found)
    return None


_Found = Iterator[tuple[str, str]]


def _walk(recorded: Any, ours: Any, pointer: str) -> Iterator[tuple[Any, Any, str, str]]:
    """The pairs of values one level below, with the name of the property and the pointer."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for name in recorded:
            if name in ours:
                yield recorded[name], ours[name], name, f"{pointer}/{name}"
    elif isinstance(recorded, list) and isinstance(ours, list):
        for number, (one, other) in enumerate(zip(recorded, ours, strict=False)):
            yield one, other, "", f"{pointer}/{number}"


def _find_shape(recorded: Any, ours: Any, pointer: str) -> _Found:
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for name in recorded:
            if name not in ours:
                yield f"{pointer}/{name}", _OURS_LACKS
        for name in ours:
            if name not in recorded:
                yield f"{pointer}/{name}", _THEIRS_LACKS
    for one, other, _, at in _walk(recorded, ours, pointer):
        yield from _find_shape(one, other, at)


def _find_general_shape(recorded: Any, ours: Any, pointer: str) -> _Found:
    if isinstance(recorded, list) and isinstance(ours, list):
        theirs, own = ([one for one in items if isinstance(one, dict)] for items in (recorded, ours))
        if theirs and own:
            yield from _tell_lacking(_in_all(theirs) - _in_any(own), f"{pointer}/*", _OURS_LACKS)
            yield from _tell_lacking(_in_all(own) - _in_any(theirs), f"{pointer}/*", _THEIRS_LACKS)
            # One of each stands for the others, with the properties that both kinds of items have.
            common = _in_any(theirs) & _in_any(own)
            yield from _find_below(_merge(theirs, common), _merge(own, common), f"{pointer}/*")
    else:
        yield from _find_below(recorded, ours, pointer)


def _find_below(recorded: Any, ours: Any, pointer: str) -> _Found:
    """Differences of an object that is no item, and of what is below it."""
    if isinstance(recorded, dict) and isinstance(ours, dict) and not pointer.endswith("/*"):
        yield from _tell_lacking(recorded.keys() - ours.keys(), pointer, _OURS_LACKS)
        yield from _tell_lacking(ours.keys() - recorded.keys(), pointer, _THEIRS_LACKS)
    for one, other, _, at in _walk(recorded, ours, pointer):
        if isinstance(one, list) or not pointer.count("/*"):
            yield from _find_general_shape(one, other, at)


def _tell_lacking(names: set[str], pointer: str, message: str) -> _Found:
    yield from ((f"{pointer}/{name}", message) for name in sorted(names))


def _in_all(items: list[dict[str, Any]]) -> set[str]:
    return set.intersection(*map(set, items))


def _in_any(items: list[dict[str, Any]]) -> set[str]:
    return set().union(*items)


def _merge(items: list[dict[str, Any]], names: set[str]) -> dict[str, Any]:
    """One object with a value for each name, of the first item that has one."""
    return {name: next((item[name] for item in items if item.get(name) is not None), None) for name in sorted(names)}


def _find_type(recorded: Any, ours: Any, pointer: str) -> _Found:
    names = _name_type(recorded), _name_type(ours)
    if "null" not in names and names[0] != names[1]:
        yield pointer, f"the vendor's type is {names[0]}, ours is {names[1]}"
    for one, other, _, at in _walk(recorded, ours, pointer):
        yield from _find_type(one, other, at)


def _find_order(recorded: Any, ours: Any, pointer: str) -> _Found:
    if isinstance(recorded, dict) and isinstance(ours, dict):
        theirs, own = [name for name in recorded if name in ours], [name for name in ours if name in recorded]
        if theirs != own:
            first, second = next((one, other) for one, other in zip(theirs, own, strict=True) if one != other)
            yield pointer, f"the vendor has {first!r} where ours has {second!r}"
    for one, other, _, at in _walk(recorded, ours, pointer):
        yield from _find_order(one, other, at)


def _find_value(recorded: Any, ours: Any, read: Callable[[str, Any], Any], pointer: str) -> _Found:
    """Values that differ, of the properties that `read` reads; None is what it does not."""
    for one, other, name, at in _walk(recorded, ours, pointer):
        values = read(name, one), read(name, other)
        if None not in values and values[0] != values[1]:
            yield at, f"the vendor has {values[0]}, ours is {values[1]}"
        yield from _find_value(one, other, read, at)


def _name_type(value: Any) -> str:
    return "null" if value == MASK else name_type(value, whole=False)


def _read_amount(name: str, value: Any) -> Decimal | None:
    if not _AMOUNT.search(name) or isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _read_state(name: str, value: Any) -> str | None:
    return value if _STATE.search(name) and isinstance(value, str) and value != MASK else None
