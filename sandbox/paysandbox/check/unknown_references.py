"""Find calls that the contract refuses because they name a record that does not exist, in the reference sandbox.

Nothing is listed: in a call that succeeds there, each value that names a record makes room for one that names none, and
what is refused for that is a probe.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.check.binding import to_plain_json
from paysandbox.check.recipes import Action, Cookbook
from paysandbox.check.records import Fields, example_query, is_telling
from paysandbox.check.references import MADE_UP
from paysandbox.check.rule_probes import Place, Probe, Unknown, put_value, read_rule
from paysandbox.check.subject import Subject
from paysandbox.check.unique_values import number_value
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

MOST: Final = 12  # probes of an operation
_IDS: Final = (  # what takes the place of each character of an id, so that its form stays
    (re.compile(r"[0-9a-f]"), "f"),
    (re.compile(r"[0-9A-F]"), "F"),
    (re.compile(r"[0-9]"), "9"),
)
_NUMBERS: Final = (2147483646, 987654)


class UnknownFinder:
    """Finds the probes of an API, of each place of an operation's call one."""

    def __init__(self, subject: Subject, cookbook: Cookbook, fields: Fields) -> None:
        self._subject = subject
        self._cookbook = cookbook
        self._fields = fields

    def find(self, operation: Operation) -> list[Probe]:
        """The probes of an operation.

        What is refused in one call and taken in another is refused for another reason, such as a repeat that differs.
        """
        calls = [call for call in self._list_calls(operation) if self._succeeds(operation, call)]
        named = {_name_place(place) for call in calls for place, _ in self._list_names(operation, call)}
        refused: dict[Place, Probe] = {}
        taken: set[Place] = set()
        for call in calls:
            for place, value in _list_places(call):
                key = _name_place(place)
                unknown = self._find_unknown(operation, call, place, value) if key in named else None
                if unknown is None:
                    continue
                reply = self._send(operation, call, unknown)
                if self._subject.succeeded(operation, reply):
                    taken.add(key)
                elif reply.headers.get("x-sandbox-reason") == "state":
                    refused.setdefault(key, self._make_probe(operation, call, unknown, reply))
        return [probe for key, probe in refused.items() if key not in taken][:MOST]

    def _list_calls(self, operation: Operation) -> Iterator["_Call"]:
        """Calls with the contract's examples, and on a record that is made for them."""
        query = example_query(self._subject, operation)
        path = {
            parameter["name"]: parameter["example"]
            for parameter in self._subject.parameters(operation)
            if parameter["in"] == "path"
        }
        names = self._cookbook.list_path_fields(operation)
        recipe = self._cookbook.find(operation, *names[0]) if len(names) == len(path) == 1 else None
        for body in list(self._subject.examples(operation).values()) or [...]:
            yield _Call(path, query, body, (), (), names_body=not recipe)
            if recipe:
                yield _Call({}, query, body, tuple(recipe), tuple(names), names_body=True)

    def _list_names(self, operation: Operation, call: "_Call") -> Iterator[tuple[Place, Any]]:
        """The places of a call that name a record, with their values; of a log-in the body is left as it is."""
        members = operation.body.members if operation.body is not None else ()
        is_log_in = operation.scheme is None and self._subject.service.provider.body_credential not in members
        secrets = self._subject.credentials.values()
        for place, value in _list_places(call):
            is_name = is_telling(tuple(map(str, place)), value) and self._fields.of_value(value)
            if place[0] != "body" or (is_name and not is_log_in and value not in secrets):
                yield place, value

    def _find_unknown(self, operation: Operation, call: "_Call", place: Place, value: Any) -> Unknown | None:
        """Another value at a place that names no record; None if none has its form."""
        accepts = _find_judge(operation, call, place)
        others = (other for other in list_unknown(value) if not self._fields.of_value(other) and accepts(other))
        found = next(others, None)
        return None if found is None else Unknown(place, found)

    def _send(self, operation: Operation, call: "_Call", unknown: Unknown) -> Response:
        path = unknown.put_into("path", {**call.path, **self._make(call)})
        query = unknown.put_into("query", call.query)
        return self._subject.call(operation, unknown.put_into("body", call.body), path, {"query": query})

    def _make_probe(self, operation: Operation, call: "_Call", unknown: Unknown, reply: Response) -> Probe:
        kind, *steps = unknown.place
        return Probe(
            operation=operation,
            rule=read_rule(self._subject, operation, reply),
            recipe=call.recipe,
            takes=call.takes,
            body=call.body,
            is_repeat=False,
            what=f"with {'/'.join(map(str, steps))} in its {kind} that names no record",
            status=reply.status,
            unknown=unknown,
            free=tuple(self._list_free(operation, call)) if kind == "body" else (),
        )

    def _list_free(self, operation: Operation, call: "_Call") -> Iterator[Place]:
        """The places of texts in a body that the reference takes with another text."""
        for place, value in _list_values(call.body):
            if isinstance(value, str) and number_value(value, 0) != value:
                body = put_value(call.body, place, number_value(value, 0))
                if self._succeeds(operation, replace(call, body=body)):
                    yield place

    def _succeeds(self, operation: Operation, call: "_Call") -> bool:
        path = {**call.path, **self._make(call)}
        return self._subject.succeeded(operation, self._subject.call(operation, call.body, path, {"query": call.query}))

    def _make(self, call: "_Call") -> dict[str, Any]:
        """The path parameters of the record that is made for a call, after a reset."""
        made = self._cookbook.follow(call.recipe) or {}
        return {parameter: made[field] for parameter, field in call.takes if field in made}


class _Call(Struct, frozen=True):
    """A call on the records that `path` names, or on one that `recipe` makes, whose fields are `takes`.

    `names_body` if another server knows the record too, so that it looks at the records that the body names.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    recipe: tuple[Action, ...]
    takes: tuple[tuple[str, str], ...]
    names_body: bool


def _list_places(call: _Call) -> Iterator[tuple[Place, Any]]:
    """The places of a call that may name a record, with their values."""
    if not call.recipe:
        yield from ((("path", name), value) for name, value in call.path.items())
        yield from ((("query", name), value) for name, value in call.query.items())
    if call.names_body and call.body is not ...:
        yield from ((("body", *place), value) for place, value in _list_values(call.body))


def _name_place(place: Place) -> Place:
    return tuple("*" if isinstance(step, int) else step for step in place)


def list_unknown(value: Any) -> list[Any]:
    """Values in the form of one that names a record, sure to name none; of `number=97` the part behind the sign."""
    if isinstance(value, int):
        return list(_NUMBERS)
    if not isinstance(value, str):
        return []
    key, sign, name = value.rpartition("=")
    return [key + sign + other for other in (MADE_UP, *(form.sub(letter, name) for form, letter in _IDS))]


def _find_judge(operation: Operation, call: _Call, place: Place) -> Callable[[Any], bool]:
    """What tells whether the contract allows another value at a place of a call."""
    kind, name = place[:2]
    if kind == "body":
        judge = operation.body.validator.is_valid if operation.body is not None else bool
        return lambda other: judge(put_value(call.body, place[1:], other))
    (declared,) = (each for each in operation.parameters if (each.place, each.name) == (kind, name))
    return declared.validator.is_valid


def _list_values(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _list_values(below, (*place, name))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _list_values(below, (*place, number))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield place, to_plain_json(value)
