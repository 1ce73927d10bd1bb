"""The JSON Schemas of one contract: each judges values, and says in the vendor's words what a value breaks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs

from paysandbox.contract.wording import message_for
from paysandbox.core.problems import Violation

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROOT: Final = "urn:contract"

UNKNOWN: Final = ("additionalProperties", "unevaluatedProperties", "falseSchema")
# Unknown and missing members are about other places than the value itself, and are all told.
_CAUSES: Final = (*UNKNOWN, "required", "type", "enum", "const", "pattern", "format")
RANKS: Final = {keyword: rank for rank, keyword in enumerate(_CAUSES)}
OF_THE_VALUE: Final = RANKS["type"]

Pointer = tuple[str | int, ...]


class Schemas:
    """Compiles the schemas of one document, each when it is first needed."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._registry: jsonschema_rs.Registry | None = None
        self._referred: dict[str, Any] = {}

    def judge(self, *steps: str | int) -> "SchemaValidator":
        """The judge for the schema at this place of the document, to which references on the way may lead."""
        return SchemaValidator(self, steps)

    def compile(self, steps: Pointer) -> jsonschema_rs.Validator:
        """A validator for the schema at a place, formats asserted.

        Raises:
            ValueError: no valid JSON Schema there.
        """
        if self._registry is None:
            self._registry = jsonschema_rs.Registry([(_ROOT, self._document)])
        place = "".join("/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in self.resolved(steps))
        return jsonschema_rs.validator_for(
            {"$schema": DRAFT, "$ref": f"{_ROOT}#{place}"},
            registry=self._registry,
            validate_formats=True,
            formats={"password": _anything},
            ignore_unknown_formats=False,
            offline=True,
        )

    def at(self, steps: Sequence[str | int]) -> Any:
        """The part of the document at a place, references on the way and at the end followed."""
        node: Any = self._document
        for step in steps:
            node = self.followed(node[step])
        return node

    def resolved(self, steps: Sequence[str | int]) -> Pointer:
        """Where the part at a place really stands, references on the way followed."""
        place: Pointer = ()
        node: Any = self._document
        for step in steps:
            place, node = (*place, step), node[step]
            if isinstance(node, dict) and "$ref" in node:
                place = self.resolved(unescaped(node["$ref"]))
                node = self.at(place)
        return place

    def followed(self, node: Any) -> Any:
        """The node, or what it refers to in the end."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.referred(node["$ref"])
        return node

    def referred(self, reference: str) -> Any:
        """What stands at a reference inside the document, which may be one itself; each is walked to once."""
        if reference not in self._referred:
            *above, last = unescaped(reference)
            self._referred[reference] = self.at(above)[last]
        return self._referred[reference]


class SchemaValidator:
    """One schema at work. `is_valid` is the hot path; `violations` may take its time to explain."""

    __slots__ = ("_compiled", "_place", "_schemas", "is_valid")

    is_valid: Callable[[Any], bool]

    def __init__(self, schemas: Schemas, place: Pointer) -> None:
        self._schemas = schemas
        self._place = place
        self._compiled: jsonschema_rs.Validator | None = None
        self.is_valid = self._first

    def _first(self, value: Any) -> bool:
        """Compile, and from then on answer without this step."""
        self.is_valid = self._validator().is_valid
        return self.is_valid(value)

    def _validator(self) -> jsonschema_rs.Validator:
        if self._compiled is None:
            self._compiled = self._schemas.compile(self._place)
        return self._compiled

    def violations(self, value: Any, prefix: str = "") -> list[Violation]:
        """What is wrong with the value, in the document's order; `prefix` goes before each JSON pointer.

        Of one value only the first cause is told: what is no date need not also be of the wrong length. Of one object
        the unknown members come before the missing ones, which are often the same, misspelt.
        """
        errors = [inner for error in self._validator().iter_errors(value) for inner in _meant(error)]
        pointers = [prefix + _pointer(error.instance_path) for error in errors]
        first = {pointer: number for number, pointer in reversed(list(enumerate(pointers)))}
        ordered = sorted(zip(pointers, errors, strict=True), key=lambda one: (first[one[0]], _rank(one[1])))
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
        about, keyword = self._path_to(error), error.kind.name
        secret = keyword != "required" and any(node.get("format") == "password" for node in about)
        closed = keyword in UNKNOWN
        return Violation(
            pointer=pointer,
            keyword=keyword,
            message="the value (masked) is not of the form asked for" if secret else message_for(error, about[-1]),
            says=_nearest(about, "description"),
            source="house decision: what the contract does not name is refused"
            if closed
            else _nearest(about, "x-source"),
            provenance="assumed" if closed else _nearest(about, "x-provenance"),
        )

    def _path_to(self, error: jsonschema_rs.ValidationError) -> list[dict[str, Any]]:
        """The schemas passed on the way to the one that the value breaks, from the outside in."""
        node: Any = self._schemas.at(self._place)
        path: list[dict[str, Any]] = []
        for step in error.evaluation_path[1:-1]:  # the first is the reference by which `compile` got here
            if isinstance(node, dict):
                path.append(node)
            node = self._schemas.referred(node["$ref"]) if step == "$ref" else node[step]
        path.append(node)
        missing = error.kind.as_dict().get("property") if error.kind.name == "required" else None
        if missing in node.get("properties", {}):
            member = node["properties"][missing]
            # What stands beside a reference says more of this member than the common schema behind it.
            path += [self._schemas.followed(member), member]
        return path


def unescaped(reference: str) -> Pointer:
    """The steps of a reference inside the document: `#/components/schemas/Line` and the like."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/"))


def _pointer(path: Sequence[str | int]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _rank(error: jsonschema_rs.ValidationError) -> int:
    """Which of several errors at one place is the cause: the lowest."""
    return RANKS.get(error.kind.name, len(RANKS))


def _anything(_: str) -> bool:
    """`format: password` masks a value and asks nothing of it."""
    return True


def _meant(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """The errors of the one branch of an `anyOf` or `oneOf` that the value can have meant, if there is one.

    An optional object is written `anyOf: [{$ref: …}, {type: "null"}]`; nobody who sends an object meant the null.
    """
    branches = error.kind.as_dict().get("context") if error.kind.name in {"anyOf", "oneOf"} else None
    if not branches:
        return [error]
    alike = [branch for branch in branches if not any(_other_type(one, error) for one in branch)]
    if len(alike) != 1 or len(branches) == 1:
        return [error]
    return [inner for one in alike[0] for inner in _meant(one)]


def _other_type(one: jsonschema_rs.ValidationError, error: jsonschema_rs.ValidationError) -> bool:
    return one.kind.name == "type" and one.instance_path == error.instance_path


def _nearest(path: Sequence[Mapping[str, Any]], name: str) -> str | None:
    for node in reversed(path):
        if name in node:
            return str(node[name])
    return None
