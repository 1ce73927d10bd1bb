"""Who vouches for each operation, response, member and rule. Provenance is inherited from the outside in."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from paysandbox.contract.document import METHODS
from paysandbox.contract.validators import Schemas

GRADES = ("documented", "observed", "assumed")


def counts(document: dict[str, Any]) -> dict[str, int]:
    """How many units of a contract have each provenance."""
    counted = Counter(grade for _, grade in units(document))
    return {grade: counted[grade] for grade in GRADES}


def units(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each unit of a contract, named, with its provenance."""
    schemas = Schemas(document)
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                yield from _operation_units(schemas, item, item[method])


def _operation_units(schemas: Schemas, item: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name, grade = operation["operationId"], operation["x-provenance"]
    yield name, grade
    for rule in operation.get("x-rules", []):
        yield f"{name} rule {rule['id']}", rule["provenance"]
    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
        written = schemas.followed(parameter)
        yield f"{name} {written['in']} {written['name']}", written.get("x-provenance", grade)
    if "requestBody" in operation:
        yield from _content_units(schemas, f"{name} request", schemas.followed(operation["requestBody"]), grade)
    for status, response in operation["responses"].items():
        written = schemas.followed(response)
        own = written.get("x-provenance", grade)
        yield f"{name} {status}", own
        yield from _content_units(schemas, f"{name} {status}", written, own)


def _content_units(schemas: Schemas, name: str, written: dict[str, Any], grade: str) -> Iterator[tuple[str, str]]:
    for content in written.get("content", {}).values():
        yield from _member_units(schemas, name, content["schema"], written.get("x-provenance", grade), frozenset())


def _member_units(
    schemas: Schemas, name: str, written: Any, grade: str, within: frozenset[int]
) -> Iterator[tuple[str, str]]:
    schema = schemas.followed(written)
    if not isinstance(schema, dict) or id(schema) in within:
        return
    grade = written.get("x-provenance") or schema.get("x-provenance", grade)
    within |= {id(schema)}
    for member, below in schema.get("properties", {}).items():
        own = below.get("x-provenance", grade) if isinstance(below, dict) else grade
        yield f"{name} {member}", own
        yield from _member_units(schemas, f"{name} {member}", below, own, within)
    for keyword in ("items", "allOf", "anyOf", "oneOf"):
        parts = schema.get(keyword, [])
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _member_units(schemas, name, part, grade, within)
