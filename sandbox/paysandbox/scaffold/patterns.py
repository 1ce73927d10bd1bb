"""Texts for regular expressions, and patterns in the form that all validators read alike."""

import re
from re import _constants, _parser
from typing import Any, Final

_CLASSES: Final = {r"\d": "0-9", r"\w": "A-Za-z0-9_", r"\h": "0-9a-fA-F"}
_CATEGORIES: Final = {
    _constants.CATEGORY_DIGIT: "7",
    _constants.CATEGORY_WORD: "a",
    _constants.CATEGORY_SPACE: " ",
    _constants.CATEGORY_NOT_DIGIT: "a",
    _constants.CATEGORY_NOT_SPACE: "a",
    _constants.CATEGORY_NOT_WORD: "-",
}


def normalize_pattern(pattern: str) -> str | None:
    r"""Return a pattern with ASCII classes instead of `\d` and `\w`; None if it cannot be read."""
    found, is_class, position = [], False, 0
    while position < len(pattern):
        step = pattern[position : position + 2] if pattern[position] == "\\" else pattern[position]
        position += len(step)
        if step == "[":
            is_class = True
        elif step == "]":
            is_class = False
        if step in _CLASSES:
            step = _CLASSES[step] if is_class else f"[{_CLASSES[step]}]"
        found.append(step)
    whole = "".join(found)
    try:
        re.compile(whole)
    except re.error:
        return None
    return whole


def make_text(pattern: str) -> str | None:
    """Return a short text that matches a pattern; None if none was found."""
    try:
        text = _make(_parser.parse(pattern))  # the parser has no public name
    except (re.error, NotImplementedError, OverflowError):
        return None
    return text if re.search(pattern, text) else None


def _make(parsed: Any) -> str:
    return "".join(_make_one(kind, value) for kind, value in parsed)


def _make_one(kind: Any, value: Any) -> str:
    if kind is _constants.LITERAL:
        return chr(value)
    if kind is _constants.IN:
        return _choose(value)
    if kind in {_constants.ANY, _constants.NOT_LITERAL}:
        return "b" if value == ord("a") else "a"
    if kind in {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}:
        least, most, inner = value
        return _make(inner) * int(least or min(1, most))
    if kind is _constants.SUBPATTERN:
        return _make(value[3])
    if kind is _constants.BRANCH:
        return _make(value[1][0])
    if kind in {_constants.AT, _constants.ASSERT_NOT}:
        return ""
    raise NotImplementedError


def _choose(members: Any) -> str:
    """Return a character of a class, preferring letters and digits."""
    if members[0][0] is _constants.NEGATE:
        return next(char for char in "a0-_ ." if not any(_holds(member, char) for member in members[1:]))
    kind, value = members[0]
    if kind is _constants.RANGE:
        return chr(value[0])
    return _CATEGORIES[value] if kind is _constants.CATEGORY else chr(value)


def _holds(member: Any, char: str) -> bool:
    kind, value = member
    if kind is _constants.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return kind is _constants.LITERAL and value == ord(char)
