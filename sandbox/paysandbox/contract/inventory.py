"""The units of a contract with their provenance: operations, parameters, properties, responses and rules."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from paysandbox.contract.document import METHODS
from paysandbox.contract.provenance import GRADES, UNSTATED, Provenance
from paysandbox.contract.validators import Schemas


def count_units(document: dict[str, Any]) -> dict[str, int]:
    """The number of units of a contract with each provenance."""
    counted = Counter(grade for _, grade in find_units(document))
    return {grade: counted[grade] for grade in GRADES}


def find_units(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each unit of a contract: its name, such as `createPayment request amount`, and its provenance."""
    schemas = Schemas(document)
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                yield from _operation_units(schemas, item, item[method])


def _operation_units(schemas: Schemas, item: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name, around = operation["operationId"], UNSTATED.within(operation, schemas.sources)
    yield name, around.provenance
    for rule in operation.get("x-rules", []):
        yield f"{name} rule {rule['id']}", rule["provenance"]
    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
        written = schemas.follow(parameter)
        yield f"{name} {written['in']} {written['name']}", around.within(written, schemas.sources).provenance
    if "requestBody" in operation:
        yield from _content_units(schemas, f"{name} request", schemas.follow(operation["requestBody"]), around)
    for status, response in operation["responses"].items():
        written = schemas.follow(response)
        yield f"{name} {status}", around.within(written, schemas.sources).provenance
        yield from _content_units(schemas, f"{name} {status}", written, around)


def _content_units(
    schemas: Schemas, name: str, written: dict[str, Any], around: Provenance
) -> Iterator[tuple[str, str]]:
    inner = around.within(written, schemas.sources)
    for content in written.get("content", {}).values():
        yield from _property_units(schemas, name, content["schema"], inner, frozenset())


def _property_units(
    schemas: Schemas, name: str, written: Any, around: Provenance, within: frozenset[int]
) -> Iterator[tuple[str, str]]:
    schema = schemas.follow(written)
    if not isinstance(schema, dict) or id(schema) in within:
        return
    # What stands beside a reference says more of this use than the common schema behind it.
    inner = around.along((schema, written), schemas.sources)
    within |= {id(schema)}
    for member, below in schema.get("properties", {}).items():
        # Not the grade of a schema that it refers to, which is about the values of all properties of that schema, while
        # the unit is about this API having the property. The console's pages show the two side by side.
        yield f"{name} {member}", inner.within(below, schemas.sources).provenance
        yield from _property_units(schemas, f"{name} {member}", below, inner, within)
    for keyword in ("items", "allOf", "anyOf", "oneOf"):
        parts = schema.get(keyword, [])
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _property_units(schemas, name, part, inner, within)
