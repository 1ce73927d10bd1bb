"""The messages of records that cannot be decoded, in the words of all other messages instead of msgspec's."""

import re
from collections.abc import Callable, Mapping
from typing import Final

_TYPES: Final[Mapping[str, str]] = {
    "str": "a string",
    "bool": "a boolean",
    "int": "an integer",
    "decimal": "a number",
    "object": "an object",
    "array": "an array",
    "null": "null",
    "date": "a date",
    "datetime": "a time",
    "time": "a time of day",
}
_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "str": ("character", "characters"),
    "array": ("item", "items"),
    "object": ("property", "properties"),
}
_BOUNDS: Final[Mapping[str, str]] = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_EXPECTED: Final = re.compile(r"Expected `(?P<types>[^`]+)`(?:, got `(?P<given>[^`]+)`)?(?P<rest>.*)", re.DOTALL)
# Each form of the rest, and its words; `types` are msgspec's names of the expected types.
_RESTS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], str]], ...]] = (
    (re.compile(r" matching regex (.+)", re.DOTALL), lambda found, _: f" that matches {found[1]}"),
    (
        re.compile(r" of length ([<>]=?) ([0-9]+)"),
        lambda found, types: f" of {_BOUNDS[found[1]]} {_word_length(found[2], types)}",
    ),
    (
        re.compile(r" of length ([0-9]+), got ([0-9]+)"),
        lambda found, types: f" of {_word_length(found[1], types)}, not {found[2]}",
    ),
    (re.compile(r" ([<>]=?) (-?[0-9.]+)"), lambda found, _: f" of {_BOUNDS[found[1]]} {found[2]}"),
    (re.compile(r" with a timezone component"), lambda *_: " with an offset"),
    (re.compile(r" with no timezone component"), lambda *_: " without an offset"),
)
_OTHERS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"Invalid enum value (.+)", re.DOTALL), r"unknown value \1"),
    (re.compile(r"Invalid RFC3339 encoded (date|datetime|time)"), r"it must be \1"),
    (re.compile(r"Invalid decimal string"), "it must be a number"),
    (re.compile(r"Object missing required field `(.+)`", re.DOTALL), r"the property '\1' is missing"),
    (re.compile(r"Object contains unknown field `(.+)`", re.DOTALL), r"unknown property '\1'"),
)


def reword(message: str) -> str:
    """Return a message of msgspec, without its path, in our words; one that is not known as it is."""
    found = _EXPECTED.fullmatch(message)
    if found is not None:
        rest = _word_rest(found["rest"], found["types"])
        if rest is not None:
            given = f", not {_join_types(found['given'])}" if found["given"] else ""
            return f"it must be {_join_types(found['types'])}{rest}{given}"
    for pattern, words in _OTHERS:
        if other := pattern.fullmatch(message):
            return re.sub("(?<=^it must be )[a-z]+$", lambda kind: _TYPES.get(kind[0], kind[0]), other.expand(words))
    return message


def _word_rest(rest: str, types: str) -> str | None:
    """Return our words for what follows the type; None if msgspec's are not known."""
    if not rest:
        return ""
    return next((write(found, types) for pattern, write in _RESTS if (found := pattern.fullmatch(rest))), None)


def _word_length(count: str, types: str) -> str:
    one, several = next((_UNITS[name] for name in types.split(" | ") if name in _UNITS), _UNITS["array"])
    return f"{count} {one if count == '1' else several}"


def _join_types(types: str) -> str:
    return " or ".join(_TYPES.get(name, name) for name in types.split(" | "))
