"""What a schema asks of a value beside its type, in words that need no knowledge of JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.core.exact_json import write_json

_BOUNDS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
    "format": "format",
    "pattern": "pattern",
    "contentMediaType": "holds",
}
_COUNTS: Final = {"length": "Length", "items": "Items", "properties": "Properties"}
_DEMANDS: Final = {"oneOf": "exactly one of", "anyOf": "at least one of"}
_CONDITIONS: Final = {"then": "if", "else": "if not"}


def limits(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each limit as a word and a value: `at least`, `0`."""
    for keyword, word in _BOUNDS.items():
        if keyword in schema:
            yield word, text_of(schema[keyword])
    yield from _counts(schema)
    for keyword, word in _DEMANDS.items():
        if names := demanded(schema, keyword):
            yield word, ", ".join(names)
    for name, names in schema.get("dependentRequired", {}).items():
        yield f"{name} needs", ", ".join(names)
    for keyword, word in _CONDITIONS.items():
        if keyword in schema:
            yield f"{word} ({_told(schema['if'])})", _told(schema[keyword])


def demanded(schema: Mapping[str, Any], keyword: str) -> list[str]:
    """The names among which each branch demands some, where that is all that the branches are there for."""
    branches = schema.get(keyword, [])
    known = schema.get("properties", {})
    alone = all(
        isinstance(one, dict)
        and "required" in one
        and not one.keys() - {"required", "title", "properties"}
        and one.get("properties", {}).keys() <= known.keys()
        for one in branches
    )
    return [" with ".join(one["required"]) for one in branches] if alone else []


def text_of(value: Any) -> str:
    """A value of a contract as people read it: text without quotation marks."""
    return value if isinstance(value, str) else write_json(value).decode()


def _counts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for word, suffix in _COUNTS.items():
        least, most = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
        if least is not None and most is not None:
            yield word, f"{least} to {most}" if least != most else str(least)
        elif least is not None or most is not None:
            yield word, f"at least {least}" if most is None else f"at most {most}"
    if schema.get("uniqueItems"):
        yield "items", "all different"


def _told(schema: Mapping[str, Any]) -> str:
    """The limits of a schema in one line."""
    return "; ".join(f"{word} {value}" for word, value in limits(schema))
