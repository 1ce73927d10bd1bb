"""The limits of a schema in words that need no knowledge of JSON Schema."""

from collections.abc import Callable, Iterator, Mapping
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
_LONG: Final = 60  # characters of a pattern
Follow = Callable[[Any], Any]

_COUNTS: Final = {"length": "Length", "items": "Items", "properties": "Properties"}
_DEMANDS: Final = {"oneOf": "exactly one of", "anyOf": "at least one of"}


def list_limits(schema: Mapping[str, Any], follow: Follow) -> Iterator[tuple[str, str]]:
    """Yield each limit as a word and a value: `at least`, `0`. `follow` returns the end of a node's references."""
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
        yield from _list_branches(schema, follow)
    if "allowEmptyValue" in schema:
        yield "empty:", "as good as not given"
    if isinstance(schema.get("propertyNames"), dict):
        yield "names of properties:", " and ".join(_list_conditions(schema["propertyNames"], follow))


def _list_branches(schema: Mapping[str, Any], follow: Follow) -> Iterator[tuple[str, str]]:
    """Yield what holds under a condition and without it; what both branches say is said once, without the condition."""
    condition = " and ".join(_list_conditions(schema["if"], follow))
    then, otherwise = (_list_conditions(schema.get(name, {}), follow) for name in ("then", "else"))
    if both := [part for part in then if part in otherwise]:
        yield "always:", " and ".join(both)
    then, otherwise = ([part for part in parts if part not in both] for parts in (then, otherwise))
    if then:
        yield f"if {condition}:", " and ".join(then)
    if otherwise:
        yield "otherwise:" if then else f"unless {condition}:", " and ".join(otherwise)


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


def _list_conditions(written: Any, follow: Follow) -> list[str]:
    """List what a condition asks of properties, and its limits."""
    schema = follow(written)
    if not isinstance(schema, dict):
        return []
    required, properties = schema.get("required", ()), schema.get("properties", {})
    parts = [f"{name} is given" for name in required if name not in properties]
    for name, below in properties.items():
        parts += _list_demands(name, follow(below), follow, is_required=name in required)
    if "not" in schema:
        names = list_alternatives(schema["not"], "anyOf")
        denied = " and ".join(_list_conditions(schema["not"], follow))
        parts.append(f"none of {', '.join(names)}" if names else f"not {denied}")
    return [*parts, *_list_short_limits(schema, follow)]


def _list_demands(name: str, schema: Any, follow: Follow, *, is_required: bool) -> list[str]:
    """List what a condition asks of one property: to be one of some values, to be given, or to keep limits."""
    if not isinstance(schema, dict):
        return []
    if values := [schema["const"]] if "const" in schema else schema.get("enum", []):
        return [f"{name} is {' or '.join(map(format_value, values))}"]
    if is_required:
        return [f"{name} is given"]
    inner = [f"{part} in each of {name}" for part in _list_conditions(schema.get("items", {}), follow)]
    limits = [f"{name} is {limit}" for limit in _list_short_limits(schema, follow)]
    return limits + inner or [f"{name} is given"]


def _list_short_limits(schema: Mapping[str, Any], follow: Follow) -> Iterator[str]:
    """Yield the limits of a schema, with an example in place of a pattern that is too long to be read."""
    for word, value in list_limits(schema, follow):
        if word != "pattern" or len(value) <= _LONG:
            yield f"{word} {value}"
        elif examples := [example for example in schema.get("examples", []) if example]:
            yield f"like {format_value(examples[0])}"


def format_json(value: Any) -> str:
    """Format a JSON value in lines; numbers keep their digits."""
    return msgspec.json.format(write_json(value), indent=2).decode()
