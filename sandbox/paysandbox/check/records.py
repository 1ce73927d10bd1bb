"""Where values that name a record stand: in the fixtures, and in the replies of the reference sandbox.

A field is a table's key or one of its indexes, as `invoices` or `invoices.number`. Nothing is listed: a place of a
reply holds a field if everything that stands there is a value of that field.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation

Place = tuple[str, ...]

SHORTEST: Final = 3  # characters; shorter values, such as 1 or PT, stand in many places that name no record
ITEMS: Final = "*"


class Fields:
    """The values of all fields in the reference sandbox."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.values = self.read()
        self._of: dict[str, list[str]] = defaultdict(list)
        for field, values in self.values.items():
            for value in values:
                self._of[value].append(field)

    def read(self) -> dict[str, set[str]]:
        """The values of each field now; of an index of several values the last one, which is the client's own."""
        found: dict[str, set[str]] = {}
        state = self._subject.runtime.namespaces.get("default").state(self._subject.name)
        for name, table_def in state.table_defs().items():
            records = list(state.table(name).records())
            found[name] = {_read_last(table_def.key(record)) for record in records}
            for index, read in table_def.indexes.items():
                found[f"{name}.{index}"] = {_read_last(read(record)) for record in records} - {"None", "True", "False"}
        return found

    def of_value(self, value: object) -> list[str]:
        """The fields that a value of the fixtures belongs to, those with the fewest values first."""
        return sorted(self._of.get(str(value), ()), key=lambda field: ("." in field, len(self.values[field])))


class ReplyPlaces:
    """Where the replies of each operation have values that name a record."""

    def __init__(self, subject: Subject, fields: Fields) -> None:
        self.fields = fields
        self._places: dict[str, dict[Place, list[str]]] = {}
        for operation in subject.operations:
            self._places[operation.id] = _find_places(subject, operation, fields)

    def extract(self, operation: Operation, body: Any) -> Iterator[tuple[str, Any]]:
        """The fields in a reply with their values, in the reply's order."""
        known = self._places[operation.id]
        for place, value in list_leaves(body):
            for field in known.get(place, ()):
                yield field, value

    def extract_new(self, operation: Operation, body: Any) -> dict[str, Any]:
        """The first value of each field in a reply that no record of the fixtures has."""
        found: dict[str, Any] = {}
        for field, value in self.extract(operation, body):
            if str(value) not in self.fields.values[field]:
                found.setdefault(field, value)
        return found

    def list_makers(self, field: str) -> list[str]:
        """The ids of the operations whose replies have a value of a field."""
        return [name for name, places in self._places.items() if any(field in found for found in places.values())]


def _find_places(subject: Subject, operation: Operation, fields: Fields) -> dict[Place, list[str]]:
    met: dict[Place, set[str]] = defaultdict(set)
    known: dict[str, set[str]] = defaultdict(set)
    for body in list(subject.examples(operation).values()) or [...]:
        subject.reset()
        reply = subject.call(operation, body, parameters={"query": example_query(subject, operation)})
        if not subject.succeeded(operation, reply) or not reply.is_json:
            continue
        for place, value in list_leaves(reply.json):
            met[place].add(str(value))
        for field, values in fields.read().items():
            known[field] |= values
    found = {}
    for place, values in met.items():
        telling = is_telling(place, max(values, key=len))
        fitting = [field for field, all_of in known.items() if telling and values <= all_of]
        if fitting:
            found[place] = fitting
    return found


def example_query(subject: Subject, operation: Operation) -> dict[str, Any]:
    """The required query parameters with the contract's examples."""
    return {
        parameter["name"]: parameter["example"]
        for parameter in subject.parameters(operation)
        if parameter["in"] == "query" and parameter.get("required") and "example" in parameter
    }


def list_leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The strings and numbers of a JSON value with their places; `*` stands for the items of an array."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from list_leaves(below, (*place, name))
    elif isinstance(value, list):
        for below in value:
            yield from list_leaves(below, (*place, ITEMS))
    elif value is not None and not isinstance(value, bool):
        yield place, value


def is_telling(place: Place, value: object) -> bool:
    """Whether a value at a place may name a record: numbers such as 1 are too common, unless the place is an id's."""
    return bool(place) and (place[-1].lower().endswith("id") or len(str(value)) >= SHORTEST)


def _read_last(value: Any) -> str:
    return str(value[-1] if isinstance(value, tuple) else value)
