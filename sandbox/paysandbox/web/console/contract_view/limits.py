"""The limits of a schema in words that need no knowledge of JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

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


def list_limits(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each limit as a word and a value: `at least`, `0`."""
    for keyword, word in _BOUNDS.items():
        if keyword in schema:
            yield word, format_value(schema[keyword])
    yield from _list_counts(schema)
    for keyword, word in _DEMANDS.items():
        if names := list_alternatives(schema, keyword):
            yield word, ", ".join(names)
    for name, names in schema.get("dependentRequired", {}).items():
        yield f"{name} needs", ", ".join(names)
    if "if" in schema:
        yield f"if {_describe_condition(schema['if'])}:", _describe_condition(schema.get("then", {}))
        if "else" in schema:
            yield "otherwise:", _describe_condition(schema["else"])
    if "allowEmptyValue" in schema:
        yield "empty:", "as good as not given"
    if isinstance(schema.get("propertyNames"), dict):
        yield "names of properties:", _describe_condition(schema["propertyNames"])


def list_alternatives(schema: Mapping[str, Any], keyword: str) -> list[str]:
    """List the properties that each branch requires, if the branches say nothing else."""
    branches = schema.get(keyword, [])
    known = schema.get("properties", {})
    alone = all(
        isinstance(branch, dict)
        and "required" in branch
        and not branch.keys() - {"required", "title", "properties"}
        and branch.get("properties", {}).keys() <= known.keys()
        for branch in branches
    )
    return [" with ".join(branch["required"]) for branch in branches] if alone else []


def format_value(value: Any) -> str:
    """Format a value of a contract: a string without quotation marks, all else as JSON."""
    return value if isinstance(value, str) else write_json(value).decode()


def _list_counts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for word, suffix in _COUNTS.items():
        least, most = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
        if least is not None and most is not None:
            yield word, f"{least} to {most}" if least != most else str(least)
        elif least is not None or most is not None:
            yield word, f"at least {least}" if most is None else f"at most {most}"
    if schema.get("uniqueItems"):
        yield "items", "all different"


def _describe_condition(schema: Mapping[str, Any]) -> str:
    """Describe a schema that is a condition: what it asks of properties, and its limits."""
    properties = {name: below for name, below in schema.get("properties", {}).items() if isinstance(below, dict)}
    parts = [f"{name} is given" for name in schema.get("required", ()) if name not in properties]
    for name, below in properties.items():
        values = [below["const"]] if "const" in below else below.get("enum", [])
        parts.append(f"{name} is {' or '.join(map(format_value, values))}" if values else f"{name} is given")
    if "not" in schema:
        names = list_alternatives(schema["not"], "anyOf")
        parts.append(f"none of {', '.join(names)}" if names else f"not {_describe_condition(schema['not'])}")
    parts += [f"{word} {value}" for word, value in list_limits(schema)]
    return " and ".join(parts)


def format_json(value: Any) -> str:
    """Format a JSON value in lines; numbers keep their digits."""
    return msgspec.json.format(write_json(value), indent=2).decode()
