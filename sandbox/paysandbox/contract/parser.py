"""Checks a contract file against the dialect; each error has its file, line and path.

Imported only where the cache has no parsed value, because jsonschema is slow to import and to run.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import jsonschema
from jsonschema.exceptions import best_match

from paysandbox.contract.dialect import DIALECT
from paysandbox.contract.document import METHODS
from paysandbox.contract.evidence import LocatedError, find_evidence_errors, find_unstated_bounds, find_unused_sources
from paysandbox.contract.parameters import DEEP_OBJECT
from paysandbox.contract.read_only import find_required_read_only
from paysandbox.contract.validators import Schemas, split_reference
from paysandbox.contract.variants import apply_patch
from paysandbox.core.problems import StartupError
from paysandbox.core.strict_yaml import format_path, locate_errors, read_yaml

_DATA: Final = {"examples", "example", "default", "const", "enum", "x-variants"}
_OF_THE_SAME: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")


def read_document(text: str, shown: str) -> Any:
    """The document of a contract file; `shown` is the path that errors show.

    Raises:
        StartupError: with every error, as `file:line: path: what is wrong`.
    """
    document = read_yaml(text, shown)
    errors = find_errors(document)
    if errors:
        raise StartupError(locate_errors(text, shown, errors))
    return document


def find_errors(document: Any) -> list[LocatedError]:
    """Find what is wrong with a document, under each choice of its variants too: path and sentence of each error."""
    return _find_errors(document) or list(dict.fromkeys(_whole_document_errors(document)))


def _find_errors(document: Any) -> list[LocatedError]:
    # Each check relies on the ones before it.
    for find in (
        _dialect_errors,
        _reference_errors,
        _name_errors,
        _evidence_errors,
        find_unstated_bounds,
        _schema_errors,
    ):
        errors = list(dict.fromkeys(find(document)))
        if errors:
            return errors
    return []


def _whole_document_errors(document: Any) -> Iterator[LocatedError]:
    yield from _variant_errors(document)
    yield from find_unused_sources(document)


def _variant_errors(document: Any) -> Iterator[LocatedError]:
    """The errors of the contract under each choice, at the place of the choice."""
    for name, variant in document.get("x-variants", {}).items():
        for choice, written in variant["choices"].items():
            for where, what in _find_errors(apply_patch(document, written["patch"])) if "patch" in written else ():
                yield ("x-variants", name, "choices", choice), f"then at {format_path(where)}: {what}"


def _dialect_errors(document: Any) -> Iterator[LocatedError]:
    dialect = read_yaml(DIALECT.read_text(), DIALECT.name)
    for error in jsonschema.Draft202012Validator(dialect).iter_errors(document):
        inner = best_match([error]) if error.context else error
        unknown = _unknown_keyword(inner)
        yield (*inner.absolute_path, *unknown), inner.message


def _unknown_keyword(error: Any) -> tuple[str, ...]:
    """The first unknown property, so that the error shows its line."""
    if error.validator not in {"additionalProperties", "unevaluatedProperties"}:
        return ()
    known = error.schema.get("properties", {})
    return tuple(name for name in error.instance if name not in known)[:1]


def _reference_errors(document: Any) -> Iterator[LocatedError]:
    references = {where: node["$ref"] for where, node in _nodes(document) if isinstance(node.get("$ref"), str)}
    for where, reference in references.items():
        if _target(document, reference) is None:
            yield (*where, "$ref"), f"{reference} does not exist"
        elif _comes_back(document, reference):
            yield (*where, "$ref"), f"{reference} refers to itself"


def _target(document: Any, reference: str) -> Any:
    """The node at a reference, or None."""
    target: Any = document
    for step in split_reference(reference):
        target = target.get(step) if isinstance(target, dict) else None
    return target


def _comes_back(document: Any, reference: str) -> bool:
    """Whether a reference leads to itself without going to an inner value."""
    waiting, seen = [_target(document, reference)], set[str]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        further = node.get("$ref")
        if further == reference:
            return True
        if isinstance(further, str) and further not in seen:
            seen.add(further)
            waiting.append(_target(document, further))
        for keyword in _OF_THE_SAME:
            parts = node.get(keyword, [])
            waiting += parts if isinstance(parts, list) else [parts]
    return False


def _name_errors(document: Any) -> Iterator[LocatedError]:
    operations = [
        (("paths", path, method), item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    times = Counter(operation["operationId"] for _, operation in operations)
    schemes = document["components"].get("securitySchemes", {})
    for where, operation in operations:
        if times[operation["operationId"]] > 1:
            yield (*where, "operationId"), f"{operation['operationId']!r} names several operations"
        rules = Counter(rule["id"] for rule in operation.get("x-rules", []))
        yield from (((*where, "x-rules"), f"the rule {name!r} is given twice") for name, n in rules.items() if n > 1)
        for needed in operation.get("security", document.get("security", [])):
            yield from (
                ((*where, "security"), f"there is no security scheme {name!r}")
                for name in needed.keys() - schemes.keys()
            )
    for path in document["paths"]:
        if any(segment.count("{") > 1 for segment in path.split("/")):
            yield ("paths", path), "a segment of a path has one variable at most"
    for place, node in _nodes(document):
        if place[-2:-1] == ("links",) and "$ref" not in node and node.get("operationId") not in times:
            yield place, f"there is no operation {node.get('operationId')!r}"


def _evidence_errors(document: Any) -> Iterator[LocatedError]:
    yield from find_evidence_errors(document, _nodes(document))


def _schema_errors(document: Any) -> Iterator[LocatedError]:
    """Schemas that do not compile, and examples that break the schema beside them."""
    schemas = Schemas(document)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                for place in _judged_places(schemas, path, method):
                    yield from _judged(schemas, place)


def _judged_places(schemas: Schemas, path: str, method: str) -> Iterator[tuple[str | int, ...]]:
    """Where an operation has a schema, perhaps with examples beside it: parameters, bodies and replies."""
    for above in (("paths", path), ("paths", path, method)):
        yield from ((*above, "parameters", index) for index in range(len(schemas.at(above).get("parameters", []))))
    operation: tuple[str | int, ...] = ("paths", path, method)
    written = schemas.at(operation)
    bodies = [(*operation, "requestBody")] if "requestBody" in written else []
    bodies += [(*operation, "responses", status) for status in written["responses"]]
    for body in bodies:
        yield from ((*body, "content", media_type) for media_type in schemas.at(body).get("content", {}))


def _judged(schemas: Schemas, place: tuple[str | int, ...]) -> Iterator[LocatedError]:
    validator = schemas.validator(*schemas.resolve((*place, "schema")))
    try:
        validator.is_valid(None)
    except ValueError as error:
        yield place, f"this schema does not compile: {str(error).partition(chr(10))[0]}"
        return
    written = schemas.at(place)
    if "in" in written:
        yield from _parameter_errors(schemas, place, written)
    elif "requestBody" in place:
        yield from find_required_read_only(schemas, (*place, "schema"))
    examples = {name: schemas.follow(example)["value"] for name, example in written.get("examples", {}).items()}
    if "example" in written:
        examples["example"] = written["example"]
    for name, value in examples.items():
        if not validator.is_valid(value):
            first = validator.violations(value)[0]
            at = schemas.resolve((*place, "example") if name == "example" else (*place, "examples", name))
            yield at, f"the example breaks its schema at {first.pointer or 'the top'}: {first.message}"


def _parameter_errors(
    schemas: Schemas, place: tuple[str | int, ...], written: dict[str, Any]
) -> Iterator[LocatedError]:
    schema = schemas.follow(written["schema"])
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if isinstance(schema.get("default"), (dict, list)):
        yield (*place, "schema"), "the default of a parameter is no object and no array"
    if ("object" in types) != (written.get("style") == DEEP_OBJECT):
        yield (*place, "schema"), "a parameter is an object if it has the style deepObject, and only then"
    free = "object" in types and written.get("style") == DEEP_OBJECT and schema.get("additionalProperties") is not False
    if free and "pattern" not in schema.get("propertyNames", {}):
        yield (*place, "schema"), "free keys of a deepObject need a pattern in propertyNames, without brackets"
    if written["in"] != "query" and ("array" in types or "style" in written):
        yield (*place, "schema"), "only a query parameter can be repeated or have a style"
    if "allowEmptyValue" in written and (written["in"] != "query" or written.get("required") or "object" in types):
        yield (*place, "allowEmptyValue"), "only an optional query parameter can be empty, and no deepObject"


def _nodes(node: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every object of the document, but for what stands in examples, which are data, and in variants."""
    if isinstance(node, dict):
        yield where, node
        for name, value in node.items():
            if name not in _DATA or where[-1:] == ("properties",):
                yield from _nodes(value, (*where, name))
            elif name == "examples" and isinstance(value, dict):
                yield from (((*where, name, one), example) for one, example in value.items())
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, (*where, index))
