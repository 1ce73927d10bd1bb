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

from paysandbox.check.references import Path, find_parameter_references, find_references
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json

MOST_NAMED: Final = 3  # properties that are taken from an example one after the other, because refusals name them
NAMED: Final = re.compile(r"/([^ :]+): ")  # the JSON pointer that an explanation begins with

Binding = tuple[Mapping[str, Any], Any]


class Binder:
    """Binds the requests of one API. Bindings are tried out in the namespace of `subject`."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._references = {operation.id: find_references(subject, operation) for operation in subject.operations}
        self._parameters = {
            (operation.id, place): dict(find_parameter_references(subject, operation, place))
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
            reply = self._subject.call(operation, candidate, path)
            if self._subject.succeeded(operation, reply):
                bindings.insert(0, bindings.pop(index))
                return path, candidate
            if reply.headers.get("x-sandbox-reason") != "state":
                return path, candidate  # no record makes this request a valid one
        for index, (path, example) in enumerate(bindings):
            candidate = self._replace_refused(operation, path, self._fill_references(operation, body, example), example)
            if candidate is not None:
                bindings.insert(0, bindings.pop(index))
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
                _overlay(body, example, tuple(named[1].split("/")), removes=True)
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

    def refers(self, operation: Operation, where: Path) -> bool:
        """Whether the value at a path of the body refers to a record, or is part of an object that does."""
        return any(where[: len(reference)] == reference for reference in self._references[operation.id])

    def list_references(self, operation: Operation) -> list[Path]:
        """The paths of the body's properties that refer to records."""
        return sorted(self._references[operation.id])

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


def _overlay(body: Any, example: Any, reference: Path, *, removes: bool = False) -> None:
    """Copy a property from the example to the body, or remove it if the example lacks it.

    With `removes` also where the example lacks the object around it; otherwise it stays, as the object may require it.
    """
    step, rest = reference[0], reference[1:]
    if removes and isinstance(body, dict) and not isinstance(example, dict):
        example = {}
    if step == "*":
        if isinstance(body, list) and isinstance(example, list) and example:
            for index, item in enumerate(body):
                known = example[index % len(example)]
                if rest:
                    _overlay(item, known, rest, removes=removes)
                else:
                    body[index] = to_plain_json(known)
    elif isinstance(body, dict) and isinstance(example, dict):
        if rest and step in body:
            _overlay(body[step], example.get(step), rest, removes=removes)
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
