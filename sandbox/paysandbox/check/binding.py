"""Put real ids into generated requests, because most valid requests would otherwise fail with "unknown document".

Ids come from the contract's request examples, the examples of path parameters and the keys of fixture records. Which
properties refer to records is found out, not listed: those whose made-up value makes an example fail for its state.
Where the state refuses what several values come to, the property that the refusal names is taken from an example too;
where it names none, all numbers are, because an amount may be more than what a record can take.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from itertools import product
from numbers import Number
from typing import Any, Final

from paysandbox.check.mutations import resolve_schema
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json

MADE_UP: Final = "No such"  # short enough for any property that refers to a record
# The first and the last day in both formats. Where two dates must be in order, one of these days is refused.
DAYS: Final = {
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"): ("1000-01-01", "9999-12-31"),
    re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}"): ("01/01/1000", "31/12/9999"),
}
MOST_NAMED: Final = 3  # properties that are taken from an example one after the other, because refusals name them
NAMED: Final = re.compile(r"/([^ :]+): ")  # the JSON pointer that an explanation begins with

Path = tuple[str, ...]
Binding = tuple[Mapping[str, Any], Any]


class Binder:
    """Binds the requests of one API. Bindings are tried out in the namespace of `subject`."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._references = {operation.id: _find_references(subject, operation) for operation in subject.operations}
        self._parameters = {
            (operation.id, place): dict(_find_parameter_references(subject, operation, place))
            for operation in subject.operations
            for place in ("query", "header")
        }
        self._bindings = {operation.id: list(_list_bindings(subject, operation)) for operation in subject.operations}

    def fill_credentials(self, operation: Operation, body: Any) -> Any:
        """Replace valid made-up credentials in the body by those of the fixtures; invalid ones stay invalid."""
        if operation.body is None or not isinstance(body, dict):
            return body
        place = (*self._subject.body_schema_path(operation), "properties")
        known = operation.body.members & self._subject.credentials.keys() & body.keys()
        return body | {
            name: self._subject.credentials[name]
            for name in known
            if self._subject.is_valid(_resolve_refs(self._subject, (*place, name)), body[name])
        }

    def bind(self, operation: Operation, body: Any) -> tuple[Mapping[str, Any], Any]:
        """Find path parameters and a body with which a valid request succeeds; the first binding if none does."""
        # The binding that worked last is moved to the front, so that this usually takes one call.
        bindings = self._bindings[operation.id]
        for index, (path, example) in enumerate(bindings):
            candidate = self._fill_references(operation, body, example)
            self._subject.reset()
            if self._subject.succeeded(operation, self._subject.call(operation, candidate, path)):
                bindings.insert(0, bindings.pop(index))
                return path, candidate
        for path, example in bindings:
            candidate = self._replace_refused(operation, path, self._fill_references(operation, body, example), example)
            if candidate is not None:
                return path, candidate
        path, example = bindings[0]
        return path, self._fill_references(operation, body, example)

    def _replace_refused(self, operation: Operation, path: Mapping[str, Any], body: Any, example: Any) -> Any:
        """Replace the properties that the state refuses; None if the request does not succeed then either."""
        numbers = set(_find_numbers(body))
        for _ in range(MOST_NAMED + 1):
            self._subject.reset()
            reply = self._subject.call(operation, body, path)
            if self._subject.succeeded(operation, reply):
                return body
            if reply.headers.get("x-sandbox-reason") != "state":
                break
            named = NAMED.match(reply.headers.get("x-sandbox-explain", ""))
            if named is not None:
                _overlay(body, example, tuple(named[1].split("/")))
                continue
            if not numbers:
                break
            for reference in numbers:
                _overlay(body, example, reference)
            numbers = set()
        return None

    def bind_parameters(self, operation: Operation, place: str, names: Collection[str]) -> dict[str, Any]:
        """The examples of those parameters in `place` (query or header) that refer to records."""
        return {name: value for name, value in self._parameters[operation.id, place].items() if name in names}

    def fill_references(self, operation: Operation, body: Any) -> Any:
        """Replace the references of the body by those of the first binding."""
        return self._fill_references(operation, body, self._bindings[operation.id][0][1])

    def _fill_references(self, operation: Operation, body: Any, example: Any) -> Any:
        body = deepcopy(body)
        if () in self._references[operation.id]:
            return to_plain_json(example)
        if isinstance(body, dict):
            for reference in sorted(self._references[operation.id], key=len):
                _overlay(body, example, reference)
        return body


def to_plain_json(value: Any) -> Any:
    """Copy a JSON value into plain Python, for libraries without Decimal."""
    return json.loads(write_json(value))


def _find_references(subject: Subject, operation: Operation) -> set[Path]:
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


def _find_parameter_references(subject: Subject, operation: Operation, place: str) -> Iterator[tuple[str, Any]]:
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


def _find_numbers(value: Any, where: Path = ()) -> Iterator[Path]:
    """Paths of the numbers in a body."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _find_numbers(below, (*where, name))
    elif isinstance(value, list):
        for below in value:
            yield from _find_numbers(below, (*where, "*"))
    elif isinstance(value, Number) and not isinstance(value, bool):
        yield where


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


def _overlay(body: Any, example: Any, reference: Path) -> None:
    """Copy a property from the example to the body, or remove it if the example lacks it."""
    step, rest = reference[0], reference[1:]
    if step == "*":
        if isinstance(body, list) and isinstance(example, list) and example:
            for index, item in enumerate(body):
                known = example[index % len(example)]
                if rest:
                    _overlay(item, known, rest)
                else:
                    body[index] = to_plain_json(known)
    elif isinstance(body, dict) and isinstance(example, dict):
        if rest and step in body:
            _overlay(body[step], example.get(step), rest)
        elif not rest and step in example:
            body[step] = to_plain_json(example[step])
        elif not rest:
            body.pop(step, None)


def _list_bindings(subject: Subject, operation: Operation) -> Iterator[Binding]:
    """All bindings to try, the contract's own examples first."""
    examples = list(subject.examples(operation).values()) or [...]
    parameters = [parameter for parameter in subject.parameters(operation) if parameter["in"] == "path"]
    keys = list_record_keys(subject)
    values = []
    for parameter in parameters:
        (judge,) = (
            declared.validator
            for declared in operation.parameters
            if (declared.name, declared.place) == (parameter["name"], "path")
        )
        values.append([parameter["example"], *(key for key in keys if judge.is_valid(key))])
    for chosen in product(*values):
        for example in examples:
            yield {parameter["name"]: value for parameter, value in zip(parameters, chosen, strict=True)}, example


def list_record_keys(subject: Subject) -> list[Any]:
    """Keys of all fixture records of the API, then the strings in its indexes."""
    if subject.name not in subject.runtime.services:
        return []
    state = subject.runtime.namespaces.get("default").state(subject.name)
    tables = [(table_def, list(state.table(name).records())) for name, table_def in state.table_defs().items()]
    keys = [table_def.key(record) for table_def, records in tables for record in records]
    found = [
        index(record) for table_def, records in tables for index in table_def.indexes.values() for record in records
    ]
    last = (key[-1] if isinstance(key, tuple) else key for key in found)
    return list(dict.fromkeys([*keys, *(key for key in last if isinstance(key, str))]))


def _resolve_refs(subject: Subject, place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Resolve references on the way, because a JSON pointer cannot pass through them."""
    node: Any = subject.document
    found: tuple[str | int, ...] = ()
    for step in place:
        if isinstance(node, dict) and "$ref" in node:
            found = tuple(node["$ref"].removeprefix("#/").split("/"))
            node = subject.follow(node)
        found, node = (*found, step), node[step]
    return found
