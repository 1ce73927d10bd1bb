"""The dialect's rules about evidence: citations lead to sources, and what is assumed is called assumed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from paysandbox.contract.provenance import ASSUMED, ASSUMED_KEYWORDS, UNSTATED, Provenance
from paysandbox.contract.sources import HOUSE_DECISION, split_citations
from paysandbox.contract.validators import Schemas

Place = tuple[str | int, ...]
LocatedError = tuple[Place, str]

BOUNDS: Final = (
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)
_STATED: Final = ("x-source", ASSUMED_KEYWORDS, "x-provenance")
_INNER_LISTS: Final = ("allOf", "anyOf", "oneOf")
# What `if` and `not` say restricts nothing by itself.
_INNER: Final = ("items", "additionalProperties", "then", "else", "propertyNames")


def find_evidence_errors(document: Mapping[str, Any], nodes: Iterable[tuple[Place, Any]]) -> Iterator[LocatedError]:
    """What is wrong with the citations and the assumed keywords of a document's nodes."""
    table = document.get("x-sources", {})
    for place, node in nodes:
        yield from ((place, what) for what in _citation_errors(table, node, "x-source", node.get("x-provenance")))
        for index, rule in enumerate(node.get("x-rules", []) if place[:1] == ("paths",) else []):
            wrong = _citation_errors(table, rule, "source", rule["provenance"])
            yield from (((*place, "x-rules", index), what) for what in wrong)
        if isinstance(node.get(ASSUMED_KEYWORDS), list):
            yield from (((*place, ASSUMED_KEYWORDS), what) for what in _keyword_errors(document, place, node))
    for name, variant in document.get("x-variants", {}).items():
        for choice, written in variant["choices"].items():
            wrong = _citation_errors(table, written, "source", written["provenance"])
            yield from ((("x-variants", name, "choices", choice), what) for what in wrong)


def find_unused_sources(document: Mapping[str, Any]) -> Iterator[LocatedError]:
    """The keys of `x-sources` that nothing cites. Citations in the patches of variants count."""
    cited = {key for written in _all_citations(document) for key, _ in split_citations(written)}
    for key in document.get("x-sources", {}):
        if key not in cited:
            yield ("x-sources", key), f"nothing cites the source {key!r}"


def find_unstated_bounds(document: Mapping[str, Any]) -> Iterator[LocatedError]:
    """The bounds of requests that neither cite a source beside them nor are called assumed.

    What is inherited is not enough: the source of an object seldom documents the lengths of its properties.
    """
    walk = _Walk(Schemas(dict(document)))
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "operationId" in operation:
                above: Place = ("paths", path, method)
                around = UNSTATED.within(operation, walk.schemas.sources)
                for place in (("paths", path), above):
                    for index in range(len(walk.schemas.at(place).get("parameters", []))):
                        yield from walk.parameter((*place, "parameters", index), around)
                if "requestBody" in operation:
                    body = walk.schemas.at((*above, "requestBody"))
                    for media_type in body["content"]:
                        place = (*above, "requestBody", "content", media_type, "schema")
                        yield from walk.schema(place, around.within(body, walk.schemas.sources))


class _Walk:
    """Visits the schemas of requests, each once for each grade that it inherits."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._seen: set[tuple[Place, str, bool]] = set()

    def parameter(self, place: Place, around: Provenance) -> Iterator[LocatedError]:
        written = self.schemas.at(place)
        stated = any(name in written for name in _STATED)
        yield from self.schema((*place, "schema"), around.within(written, self.schemas.sources), stated=stated)

    def schema(self, written_at: Place, around: Provenance, *, stated: bool = False) -> Iterator[LocatedError]:
        # What stands beside a reference says more of this use than the common schema behind it.
        beside = self.schemas.at(written_at[:-1])[written_at[-1]]
        place = self.schemas.resolve(written_at)
        node = self.schemas.at(place)
        if not isinstance(node, dict):
            return
        inner = around.along((node, beside), self.schemas.sources)
        visit = (place, inner.provenance, inner.source is None)
        if visit in self._seen:
            return
        self._seen.add(visit)
        bounds = [keyword for keyword in BOUNDS if keyword in node]
        stated = stated or inner.source is None or any(name in node for name in _STATED)
        if bounds and inner.provenance != ASSUMED and not stated:
            yield place, f"{', '.join(bounds)}: cite an x-source beside it, or name it in {ASSUMED_KEYWORDS}"
        for below in list_inner_places(node):
            yield from self.schema((*place, *below), inner)


def list_inner_places(node: Mapping[str, Any]) -> Iterator[Place]:
    """The places of the schemas inside of a schema that restrict its value, from the schema itself."""
    for keyword in ("properties", "patternProperties"):
        yield from ((keyword, name) for name in node.get(keyword, {}))
    for keyword in _INNER_LISTS:
        yield from ((keyword, index) for index in range(len(node.get(keyword, []))))
    yield from ((keyword,) for keyword in _INNER if keyword in node)


def _citation_errors(
    table: Mapping[str, Any], node: Mapping[str, Any], name: str, provenance: str | None
) -> Iterator[str]:
    written = node.get(name)
    if not isinstance(written, str):
        return
    try:
        keys = [key for key, _ in split_citations(written)]
    except ValueError as error:
        yield f"{name}: {error}"
        return
    unknown = [key for key in keys if key not in table]
    yield from (f"{name}: x-sources has no {key!r}" for key in unknown)
    if not unknown and provenance != ASSUMED and all(table[key]["kind"] == HOUSE_DECISION for key in keys):
        stated = f"provenance {provenance!r}" if provenance else f"without x-provenance: {ASSUMED}"
        yield f"{name}: a house decision is the only source, {stated}"


def _keyword_errors(document: Mapping[str, Any], place: Place, node: Mapping[str, Any]) -> Iterator[str]:
    for keyword in node[ASSUMED_KEYWORDS]:
        if keyword == "required":
            *above, _, name = place
            parent: Any = document
            for step in above:
                parent = parent[step]
            present = place[-2:-1] == ("properties",) and name in parent.get("required", [])
        else:
            present = keyword in node
        if not present:
            yield f"there is no {keyword} for this schema"


def _all_citations(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if (name == "x-source" and isinstance(value, str)) or (
                name == "source" and "provenance" in node and isinstance(value, str)
            ):
                yield value
            else:
                yield from _all_citations(value)
    elif isinstance(node, list):
        for value in node:
            yield from _all_citations(value)
