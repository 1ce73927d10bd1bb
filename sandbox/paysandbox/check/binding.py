"""Real ids for made-up requests: without them nearly every valid one ends at "unknown document", and nothing is tested.

What is bound comes from the contract's request examples, the path parameters' examples and the keys of the fixtures'
records. Which members name records nobody has to list: they are those whose made-up value the state refuses in an
example that works otherwise.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import product
from typing import Any, Final

from paysandbox.check.mutations import meant
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json

MADE_UP: Final = "No such"  # short enough for any member that names a record
# The first and the last day in both spellings: one of two dates that must stand in an order is refused at one of them.
DAYS: Final = {
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"): ("1000-01-01", "9999-12-31"),
    re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}"): ("01/01/1000", "31/12/9999"),
}

Path = tuple[str, ...]
Binding = tuple[Mapping[str, Any], Any]


class Binder:
    """Binds the requests of one API. `subject` has a world of its own, in which bindings are tried out."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._references = {one.id: _references(subject, one) for one in subject.operations}
        self._queries = {one.id: dict(_query_references(subject, one)) for one in subject.operations}
        self._bindings = {one.id: list(_bindings(subject, one)) for one in subject.operations}

    def with_credentials(self, operation: Operation, body: Any) -> Any:
        """The body with the fixtures' credentials for those that it makes up; one that breaks its schema stays."""
        if operation.body is None or not isinstance(body, dict):
            return body
        place = (*self._subject.body_place(operation), "properties")
        known = operation.body.members & self._subject.credentials.keys() & body.keys()
        return body | {
            name: self._subject.credentials[name]
            for name in known
            if self._subject.is_valid(_resolved(self._subject, (*place, name)), body[name])
        }

    def bound(self, operation: Operation, body: Any) -> tuple[Mapping[str, Any], Any]:
        """Path parameters and body with which a valid request is carried out, or the first ones if none is found.

        The binding that worked last is tried first, so that this is one call as a rule.
        """
        bindings = self._bindings[operation.id]
        for index, (path, example) in enumerate(bindings):
            candidate = self._with_references(operation, body, example)
            self._subject.reset()
            if self._subject.done(operation, self._subject.call(operation, candidate, path)):
                bindings.insert(0, bindings.pop(index))
                return path, candidate
        path, example = bindings[0]
        return path, self._with_references(operation, body, example)

    def with_query_references(self, operation: Operation, query: Mapping[str, Any]) -> dict[str, Any]:
        """The query with the example's value of each parameter that names something."""
        known = self._queries[operation.id]
        return {name: known.get(name, value) for name, value in query.items()}

    def with_references(self, operation: Operation, body: Any) -> Any:
        """The body with the records that the likeliest example names."""
        return self._with_references(operation, body, self._bindings[operation.id][0][1])

    def _with_references(self, operation: Operation, body: Any, example: Any) -> Any:
        body = deepcopy(body)
        if () in self._references[operation.id]:
            return plain(example)
        if isinstance(body, dict):
            for reference in sorted(self._references[operation.id], key=len):
                _overlay(body, example, reference)
        return body


def plain(value: Any) -> Any:
    """A copy of a JSON value in plain Python, for writers that know no Decimal."""
    return json.loads(write_json(value))


def _references(subject: Subject, operation: Operation) -> set[Path]:
    """The members of the body that name records, `*` standing for the items of an array."""
    refused: set[tuple[Path, str]] = set()
    taken: set[tuple[Path, str]] = set()
    for example in subject.examples(operation).values():
        for leaf, text, changed in _with_a_made_up_text(example):
            subject.reset()
            reply = subject.call(operation, changed)
            declared = _declared(subject, operation, leaf)
            named = _record_named(example, leaf)[:declared]
            if subject.done(operation, reply) and declared == len(leaf):
                taken.add((named, text))
            elif reply.headers.get("x-sandbox-reason") == "state":
                refused.add((named, text))
    # What is refused in one example only is refused for another reason, such as a repeat that is no longer identical.
    return {named for named, _ in refused - taken}


def _query_references(subject: Subject, operation: Operation) -> Iterator[tuple[str, Any]]:
    """The query parameters that name something, or a day that must stand in an order, with their examples."""
    examples = {
        one["name"]: one["example"]
        for one in subject.parameters(operation)
        if one["in"] == "query" and isinstance(one.get("example"), str)
    }
    days = {name: example for name, example in examples.items() if _days(example)}
    required = {
        one["name"]: str(one["example"])
        for one in subject.parameters(operation)
        if one["in"] == "query" and one.get("required")
    }
    for name, example in examples.items():
        key, sign, _ = example.rpartition("=")  # `number=97` names a record by a key, both in one text
        tried = [{name: key + sign + MADE_UP}, *({**days, name: day} for day in _days(example))]
        for query in tried:
            subject.reset()
            reply = subject.call(operation, parameters={"query": {**required, **query}})
            if reply.headers.get("x-sandbox-reason") == "state":
                yield name, example
                break


def _declared(subject: Subject, operation: Operation, leaf: Path) -> int:
    """How many steps to a part of the body the contract knows; a name that it leaves free says what is meant as well.

    So an object with such names stands for what it names as a whole: the body itself, if need be.
    """
    node: Any = subject.document
    for step in subject.body_place(operation):
        node = subject.follow(node)[step]
    for depth, step in enumerate(leaf):
        node = meant(subject, node)
        if step != "*" and step not in node.get("properties", {}) and not _combined(node):
            return depth
        node = node.get("items", {}) if step == "*" else node.get("properties", {}).get(step, {})
    return len(leaf)


def _combined(schema: Mapping[str, Any]) -> bool:
    """Whether other schemas may declare members of it."""
    return not schema.keys().isdisjoint({"allOf", "anyOf", "oneOf"})


def _with_a_made_up_text(value: Any, where: Path = ()) -> Iterator[tuple[Path, str, Any]]:
    """The value with each of its texts replaced in turn: where, by what, and the whole."""
    if isinstance(value, str):
        for text in (MADE_UP, *_days(value)):
            yield where, text, text
    elif isinstance(value, dict):
        for name, below in value.items():
            for leaf, text, changed in _with_a_made_up_text(below, (*where, name)):
                yield leaf, text, {**value, name: changed}
    elif isinstance(value, list):
        for index, below in enumerate(value):
            for leaf, text, changed in _with_a_made_up_text(below, (*where, "*")):
                yield leaf, text, [*value[:index], changed, *value[index + 1 :]]


def _days(example: str) -> tuple[str, ...]:
    """The first and the last day, spelt as an example that is a day; nothing for any other text."""
    return next((days for spelling, days in DAYS.items() if spelling.fullmatch(example)), ())


def _record_named(example: Any, leaf: Path) -> Path:
    """An object of a single member stands as a whole for the record that it names."""
    node = example
    for depth, step in enumerate(leaf[:-1]):
        node = node[0] if step == "*" else node[step]
        if isinstance(node, dict) and len(node) == 1 and depth + 1 == len(leaf) - 1 and len(leaf) > 1:
            return leaf[:-1]
    return leaf


def _overlay(body: Any, example: Any, reference: Path) -> None:
    """Make the body's member what it is in the example, absent included."""
    step, rest = reference[0], reference[1:]
    if step == "*":
        if isinstance(body, list) and isinstance(example, list) and example:
            for index, item in enumerate(body):
                _overlay(item, example[index % len(example)], rest)
    elif isinstance(body, dict) and isinstance(example, dict):
        if rest and step in body:
            _overlay(body[step], example.get(step), rest)
        elif not rest and step in example:
            body[step] = plain(example[step])
        elif not rest:
            body.pop(step, None)


def _bindings(subject: Subject, operation: Operation) -> Iterator[Binding]:
    """Everything that a request may be bound to, the contract's own examples first."""
    examples = list(subject.examples(operation).values()) or [...]
    parameters = [one for one in subject.parameters(operation) if one["in"] == "path"]
    keys = record_keys(subject)
    values = []
    for parameter in parameters:
        (judge,) = (
            one.validator for one in operation.parameters if (one.name, one.place) == (parameter["name"], "path")
        )
        values.append([parameter["example"], *(key for key in keys if judge.is_valid(key))])
    for chosen in product(*values):
        for example in examples:
            yield {one["name"]: value for one, value in zip(parameters, chosen, strict=True)}, example


def record_keys(subject: Subject) -> list[Any]:
    """The keys of all records that the fixtures give the API, and after them the texts that an index finds one by."""
    if subject.name not in subject.runtime.services:
        return []
    state = subject.runtime.namespaces.get("default").state(subject.name)
    tables = [(table_def, list(state.table(name).records())) for name, table_def in state.table_defs().items()]
    keys = [table_def.key(record) for table_def, records in tables for record in records]
    found = [
        index(record) for table_def, records in tables for index in table_def.indexes.values() for record in records
    ]
    last = (one[-1] if isinstance(one, tuple) else one for one in found)
    return list(dict.fromkeys([*keys, *(one for one in last if isinstance(one, str))]))


def _resolved(subject: Subject, place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The same place, references on the way followed, as a JSON pointer cannot pass through them."""
    node: Any = subject.document
    found: tuple[str | int, ...] = ()
    for step in place:
        if isinstance(node, dict) and "$ref" in node:
            found = tuple(node["$ref"].removeprefix("#/").split("/"))
            node = subject.follow(node)
        found, node = (*found, step), node[step]
    return found
