"""Find which properties and parameters of a request refer to records: those whose made-up value its state refuses."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.check.mutations import resolve_schema
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation

MADE_UP: Final = "No such"  # short enough for any property that refers to a record
# The first and the last day in both formats. Where two dates must be in order, one of these days is refused.
DAYS: Final = {
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"): ("1000-01-01", "9999-12-31"),
    re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}"): ("01/01/1000", "31/12/9999"),
}

Path = tuple[str, ...]


def find_references(subject: Subject, operation: Operation) -> set[Path]:
    """Paths of the body's properties that refer to records; `*` stands for the items of an array."""
    refused: set[tuple[Path, str]] = set()
    taken: set[tuple[Path, str]] = set()
    for example in subject.examples(operation).values():
        for leaf, text, changed in _replace_each_string(example):
            subject.reset()
            reply = subject.call(operation, changed)
            declared = _count_declared_steps(subject, operation, leaf)
            named = _find_record_reference(example, leaf)[:declared]
            if subject.succeeded(operation, reply) and declared == len(leaf):
                taken.add((named, text))
            elif reply.headers.get("x-sandbox-reason") == "state":
                refused.add((named, text))
    # A property refused in one example only is refused for another reason, such as a repeat that is not identical.
    return {named for named, _ in refused - taken} | set(_find_unique_properties(subject, operation))


def _find_unique_properties(subject: Subject, operation: Operation) -> Iterator[Path]:
    """Paths of the body's properties that no two records share: an example works again only with another value."""
    for example in subject.examples(operation).values():
        subject.reset()
        if not subject.succeeded(operation, subject.call(operation, example)):
            continue
        if subject.call(operation, example).headers.get("x-sandbox-reason") != "state":
            continue
        for leaf, _, changed in _replace_each_string(example):
            subject.reset()
            subject.call(operation, example)
            if subject.succeeded(operation, subject.call(operation, changed)):
                yield _find_record_reference(example, leaf)


def find_parameter_references(subject: Subject, operation: Operation, place: str) -> Iterator[tuple[str, Any]]:
    """Parameters in `place` that refer to a record, or to a date with an order to keep, with their examples."""
    examples = {
        parameter["name"]: parameter["example"]
        for parameter in subject.parameters(operation)
        if parameter["in"] == place and isinstance(parameter.get("example"), str)
    }
    days = {name: example for name, example in examples.items() if _boundary_days(example)}
    required = {
        parameter["name"]: str(parameter["example"])
        for parameter in subject.parameters(operation)
        if parameter["in"] == "query" and parameter.get("required")
    }
    for name, example in examples.items():
        key, sign, _ = example.rpartition("=")  # `number=97` names a record by a key, both in one text
        tried = [{name: key + sign + MADE_UP}, *({**days, name: day} for day in _boundary_days(example))]
        for values in tried:
            subject.reset()
            given = {"query": required} | {place: {**(required if place == "query" else {}), **values}}
            reply = subject.call(operation, parameters=given)
            if reply.headers.get("x-sandbox-reason") == "state":
                yield name, example
                break


def _count_declared_steps(subject: Subject, operation: Operation, leaf: Path) -> int:
    """How many leading steps of a path the contract declares.

    An object with undeclared names (a map) is one reference as a whole, because its names refer to records too.
    """
    node: Any = subject.document
    for step in subject.body_schema_path(operation):
        node = subject.follow(node)[step]
    for depth, step in enumerate(leaf):
        node = resolve_schema(subject, node)
        if step != "*" and step not in node.get("properties", {}) and not _has_combinators(node):
            return depth
        node = node.get("items", {}) if step == "*" else node.get("properties", {}).get(step, {})
    return len(leaf)


def _has_combinators(schema: Mapping[str, Any]) -> bool:
    """Whether other schemas may declare properties of it."""
    return not schema.keys().isdisjoint({"allOf", "anyOf", "oneOf"})


def _replace_each_string(value: Any, where: Path = ()) -> Iterator[tuple[Path, str, Any]]:
    """Replace each string in turn; yield its path, the new string and the changed value."""
    if isinstance(value, str):
        for text in (MADE_UP, *_boundary_days(value)):
            yield where, text, text
    elif isinstance(value, dict):
        for name, below in value.items():
            for leaf, text, changed in _replace_each_string(below, (*where, name)):
                yield leaf, text, {**value, name: changed}
    elif isinstance(value, list):
        for index, below in enumerate(value):
            for leaf, text, changed in _replace_each_string(below, (*where, "*")):
                yield leaf, text, [*value[:index], changed, *value[index + 1 :]]


def _boundary_days(example: str) -> tuple[str, ...]:
    """The first and the last day in the format of an example; empty if the example is not a date."""
    return next((days for spelling, days in DAYS.items() if spelling.fullmatch(example)), ())


def _find_record_reference(example: Any, leaf: Path) -> Path:
    """The path of a reference; an object with a single property is the reference as a whole."""
    node = example
    for depth, step in enumerate(leaf[:-1]):
        node = node[0] if step == "*" else node[step]
        if isinstance(node, dict) and len(node) == 1 and depth + 1 == len(leaf) - 1 and len(leaf) > 1:
            return leaf[:-1]
    return leaf
