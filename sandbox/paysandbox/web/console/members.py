"""A JSON Schema as a tree that people can read: each member with its type, limits, values and who vouches for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.provenance import ASSUMED_KEYWORDS
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.web.console.limits import demanded, limits, text_of

PROPERTY: Final = "property"
PART: Final = "part"

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


class Member(Struct, frozen=True):
    """A value that a contract describes, and what is inside of it.

    `kind` is `PROPERTY`, the place of a parameter, or `PART` for what has no name of its own on the wire: an item of a
    list, one of several forms. `limits` are pairs of a word and a value, `values` all that it may be (empty: no list is
    given). `source` is its own, None where that of what is around it counts; `assumed` are the keywords that the source
    does not document.
    """

    name: str
    kind: str
    anchor: str
    types: str
    required: bool
    says: str | None
    limits: tuple[tuple[str, str], ...]
    values: tuple[str, ...]
    default: str | None
    provenance: str
    source: Evidence | None
    assumed: tuple[str, ...]
    members: tuple["Member", ...]


class Anchors:
    """The anchors of one page, each given once: a unit of the contract with dashes for spaces."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def new(self, unit: str) -> str:
        """The anchor of a unit; one that comes again, in another form of a value, has a number behind it."""
        wanted = anchor_of(unit)
        count = self._given[wanted] = self._given.get(wanted, 0) + 1
        return wanted if count == 1 else f"{wanted}-{count}"


def anchor_of(unit: str) -> str:
    """Where a page of a contract shows a unit of it: `createPayment rule no-overpayment`, `createPayment 404`."""
    return "-".join(_UNSAFE.sub("_", word) for word in unit.split(" "))


class Tree:
    """Reads the schemas of one document; a schema that contains itself is shown once."""

    def __init__(self, schemas: Schemas, anchors: Anchors) -> None:
        self._schemas = schemas
        self._anchors = anchors

    def parameter(self, operation: str, written: Mapping[str, Any], grade: str) -> Member:
        """A parameter of an operation, vouched for by the operation unless it says otherwise."""
        unit = f"{operation} {written['in']} {written['name']}"
        schema = {**self._whole(written["schema"]), **_about(written)}
        own = written.get("x-provenance", grade)
        return self._member(
            (written["name"], written["in"], unit), schema, own, frozenset(), required=bool(written.get("required"))
        )

    def value(self, unit: str, written: Any, grade: str) -> Member:
        """A body as a whole, within something that `grade` vouches for."""
        return self._member(("", PART, unit), self._whole(written), grade, frozenset(), required=False)

    def _member(
        self,
        named: tuple[str, str, str],
        schema: Mapping[str, Any],
        grade: str,
        within: frozenset[int],
        *,
        required: bool,
    ) -> Member:
        name, kind, unit = named
        whole = self._unwrapped(schema)
        inner = whole.get("x-provenance", grade)
        values = [whole["const"]] if "const" in whole else whole.get("enum", [])
        return Member(
            name=name,
            kind=kind,
            anchor=self._anchors.new(unit) if kind != PART else "",
            types=" or ".join(self._types(whole)) or "any value",
            required=required,
            says=whole.get("description"),
            limits=tuple(limits(whole)),
            values=tuple(map(text_of, values)),
            default=text_of(whole["default"]) if "default" in whole else None,
            provenance=inner if kind == PART else grade,
            source=self._schemas.sources.find_evidence(whole.get("x-source")),
            assumed=tuple(whole.get(ASSUMED_KEYWORDS, ())),
            members=tuple(self._inside(unit, whole, inner, within)),
        )

    def _inside(self, unit: str, schema: Mapping[str, Any], grade: str, within: frozenset[int]) -> Iterator[Member]:
        """The members of an object, the item of a list, and the forms among which a value chooses."""
        mark = id(next((schema[keyword] for keyword in _CONTAINERS if keyword in schema), schema))
        if mark in within or len(within) > _DEEPEST:
            return
        within |= {mark}
        wanted = schema.get("required", [])
        for name, written in schema.get("properties", {}).items():
            own = written.get("x-provenance", grade) if isinstance(written, dict) else grade
            named = (name, PROPERTY, f"{unit} {name}")
            yield self._member(named, self._whole(written), own, within, required=name in wanted)
        for label, below, written in _parts(schema):
            whole = self._whole(written)
            name = f"{label}: {whole['title']}" if "title" in whole else label
            yield self._member((name, PART, unit + below), whole, grade, within, required=False)

    def _whole(self, written: Any) -> Mapping[str, Any]:
        """A schema with what it refers to; what stands beside a reference says more of this use."""
        if not isinstance(written, dict):
            return {}
        if "$ref" not in written:
            return written
        beside = {name: value for name, value in written.items() if name != "$ref"}
        return _joined(self._whole(self._schemas.at(split_reference(written["$ref"]))), beside)

    def _unwrapped(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """An optional object, written `anyOf: [{$ref: …}, {type: "null"}]`, as the object that it is when given."""
        branches = [self._whole(one) for one in schema.get("anyOf", ())]
        others = [one for one in branches if _own_types(one) != ["null"]]
        if len(others) != 1 or len(branches) == 1 or "properties" in schema:
            return schema
        beside = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**others[0], **beside, "type": [*_own_types(others[0]), "null"]}

    def _types(self, schema: Mapping[str, Any]) -> list[str]:
        """The JSON types that a value may have, also where its forms say so; none if nothing does."""
        branches = [self._whole(one) for keyword in ("oneOf", "anyOf") for one in schema.get(keyword, ())]
        return _own_types(schema) or list(dict.fromkeys(name for one in branches for name in _own_types(one)))


def _joined(common: Mapping[str, Any], beside: Mapping[str, Any]) -> Mapping[str, Any]:
    """A common schema as one use of it narrows it, down to its members."""
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
    return {name: written[name] for name in ("description", "x-source") if name in written}


def _own_types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    if types:
        return [types] if isinstance(types, str) else list(types)
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    found = [next((name for kind, name in _KINDS if isinstance(value, kind)), "number") for value in values]
    return list(dict.fromkeys(found)) or (["object"] if "properties" in schema else [])


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """What is inside of a value and has no name there: its label, what its unit adds to the value's, its schema."""
    if "items" in schema:
        yield "each item", "", schema["items"]
    for pattern, written in schema.get("patternProperties", {}).items():
        yield f"each property like {pattern}", " *", written
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if isinstance(schema.get(keyword), dict):
            yield "each other property", " *", schema[keyword]
    for number, written in enumerate(schema.get("allOf", ()), 1):
        yield f"also, part {number}", "", written
    for keyword in ("oneOf", "anyOf"):
        branches = schema.get(keyword, [])
        if not demanded(schema, keyword):
            for number, written in enumerate(branches, 1):
                yield f"form {number} of {len(branches)}", "", written
