"""Values for schemas: documented examples where they are valid, made-up ones otherwise."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.patterns import make_text
from paysandbox.scaffold.schemas import COMPOSED

NOTHING: Final[Any] = object()
_DEPTH: Final = 5
_FORMATS: Final = {
    "date": ("2026-03-31",),
    "date-time": ("2026-03-31T12:00:00Z", "2026-03-31T12:00:00.000Z", "2026-03-31T12:00:00+00:00"),
    "uuid": ("5f0c9f8e-7d1b-4c3a-9a62-0d4f1c2b3e47",),
    "password": ("sandbox-secret",),
}


class Sampler:
    """Makes values for the schemas of a draft. `whole`: optional properties too."""

    def __init__(self, draft: Draft, *, whole: bool = True) -> None:
        self._draft = draft
        self._whole = whole

    def make(self, schema: Any, name: str = "value", depth: int = 0) -> Any:
        """Return a value for a schema, not always a valid one; `name` is the property's. NOTHING if it is too deep."""
        schema = self._draft.follow(schema)
        if not isinstance(schema, dict):
            return name
        if depth > _DEPTH:
            return NOTHING
        for value in _given_values(schema):
            if self._draft.is_valid(schema, value):
                return value
        return self._make_composed(schema, name, depth)

    def list_branches(self, schema: Any) -> list[tuple[str, Any]]:
        """Return the names and schemas of the alternatives of a schema; itself if it has none."""
        whole = self._draft.follow(schema)
        for keyword in ("oneOf", "anyOf"):
            if isinstance(whole, dict) and whole.get(keyword):
                return [
                    (str(part.get("$ref", "")).rpartition("/")[2] or part.get("title") or f"choice {index + 1}", part)
                    for index, part in enumerate(whole[keyword])
                    if isinstance(part, dict)
                ]
        return [("example", schema)]

    def _make_composed(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        parts = [self._draft.follow(schema[keyword][0]) for keyword in ("oneOf", "anyOf") if schema.get(keyword)]
        parts += [self._draft.follow(part) for part in schema.get("allOf", [])]
        own = {key: value for key, value in schema.items() if key not in COMPOSED}
        if not parts:
            return self._make_plain(schema, name, depth)
        if "properties" in own and not any("properties" in part for part in parts if isinstance(part, dict)):
            # The alternatives say which properties go together, so others are left out.
            needed = [name for part in parts if isinstance(part, dict) for name in part.get("required", [])]
            chosen = {**own, "required": [*own.get("required", []), *needed]}
            return Sampler(self._draft, whole=False).make(chosen, name, depth)
        values = [self.make(part, name, depth + 1) for part in parts]
        if "properties" in own or all(isinstance(value, dict) for value in values):
            found = self._make_object(own, depth) if "properties" in own else {}
            for value in values:
                found.update(value if isinstance(value, dict) else {})
            return found
        return values[0]

    def _make_plain(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        types = schema.get("type")
        kind = types if isinstance(types, str) else next((one for one in types or () if one != "null"), None)
        if kind == "object" or (kind is None and "properties" in schema):
            return self._make_object(schema, depth)
        if kind == "array":
            return self._make_array(schema, name, depth)
        if kind in {"integer", "number"}:
            return _make_number(schema, whole=kind == "integer")
        if kind == "boolean":
            return False
        return None if kind == "null" or types == ["null"] else _make_string(schema, name)

    def _make_object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        found: dict[str, Any] = {}
        for name, inner in schema.get("properties", {}).items():
            whole = self._draft.follow(inner)
            is_read_only = any(isinstance(node, dict) and node.get("readOnly") for node in (inner, whole))
            if name in required or (self._whole and not is_read_only and depth < _DEPTH - 1):
                value = self.make(inner, name, depth + 1)
                if value is not NOTHING:
                    found[name] = value
        for name in required:
            found.setdefault(name, name)
        return found

    def _make_array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        least = max(schema.get("minItems", 0), 1 if self._whole else 0)
        items = [self.make(schema.get("items", {}), name, depth + 1) for _ in range(min(least, 20))]
        return [item for item in items if item is not NOTHING][: schema.get("maxItems")]


def _given_values(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield the values that a schema itself names."""
    yield from schema.get("examples", [])
    for keyword in ("const", "default"):
        if keyword in schema:
            yield schema[keyword]
    yield from (value for value in schema.get("enum", []) if value is not None)


def _make_string(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") in _FORMATS:
        texts = _FORMATS[schema["format"]]
        return next((text for text in texts if re.search(schema.get("pattern", ""), text)), texts[0])
    text = make_text(schema["pattern"]) if "pattern" in schema else name.replace("_", " ")
    text = name if text is None else text
    if "pattern" not in schema:
        text = text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]
    return text


def _make_number(schema: dict[str, Any], *, whole: bool) -> Any:
    step = schema.get("multipleOf", 1 if whole else Decimal("0.01"))
    least = schema.get("minimum", schema.get("exclusiveMinimum", 1))
    number = max(Decimal(1), Decimal(least)) if "maximum" not in schema else Decimal(least)
    if number % Decimal(step):
        number += Decimal(step) - number % Decimal(step)
    if number == schema.get("exclusiveMinimum"):
        number += Decimal(step)
    return int(number) if number == number.to_integral_value() else number
