"""A JSON Schema as a tree of values for readers: type, limits, values and provenance of each."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.provenance import ASSUMED_KEYWORDS
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.web.console.contract_view.limits import format_value, list_alternatives, list_limits

PROPERTY: Final = "property"
ITEM: Final = "item"
OTHERS: Final = "others"
FORM: Final = "form"
ALSO: Final = "also"
BODY: Final = "body"
_PARTS: Final = frozenset([ITEM, OTHERS, FORM, ALSO, BODY])

_KINDS: Final[Sequence[tuple[type, str]]] = (
    (bool, "boolean"),
    (str, "string"),
    (int, "integer"),
    (dict, "object"),
    (list, "array"),
    (type(None), "null"),
)
_CONTAINERS: Final = ("properties", "items", "oneOf", "anyOf", "allOf", "additionalProperties")
_DEEPEST: Final = 20
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")


class Value(Struct, frozen=True):
    """A value that a contract describes, and what is inside of it.

    `kind` is `PROPERTY`, the place of a parameter (`path`, `query`, `header`), or, for a part without a name on the
    wire, `ITEM` of an array, `OTHERS` for properties of any name, `FORM` among several, `ALSO` for one of several
    schemas that hold together, `BODY`. `schema` names the component that it refers to, if that has properties.
    `limits` are pairs of a word and a value; `values` lists all allowed values, empty if any is. `source` is None where
    the source of the value around it counts; `value_provenance` is that of the schema it refers to, where it differs
    from that of its use; `assumed` are the keywords that the source does not document.
    """

    name: str
    kind: str
    schema: str
    anchor: str
    types: str
    required: bool
    says: str | None
    limits: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    default: str | None
    example: str | None
    provenance: str
    value_provenance: str
    source: Evidence | None
    assumed: tuple[str, ...]
    inside: tuple["Value", ...]

    @property
    def is_part(self) -> bool:
        """Whether it has no name on the wire."""
        return self.kind in _PARTS


class Anchors:
    """The anchors of one page, each given once: a unit of the contract with dashes for spaces."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def new(self, unit: str) -> str:
        """Make the anchor of a unit; a repeated one, in another form of a value, gets a number."""
        wanted = make_anchor(unit)
        count = self._given[wanted] = self._given.get(wanted, 0) + 1
        return wanted if count == 1 else f"{wanted}-{count}"


def make_anchor(unit: str) -> str:
    """Make the anchor of a unit: `createPayment 404` is at `createPayment-404`."""
    return "-".join(_UNSAFE.sub("_", word) for word in unit.split(" "))


def make_rule_anchor(operation: str | None, rule: str) -> str:
    """Make the anchor of a rule below its operation."""
    return make_anchor(f"{operation} rule {rule}")


class Tree:
    """Reads the schemas of one document. A schema that contains itself is read once."""

    def __init__(self, schemas: Schemas, anchors: Anchors) -> None:
        self._schemas = schemas
        self._anchors = anchors

    def read_parameter(self, operation: str, written: Mapping[str, Any], grade: str) -> Value:
        """Read a parameter, whose provenance is its operation's, `grade`, unless it has its own."""
        unit = f"{operation} {written['in']} {written['name']}"
        schema = {**self._resolve(written["schema"]), **_about(written)}
        own = written.get("x-provenance", grade)
        return self._read(
            (written["name"], written["in"], unit, ""), schema, own, frozenset(), required=bool(written.get("required"))
        )

    def read_body(self, unit: str, written: Any, grade: str) -> Value:
        """Read a body, within an operation or reply of the provenance `grade`."""
        named = ("", BODY, unit, self._find_component(written))
        return self._read(named, self._resolve(written), grade, frozenset(), required=False)

    def _read(
        self,
        named: tuple[str, str, str, str],
        schema: Mapping[str, Any],
        grade: str,
        within: frozenset[int],
        *,
        required: bool,
    ) -> Value:
        name, kind, unit, component = named
        whole = self._unwrap_optional(schema)
        inner = whole.get("x-provenance", grade)
        values = [whole["const"]] if "const" in whole else whole.get("enum", [])
        return Value(
            name=name,
            kind=kind,
            schema=component,
            anchor=self._anchors.new(unit) if kind not in _PARTS else "",
            types=" or ".join(self._types(whole)) or "any value",
            required=required,
            says=whole.get("description"),
            limits=tuple(list_limits(whole, self._schemas.follow)),
            values=tuple(map(format_value, values)),
            default=format_value(whole["default"]) if "default" in whole else None,
            example=next((format_value(example) for example in whole.get("examples", ()) if example is not None), None),
            provenance=inner if kind in _PARTS else grade,
            value_provenance=inner,
            source=self._schemas.sources.find_evidence(whole.get("x-source")),
            assumed=tuple(whole.get(ASSUMED_KEYWORDS, ())),
            inside=tuple(self._list_inside(unit, whole, inner, within)),
        )

    def _list_inside(self, unit: str, schema: Mapping[str, Any], grade: str, within: frozenset[int]) -> Iterator[Value]:
        """Yield the properties of an object, the item of an array, and the forms of a value."""
        mark = id(next((schema[keyword] for keyword in _CONTAINERS if keyword in schema), schema))
        if mark in within or len(within) > _DEEPEST:
            return
        within |= {mark}
        wanted = schema.get("required", [])
        for name, written in schema.get("properties", {}).items():
            own = written.get("x-provenance", grade) if isinstance(written, dict) else grade
            named = (name, PROPERTY, f"{unit} {name}", self._find_component(written))
            yield self._read(named, self._resolve(written), own, within, required=name in wanted)
        for kind, label, below, written in _list_parts(schema):
            whole = self._resolve(written)
            name = f"{label}: {whole['title']}" if "title" in whole else label
            named = (name, kind, unit + below, self._find_component(written))
            yield self._read(named, whole, grade, within, required=False)

    def _find_component(self, written: Any) -> str:
        """The name of the component with properties that a schema refers to, also where null is allowed beside it."""
        branches = written.get("anyOf", ()) if isinstance(written, dict) else ()
        others = [branch for branch in branches if branch != {"type": "null"}]
        if len(others) == 1 and len(branches) > 1:
            return self._find_component(others[0])
        if not isinstance(written, dict) or "$ref" not in written:
            return ""
        *place, name = split_reference(written["$ref"])
        is_object = _has_properties(self._resolve(written), self._resolve)
        return str(name) if place == ["components", "schemas"] and is_object else ""

    def _resolve(self, written: Any) -> Mapping[str, Any]:
        """Follow references; keywords beside a reference narrow it."""
        if not isinstance(written, dict):
            return {}
        if "$ref" not in written:
            return written
        beside = {name: value for name, value in written.items() if name != "$ref"}
        return _merge(self._resolve(self._schemas.at(split_reference(written["$ref"]))), beside)

    def _unwrap_optional(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read `anyOf: [{$ref: …}, {type: "null"}]` as the object, which may be null."""
        branches = [self._resolve(branch) for branch in schema.get("anyOf", ())]
        others = [branch for branch in branches if _own_types(branch) != ["null"]]
        if len(others) != 1 or len(branches) == 1 or "properties" in schema:
            return schema
        beside = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**others[0], **beside, "type": [*_own_types(others[0]), "null"]}

    def _types(self, schema: Mapping[str, Any]) -> list[str]:
        """List the JSON types of a value, also where only its forms name them."""
        branches = [self._resolve(branch) for keyword in ("oneOf", "anyOf") for branch in schema.get(keyword, ())]
        return _own_types(schema) or list(dict.fromkeys(name for branch in branches for name in _own_types(branch)))


def _merge(common: Mapping[str, Any], beside: Mapping[str, Any]) -> Mapping[str, Any]:
    """Narrow a common schema by one use of it, property by property."""
    found = {**common, **beside}
    if "properties" in common and "properties" in beside:
        members = dict(common["properties"])
        for name, own in beside["properties"].items():
            below = members.get(name)
            members[name] = {**below, **own} if isinstance(below, dict) and isinstance(own, dict) else own
        found["properties"] = members
    if "required" in common and "required" in beside:
        found["required"] = [*common["required"], *beside["required"]]
    return found


def _about(written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: written[name] for name in ("description", "x-source", "allowEmptyValue") if name in written}


def _has_properties(schema: Mapping[str, Any], resolve: Callable[[Any], Mapping[str, Any]]) -> bool:
    parts = schema.get("allOf", ())
    return "properties" in schema or any(_has_properties(resolve(part), resolve) for part in parts)


def _own_types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    if types:
        return [types] if isinstance(types, str) else list(types)
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    found = [next((name for kind, name in _KINDS if isinstance(value, kind)), "number") for value in values]
    return list(dict.fromkeys(found)) or (["object"] if "properties" in schema else [])


def _list_parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Yield the parts without a name on the wire: kind, label, what its unit adds to the value's, schema."""
    if "items" in schema:
        yield ITEM, "each item", "", schema["items"]
    for pattern, written in schema.get("patternProperties", {}).items():
        yield OTHERS, f"each property like {pattern}", " *", written
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if isinstance(schema.get(keyword), dict):
            yield OTHERS, "each other property", " *", schema[keyword]
    for number, written in enumerate(schema.get("allOf", ()), 1):
        yield ALSO, f"also, part {number}", "", written
    for keyword in ("oneOf", "anyOf"):
        branches = schema.get(keyword, [])
        if not list_alternatives(schema, keyword):
            for number, written in enumerate(branches, 1):
                yield FORM, f"form {number} of {len(branches)}", "", written
