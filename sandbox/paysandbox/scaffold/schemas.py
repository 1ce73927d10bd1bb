"""Takes the schemas of an OpenAPI document over into the dialect of the contracts."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.scaffold.notes import Notes
from paysandbox.scaffold.patterns import normalize_pattern
from paysandbox.scaffold.source import Place, Source

COMPONENT: Final = "#/components/schemas/"
COMPOSED: Final = ("allOf", "anyOf", "oneOf")
_COMPONENT_DEPTH: Final = 3  # steps of a reference to a component
_TYPES: Final = ("null", "boolean", "object", "array", "number", "string", "integer")
# Formats that two independent validators read alike; others are left out, because `check` compares the two.
_FORMATS: Final = ("date", "date-time", "uuid", "password")
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_INNER: Final = ("not", "if", "then", "else", "propertyNames", "unevaluatedProperties", "additionalProperties", "items")
_MAPS: Final = ("properties", "patternProperties")
_FLAGS: Final = ("uniqueItems", "deprecated", "readOnly", "writeOnly")
_TEXTS: Final = ("title", "description")
_KEPT: Final = ("const", "default", "dependentRequired", "contentMediaType")
_PLAIN: Final = {"type", "properties", "required", "additionalProperties", *_TEXTS, "examples", "deprecated"}


def _keep(value: Any) -> Any:
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


# Keywords that are kept where their value has the right form; what it is turned into before, where it is.
_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(_COUNTS, lambda value: str(value).isdigit()),
    **dict.fromkeys(_FLAGS, lambda value: isinstance(value, bool)),
    **dict.fromkeys(_TEXTS, _is_text),
    **dict.fromkeys(_KEPT, lambda _: True),
    "required": lambda value: isinstance(value, list) and bool(value),
}
_TIDY: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_COUNTS, int),
    "required": lambda value: list(dict.fromkeys(map(str, value))),
}


class SchemaConverter:
    """Converts schemas; what the dialect lacks is left out and noted."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self._source = source
        self._notes = notes
        self._within: list[int] = []

    def convert_components(self) -> dict[str, Any]:
        """Convert all schemas of the components."""
        place: Place = ("components", "schemas")
        components = self._source.expect(self._source.document.get("components") or {}, place[:1])
        schemas = self._source.expect(components.get("schemas") or {}, place)
        return {name: self.convert_object(schema, (*place, name)) for name, schema in schemas.items()}

    def convert_object(self, node: Any, place: Place) -> dict[str, Any]:
        """Convert a schema where the dialect takes an object only."""
        found = self.convert(node, place)
        if isinstance(found, dict):
            return found
        return {} if found else {"not": {}}

    def convert(self, node: Any, place: Place) -> Any:
        """Convert a schema, references to components kept."""
        if isinstance(node, bool):
            return node
        self._source.expect(node, place)
        if isinstance(node.get("$ref"), str):
            return self._convert_reference(node, place)
        if id(node) in self._within:
            raise self._source.error(place, "this schema contains itself without a name in components/schemas")
        self._within.append(id(node))
        found: dict[str, Any] = {}
        for keyword, value in node.items():
            found.update(self._convert_keyword(node, keyword, value, place))
        self._within.pop()
        return _make_nullable(found) if node.get("nullable") is True else found

    def _convert_reference(self, node: dict[str, Any], place: Place) -> Any:
        target = self._source.follow(node, place)
        reference = node["$ref"]
        if not reference.startswith(COMPONENT) or len(split_reference(reference)) != _COMPONENT_DEPTH:
            return self.convert(target, place)
        found: dict[str, Any] = {"$ref": reference}
        beside = {name: value for name, value in node.items() if name != "$ref"}
        if self._source.is_older:  # where what stands beside a reference does not count
            beside = {name: value for name, value in beside.items() if name == "description"}
        for keyword, value in beside.items():
            found.update(self._convert_keyword(node, keyword, value, place))
        return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found

    def _convert_keyword(self, node: dict[str, Any], keyword: str, value: Any, place: Place) -> dict[str, Any]:
        below = (*place, keyword)
        if keyword in _MAPS:
            properties = self._source.expect(value, below)
            return {keyword: {name: self.convert(inner, (*below, name)) for name, inner in properties.items()}}
        if keyword in COMPOSED:
            parts = self._source.expect(value, below, list)
            return {keyword: [self.convert(part, (*below, index)) for index, part in enumerate(parts)]} if parts else {}
        if keyword in _INNER:
            if value == []:
                return {}
            return {keyword: self.convert(value[0] if isinstance(value, list) else value, below)}
        if keyword in _NUMBERS:
            return self._convert_bound(node, keyword, value)
        if keyword in _CHECKS:
            is_right = _CHECKS[keyword](value)
            return {keyword: _TIDY.get(keyword, _keep)(value)} if is_right else {}
        return self._convert_text_keyword(node, keyword, value, place)

    def _convert_bound(self, node: dict[str, Any], keyword: str, value: Any) -> dict[str, Any]:
        """Convert a bound of numbers; OpenAPI 3.0 has flags for exclusive ones."""
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return {}
        flag = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}.get(keyword)
        if flag is not None and node.get(flag) is True:
            return {flag: value}
        return {keyword: value}

    def _convert_text_keyword(self, node: dict[str, Any], keyword: str, value: Any, place: Place) -> dict[str, Any]:
        shown = ".".join(map(str, place[-2:]))
        if keyword == "type":
            types = [name for name in (value if isinstance(value, list) else [value]) if name in _TYPES]
            return {"type": types if isinstance(value, list) else types[0]} if types else {}
        if keyword == "enum" and isinstance(value, list) and value:
            of_text = node.get("type") == "string"
            choices = [str(choice) if of_text and choice is not None else choice for choice in value]
            return {"enum": [choice for index, choice in enumerate(choices) if choice not in choices[:index]]}
        if keyword == "example":
            return {"examples": [value]} if value is not None else {}
        if keyword == "examples":
            values = list(value.values()) if isinstance(value, dict) else value
            return {"examples": values} if values else {}
        if keyword == "format":
            if value in _FORMATS:
                return {"format": value}
            self._notes.add(f"The format {value} is not checked", shown)
            return {}
        if keyword == "pattern":
            pattern = normalize_pattern(str(value))
            if pattern is not None and _compiles(pattern):
                return {"pattern": pattern}
            self._notes.add("A pattern that cannot be read was left out", shown)
            return {}
        if keyword not in {"nullable", "$ref"} and not keyword.startswith("x-"):
            self._notes.add(f"The keyword {keyword} was left out", shown)
        return {}


def _compiles(pattern: str) -> bool:
    """Tell whether the validator of calls reads a pattern, whose dialect is not quite Python's."""
    try:
        Schemas({"pattern": {"pattern": pattern}}).compile(("pattern",))
    except ValueError:
        return False
    return True


def _make_nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also takes null, as JSON Schema says it."""
    if "type" not in schema:
        return schema if not any(name in schema for name in COMPOSED) else {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = {**schema, "type": [*types, *(["null"] if "null" not in types else [])]}
    if "enum" in found and None not in found["enum"]:
        found["enum"] = [*found["enum"], None]
    return found


class Closer:
    """Merges `allOf` of plain objects into one object, and closes objects, so that a misspelt property is refused."""

    def __init__(self, components: dict[str, Any]) -> None:
        self._components = components
        self._open: set[int] = set()
        self._merging: list[str] = []

    def close_all(self, roots: list[dict[str, Any]]) -> None:
        """Change the components and these schemas in place."""
        every = [*self._components.values(), *roots]
        for root in every:
            for schema in list(walk_schemas(root)):
                self._merge(schema)
        for root in every:
            for schema in walk_schemas(root):
                self._mark_open(schema)
        for root in every:
            for schema in walk_schemas(root):
                if self._is_closable(schema):
                    schema["additionalProperties"] = False

    def follow(self, schema: Any) -> Any:
        """Return a schema, or the component that it refers to."""
        while isinstance(schema, dict) and str(schema.get("$ref", "")).startswith(COMPONENT):
            schema = self._components.get(schema["$ref"].removeprefix(COMPONENT), {})
        return schema

    def _merge(self, schema: dict[str, Any]) -> None:
        if "allOf" not in schema or not set(schema) <= {"allOf", *_PLAIN}:
            return
        parts = [self._plain_part(part) for part in schema["allOf"]]
        if not all(part is not None for part in parts):
            return
        own = {name: value for name, value in schema.items() if name != "allOf"}
        properties: dict[str, Any] = {}
        required: list[str] = []
        for part in [*parts, own]:
            for name, value in (part or {}).get("properties", {}).items():
                known = properties.get(name)
                properties[name] = value if known in (None, value) else {"allOf": [known, value]}
            required += (part or {}).get("required", [])
        texts: dict[str, Any] = {name: own[name] for name in (*_TEXTS, "examples") if name in own}
        schema.clear()
        schema |= {**texts, "type": "object", "properties": properties}
        if required:
            schema["required"] = list(dict.fromkeys(required))

    def _plain_part(self, part: Any) -> dict[str, Any] | None:
        """Return a part of an `allOf` if it is a plain object; None if it is not."""
        reference = part.get("$ref") if isinstance(part, dict) else None
        if reference in self._merging:
            return None
        target = self.follow(part)
        if not isinstance(target, dict):
            return None
        if "allOf" in target:
            self._merging.append(str(reference))
            self._merge(target)
            self._merging.pop()
        is_plain = set(target) <= _PLAIN and target.get("type", "object") == "object"
        return target if is_plain and target.get("additionalProperties", True) is True else None

    def _mark_open(self, schema: dict[str, Any]) -> None:
        """Mark the parts of a schema that other parts add properties to."""
        parts = [self.follow(part) for name in COMPOSED for part in schema.get(name, [])]
        shared = "properties" in schema or "allOf" in schema or sum(name in schema for name in COMPOSED) > 1
        if shared and any("properties" in part for part in parts if isinstance(part, dict)):
            self._open |= {id(schema), *map(id, parts)}
        if "$ref" in schema and ("properties" in schema or "allOf" in schema):
            self._open |= {id(schema), id(self.follow(schema))}

    def _is_closable(self, schema: dict[str, Any]) -> bool:
        beyond = {"additionalProperties", "unevaluatedProperties", "patternProperties", "$ref"}
        return bool(schema.get("properties")) and not beyond & schema.keys() and id(schema) not in self._open


def walk_schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and the schemas inside of it, references not followed."""
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword in _MAPS:
        for inner in list(schema.get(keyword, {}).values()):
            yield from walk_schemas(inner)
    for keyword in COMPOSED:
        for inner in list(schema.get(keyword, [])):
            yield from walk_schemas(inner)
    for keyword in _INNER:
        yield from walk_schemas(schema.get(keyword))
