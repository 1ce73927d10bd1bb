"""Contract files: read, held against the dialect, and refused with file, line and path where the sandbox would not understand them."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sandbox import yaml_file
from sandbox.contract.document import METHODS, Contract
from sandbox.contract.schemas import unescaped
from sandbox.precompiled import value_of
from sandbox.problems import Unusable

DIALECT: Final = Path(__file__).with_name("dialect.yaml")
READER: Final = "contract 1"

Finding = tuple[tuple[str | int, ...], str]


def read_contract(path: Path, shown: str) -> Contract:
    """The contract in a file; `shown` is the name that errors call it by.

    Raises:
        Unusable: with every error, as `file:line: path: what is wrong`.
    """
    version = f"{READER} {hashlib.sha256(DIALECT.read_bytes()).hexdigest()}"
    return Contract(value_of(path, lambda text: _checked(text, shown), version))


def _checked(text: str, shown: str) -> Any:
    document = yaml_file.read_yaml(text, shown)
    # What breaks the dialect cannot be looked into any further, and so on inwards.
    for examine in (_dialect_findings, _reference_findings, _name_findings, _schema_findings):
        findings = list(examine(document))
        if findings:
            raise Unusable(
                [
                    f"{shown}:{yaml_file.line_of(text, where)}: {yaml_file.pointer(where)}: {what}"
                    for where, what in findings
                ]
            )
    return document


def _dialect_findings(document: Any) -> Iterator[Finding]:
    # Imported here, as it takes long and most starts find their contracts checked already.
    import jsonschema  # noqa: PLC0415
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    dialect = yaml_file.read_yaml(DIALECT.read_text(), DIALECT.name)
    for error in jsonschema.Draft202012Validator(dialect).iter_errors(document):
        inner = best_match([error]) if error.context else error
        yield tuple(inner.absolute_path), inner.message


def _reference_findings(document: Any) -> Iterator[Finding]:
    for where, node in _nodes(document):
        if "$ref" in node and isinstance(node["$ref"], str):
            target: Any = document
            for step in unescaped(node["$ref"]):
                target = target.get(step) if isinstance(target, dict) else None
            if target is None:
                yield (*where, "$ref"), f"there is nothing at {node['$ref']}"


def _name_findings(document: Any) -> Iterator[Finding]:
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
    for place, node in _nodes(document):
        if place[-2:-1] == ("links",) and node.get("operationId") not in times:
            yield place, f"there is no operation {node.get('operationId')!r}"


def _schema_findings(document: Any) -> Iterator[Finding]:
    """Schemas that do not compile, and examples that break the schema beside them."""
    contract = Contract(document)
    for operation in contract.operations:
        where = ("paths", operation.template, operation.method.lower())
        judges = [parameter.judge for parameter in operation.parameters]
        judges += [one.judge for one in operation.replies.values() if one.judge is not None]
        try:
            for judge in judges:
                judge.is_valid(None)
            if operation.body is not None:
                yield from _example_findings(document, where, operation.body.media_type, operation.body.judge)
        except ValueError as error:
            yield where, f"a schema of this operation does not compile: {error}"


def _example_findings(document: Any, where: tuple[str | int, ...], media_type: str, judge: Any) -> Iterator[Finding]:
    body = document["paths"][where[1]][where[2]]["requestBody"]
    examples = body.get("content", {}).get(media_type, {}).get("examples", {})
    for name, example in examples.items():
        if "value" in example and not judge.is_valid(example["value"]):
            for violation in judge.violations(example["value"]):
                yield (
                    (*where, "requestBody", "content", media_type, "examples", name),
                    f"the example breaks its schema at {violation.pointer or 'the top'}: {violation.message}",
                )


def _nodes(node: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every object of the document, but for what stands in examples, which are data."""
    if isinstance(node, dict):
        yield where, node
        for name, value in node.items():
            if name not in {"examples", "example", "default", "const", "enum"} or where[-1:] == ("properties",):
                yield from _nodes(value, (*where, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, (*where, index))
