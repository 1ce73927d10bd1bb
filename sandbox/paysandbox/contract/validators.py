"""The JSON Schemas of one contract, compiled, and what a value violates, with the contract's sentence and source."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import jsonschema_rs

from paysandbox.contract.branches import BRANCHING, list_meant_errors
from paysandbox.contract.number_limits import Check, LimitSplitter, compile_limits
from paysandbox.contract.provenance import ASSUMED, UNSTATED, assumes
from paysandbox.contract.sources import Sources
from paysandbox.contract.wording import SchemaWording
from paysandbox.core.problems import Violation

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROOT: Final = "urn:contract"

UNKNOWN_PARAMETER: Final = "unknown"  # of a query: JSON Schema has no keyword for it
UNKNOWN: Final = ("additionalProperties", "unevaluatedProperties", "falseSchema", UNKNOWN_PARAMETER)
# Unknown and missing properties are about other places than the value itself, so each of them is reported.
_CAUSES: Final = (*UNKNOWN, "required", "type", "enum", "const", "pattern", "format")
RANKS: Final = {keyword: rank for rank, keyword in enumerate(_CAUSES)}
OF_THE_VALUE: Final = RANKS["type"]
REFUSES_UNKNOWN: Final = "house decision: unknown properties are refused"
ASSUMED_BOUND: Final = "house decision: {}"
_MOST_ITEMS: Final = 1001  # one more than most arrays of the contracts may have
_CONTAINERS: Final = (dict, list)
_MOST_STATED: Final = 1000  # a schema that contains itself has ways without end
_MASKED: Final = "the value (masked) does not match the expected format"
_QUICK_AFTER: Final = 100  # calls; compiling a quick yes takes as long as it saves in a hundred payments

Pointer = tuple[str | int, ...]


class Schemas:
    """Compiles the schemas of one document, each when it is first needed."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.sources = Sources(document)
        self._document = document
        self._registry: jsonschema_rs.Registry | None = None
        self._referred: dict[str, Any] = {}

    def validator(self, *steps: str | int, wants_quick_yes: bool = False) -> "SchemaValidator":
        """The validator of the schema at this place of the document; references on the way are followed."""
        return SchemaValidator(self, steps, wants_quick_yes=wants_quick_yes)

    def compile(self, steps: Pointer) -> jsonschema_rs.Validator:
        """Compile the schema at a place, with what stands beside a reference there; formats are checked.

        Raises:
            ValueError: the node is not a valid JSON Schema.
        """
        whole = (*self.resolve(steps[:-1]), steps[-1])
        place = "".join("/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in whole)
        return self._compile({"$ref": f"{_ROOT}#{place}"})

    def compile_quick_yes(self, steps: Pointer) -> Check | None:
        """Compile the schema at a place to a check whose yes is sure and quick, and whose no is not sure.

        None if jsonschema-rs is as quick, which it is without `multipleOf` of fractions.
        """
        plain, limits = LimitSplitter(self.refer, _ROOT).split(self.written(steps))
        if limits is None or not limits.has_steps:
            return None
        accepts = self._compile(plain).is_valid
        keeps = compile_limits(limits, lambda condition: self._compile({"allOf": [condition]}).is_valid)
        return lambda value: accepts(value) and keeps(value)

    def _compile(self, schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
        """Compile a schema whose references are absolute."""
        if self._registry is None:
            self._registry = jsonschema_rs.Registry([(_ROOT, self._document)])
        return jsonschema_rs.validator_for(
            {"$schema": DRAFT, **schema},
            registry=self._registry,
            validate_formats=True,
            formats={"password": _anything},
            ignore_unknown_formats=False,
            offline=True,
        )

    def at(self, steps: Sequence[str | int]) -> Any:
        """The node at a place of the document; references on the way and at the end are followed."""
        node: Any = self._document
        for step in steps:
            node = self.follow(node[step])
        return node

    def written(self, steps: Sequence[str | int]) -> Any:
        """The node at a place of the document as it is written there, which may be a reference."""
        return self.at(steps[:-1])[steps[-1]]

    def resolve(self, steps: Sequence[str | int]) -> Pointer:
        """The place of a node after references on the way are followed."""
        place: Pointer = ()
        node: Any = self._document
        for step in steps:
            place, node = (*place, step), node[step]
            if isinstance(node, dict) and "$ref" in node:
                place = self.resolve(split_reference(node["$ref"]))
                node = self.at(place)
        return place

    def follow(self, node: Any) -> Any:
        """The node, or the end of the chain of references that begins with it."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.refer(node["$ref"])
        return node

    def is_read_only(self, written: Any) -> bool:
        """Whether the schema of a property is `readOnly`, beside its reference or behind it."""
        whole = self.follow(written)
        return any(isinstance(node, dict) and node.get("readOnly") is True for node in (written, whole))

    def refer(self, reference: str) -> Any:
        """The node at a reference inside the document, which may be a reference itself; each is looked up once."""
        if reference not in self._referred:
            *above, last = split_reference(reference)
            self._referred[reference] = self.at(above)[last]
        return self._referred[reference]


class SchemaValidator:
    """Validates values by one schema. `is_valid` is the hot path; `violations` is for refusals and may be slow.

    One that `wants_quick_yes` asks a quicker check first, once it has been called often.
    """

    __slots__ = ("_calls", "_compiled", "_place", "_schemas", "_stated", "_wants_quick_yes", "is_valid")

    is_valid: Callable[[Any], bool]

    def __init__(self, schemas: Schemas, place: Pointer, *, wants_quick_yes: bool = False) -> None:
        self._schemas = schemas
        self._place = place
        self._wants_quick_yes = wants_quick_yes
        self._compiled: jsonschema_rs.Validator | None = None
        self._calls = 0
        # By evaluation path, because a client that is wrong once is wrong in the same place again and again.
        self._stated: dict[tuple[str | int | None, ...], _Statement] = {}
        self.is_valid = self._first

    # `is_valid` replaces itself, so that later calls do not pay for compiling, nor for the question whether to.
    def _first(self, value: Any) -> bool:
        self.is_valid = self._early if self._wants_quick_yes else self._validator().is_valid
        return self.is_valid(value)

    def _early(self, value: Any) -> bool:
        self._calls += 1
        if self._calls == _QUICK_AFTER:
            self.is_valid = self._add_quick_yes()
        return self._validator().is_valid(value)

    def _add_quick_yes(self) -> Check:
        quick_yes, decide = self._schemas.compile_quick_yes(self._place), self._validator().is_valid
        return decide if quick_yes is None else lambda value: quick_yes(value) or decide(value)

    def _validator(self) -> jsonschema_rs.Validator:
        if self._compiled is None:
            self._compiled = self._schemas.compile(self._place)
        return self._compiled

    def violations(self, value: Any, prefix: str = "") -> list[Violation]:
        """The violations of a value, in its order; `prefix` goes before each JSON pointer.

        Each value has one violation, that of the first cause: the length of a text that is not a date does not matter.
        Unknown properties come before missing ones, because a misspelt property is both. Of a long
        array the first thousand items are looked at, unless they are right.
        """
        # An array of 1 MiB can have half a million wrong items, whose errors took 500 MB.
        validator = self._validator()
        met = list(validator.iter_errors(_cut(value))) or list(validator.iter_errors(value))
        if any(error.kind.name in BRANCHING for error in met):
            met = [inner for error in met for inner in list_meant_errors(error)]
        pointers = [prefix + _pointer(error.instance_path) for error in met]
        if len(set(pointers)) == len(pointers):  # as usual; they are in order then, and none hides another
            return list(map(self._violation, met, pointers))
        first = {pointer: number for number, pointer in reversed(list(enumerate(pointers)))}
        ordered = sorted(zip(pointers, met, strict=True), key=lambda one: (first[one[0]], _rank(one[1])))
        told: set[str] = set()
        found = []
        for pointer, error in ordered:
            of_members = _rank(error) < OF_THE_VALUE
            if of_members or pointer not in told:
                found.append(self._violation(error, pointer))
            if not of_members:
                told.add(pointer)
        return found

    def _violation(self, error: jsonschema_rs.ValidationError, pointer: str) -> Violation:
        keyword = error.kind.name
        missing = error.kind.as_dict()["property"] if keyword == "required" else None
        way = (*error.evaluation_path, keyword, missing)
        stated = self._stated.get(way)
        if stated is None:
            if len(self._stated) == _MOST_STATED:
                self._stated.clear()
            stated = self._stated[way] = self._find_statement(error.evaluation_path, keyword, missing)
        return Violation(
            pointer=pointer,
            keyword=keyword,
            message=_MASKED if stated.is_secret else stated.wording.describe(error, keyword),
            says=stated.says,
            source=stated.source,
            provenance=stated.provenance,
            said_by=stated.said_by,
        )

    def _find_statement(self, evaluation_path: Sequence[str | int], keyword: str, missing: str | None) -> "_Statement":
        path = self._follow_path(evaluation_path, missing)
        nearest = UNSTATED.along(path, self._schemas.sources)
        provenance, source = nearest.provenance or None, None if nearest.source is None else str(nearest.source)
        said_by = None
        if keyword in UNKNOWN or assumes(path[-1], keyword):  # which the contract's sentence is no evidence of
            said_by = (provenance, source)
            provenance, source = ASSUMED, REFUSES_UNKNOWN if keyword in UNKNOWN else ASSUMED_BOUND.format(keyword)
        is_secret = keyword != "required" and any(node.get("format") == "password" for node in path)
        wording = SchemaWording(
            path[-1], self._schemas.follow, self._list_known(path[-1]) if keyword in UNKNOWN else ()
        )
        return _Statement(wording, nearest.says, source, provenance, said_by, is_secret)

    def _list_known(self, schema: Mapping[str, Any]) -> list[str]:
        """List the properties that a schema declares, but for read-only ones where it describes a request."""
        declared = schema.get("properties", {}).items()
        is_sent = "requestBody" in self._place
        return [name for name, written in declared if not (is_sent and self._schemas.is_read_only(written))]

    def _follow_path(self, evaluation_path: Sequence[str | int], missing: str | None) -> list[dict[str, Any]]:
        """The schemas on the way to the one that a value violates, from the outside in."""
        node: Any = self._schemas.written(self._place)
        path: list[dict[str, Any]] = []
        for step in evaluation_path[1:-1]:  # the first is the reference by which `compile` got here
            if isinstance(node, dict):
                path.append(node)
            node = self._schemas.refer(node["$ref"]) if step == "$ref" else node[step]
        path.append(node)
        if missing in node.get("properties", {}):
            written = node["properties"][missing]
            # What stands beside a reference says more of this property than the common schema behind it.
            path += [self._schemas.follow(written), written]
        return path


class _Statement(NamedTuple):
    """What a contract states of one keyword of a schema, and how a value that violates it is described."""

    wording: SchemaWording
    says: str | None
    source: str | None
    provenance: str | None
    said_by: tuple[str | None, str | None] | None
    is_secret: bool


def split_reference(reference: str) -> Pointer:
    """The steps of a reference inside the document: `#/components/schemas/Line` and the like."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


def _pointer(path: Sequence[str | int]) -> str:
    plain = "/".join(["", *map(str, path)])
    if "~" not in plain and plain.count("/") == len(path):
        return plain
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _rank(error: jsonschema_rs.ValidationError) -> int:
    """The rank of an error among those of one value; the lowest is the cause."""
    return RANKS.get(error.kind.name, len(RANKS))


def _anything(_: str) -> bool:
    return True  # `format: password` masks a value and does not restrict it


def _cut(value: Any) -> Any:
    """The value with the first items of its long arrays."""
    if isinstance(value, list):
        return [_cut(item) if isinstance(item, _CONTAINERS) else item for item in value[:_MOST_ITEMS]]
    if isinstance(value, dict):
        return {name: _cut(inner) if isinstance(inner, _CONTAINERS) else inner for name, inner in value.items()}
    return value
