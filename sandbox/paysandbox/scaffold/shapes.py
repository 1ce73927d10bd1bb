"""Shapes of schemas: what wraps a record, where a list is, which properties an object has."""

from typing import Any, Final

from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.schemas import COMPOSED

ANNOTATIONS: Final = ("description", "title", "examples", "default", "deprecated", "readOnly", "writeOnly")
_LISTS: Final = ("data", "items", "results", "records", "content", "values")
_DEPTH: Final = 10


def unwrap(draft: Draft, schema: Any) -> tuple[str | None, Any]:
    """Return the only property of an object that wraps another object, with the inner schema; None if it wraps none."""
    whole = draft.follow(schema)
    properties = whole.get("properties", {}) if isinstance(whole, dict) else {}
    inner = {name: draft.follow(below) for name, below in properties.items()}
    if len(inner) == 1:
        name, below = next(iter(inner.items()))
        if isinstance(below, dict) and (below.get("properties") or any(part in below for part in COMPOSED)):
            return name, properties[name]
    return None, schema


def find_list(draft: Draft, schema: Any) -> tuple[str | None, Any] | None:
    """Return the property of a reply that holds the records of a list (None: the reply itself), and their schema."""
    whole = draft.follow(schema)
    if not isinstance(whole, dict):
        return None
    if whole.get("type") == "array":
        return None, whole.get("items", {})
    lists = {
        name: draft.follow(below).get("items", {})
        for name, below in whole.get("properties", {}).items()
        if isinstance(draft.follow(below), dict) and draft.follow(below).get("type") == "array"
    }
    if not lists:
        return None
    name = next((name for name in _LISTS if name in lists), next(iter(lists)))
    return name, lists[name]


def collect_properties(draft: Draft, schema: Any, depth: int = 0) -> tuple[dict[str, Any], set[str]]:
    """Return the properties of an object, those of all its alternatives, and which of them it always has."""
    whole = draft.follow(schema)
    if not isinstance(whole, dict) or depth > _DEPTH:
        return {}, set()
    properties, required = dict(whole.get("properties", {})), set(whole.get("required", []))
    for part in whole.get("allOf", []):
        inner, needed = collect_properties(draft, part, depth + 1)
        properties, required = inner | properties, required | needed
    for keyword in ("oneOf", "anyOf"):
        branches = [collect_properties(draft, part, depth + 1) for part in whole.get(keyword, [])]
        for inner, _ in branches:
            properties = merge_properties(draft, properties, inner)
        if branches:
            required |= set.intersection(*(needed for _, needed in branches))
    return properties, required & properties.keys()


def merge_properties(draft: Draft, known: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Return both sets of properties; what two of them say differently becomes an alternative."""
    found = dict(known)
    for name, schema in added.items():
        if name not in found:
            found[name] = schema
        elif not is_same(draft, found[name], schema):
            found[name] = {"anyOf": [found[name], schema]}
    return found


def is_same(draft: Draft, one: Any, other: Any) -> bool:
    """Tell whether two schemas allow the same values, as far as their text says it."""
    return bool(_strip(draft, one) == _strip(draft, other))


def _strip(draft: Draft, schema: Any) -> Any:
    whole = draft.follow(schema)
    return {key: value for key, value in whole.items() if key not in ANNOTATIONS} if isinstance(whole, dict) else whole


def get_kind(draft: Draft, schema: Any) -> str | None:
    """Return the JSON type of a schema, null apart; None if there are several or none."""
    whole = draft.follow(schema)
    types = whole.get("type") if isinstance(whole, dict) else None
    kinds = [types] if isinstance(types, str) else [kind for kind in types or () if kind != "null"]
    return kinds[0] if len(kinds) == 1 else None
