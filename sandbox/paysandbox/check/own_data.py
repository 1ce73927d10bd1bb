"""Learn which records a server has, and put them in place of the fixtures' records, for servers with their own data.

Values come from the file of `--data`, from what the server's replies show, and from records that are made for an
operation by a recipe. A value that worked is used again; one that did not makes room for the next.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from paysandbox.check.binding import Binder
from paysandbox.check.data_file import GivenData
from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.recipes import Action, Cookbook
from paysandbox.check.records import Fields, ReplyPlaces, example_query, is_telling
from paysandbox.check.subject import Subject
from paysandbox.check.unique_values import UniqueValues, number_value
from paysandbox.check.verdicts import is_positive
from paysandbox.contract.operation import Operation
from paysandbox.testing import Response

MOST_MADE: Final = 3  # records made in vain for an operation, before it is left to what is known
MOST_KNOWN: Final = 20  # values of a field that are kept, the latest first
UNKNOWN: Final[Any] = object()
Call = Callable[[Operation, Any, Mapping[str, Any], Mapping[str, Any]], Response | None]


class Want(NamedTuple):
    """A place of an operation's requests that names a record: the parameter, or the body's path joined by dots."""

    operation: str
    name: str


def is_look_up(operation: Operation) -> bool:
    """Whether an operation is called before the cases, because it only reads and names no record."""
    return operation.method == "GET" and "{" not in operation.template


class OwnData:
    """The records of the server under check. `call` calls it; `given` are the values of the user."""

    def __init__(self, subject: Subject, binder: Binder, call: Call, given: GivenData) -> None:
        self._subject = subject
        self._binder = binder
        self._call = call
        self._given = given
        self.fields = Fields(subject)
        self._places = ReplyPlaces(subject, self.fields)
        self.cookbook = Cookbook(subject, self._places)
        self._unique = UniqueValues(subject)
        self._known: dict[str, list[Any]] = defaultdict(list)
        self._chosen: dict[Want, Any] = {}
        self._vain: Counter[Want] = Counter()
        self._sent: list[Want] = []
        self._numbered: Counter[Want] = Counter()
        for table, values in given.tables.items():
            self._known[table] = list(values)

    def learn(self) -> None:
        """Call every operation that only reads and names no record, to learn what the server has."""
        for operation in filter(is_look_up, self._subject.operations):
            reply = self._call(operation, ..., {}, example_query(self._subject, operation))
            if reply is not None:
                self.observe(operation, reply.status, read_reply(reply))

    def list_makers(self, operations: Iterable[Operation]) -> list[Operation]:
        """The operations that may be called to make records for these operations."""
        found = {
            action.operation.id: action.operation
            for operation in operations
            for parameter in self._subject.parameters(operation)
            if parameter["in"] == "path"
            for field in self.fields.of_value(parameter["example"])[:1]
            for action in self.cookbook.find(operation, parameter["name"], field) or ()
        }
        return list(found.values())

    def observe(self, operation: Operation, status: int, body: Any) -> None:
        """Learn the values of a successful reply."""
        if body is None or not self._subject.is_success(operation, status, body):
            return
        for field, value in self._places.extract(operation, body):
            known = self._known[field]
            if value not in known:
                known.insert(0, value)
                del known[MOST_KNOWN:]

    def adapt(self, operation: Operation, case: AnyCase) -> None:
        """Put records of the server into a case, before it is sent; only valid cases need such in body and query."""
        self._sent = []
        positive = is_positive(case)
        if case.path_parameters:
            case.path_parameters = {
                name: value if (found := self._replace(operation, (name,), value, makes=positive)) is UNKNOWN else found
                for name, value in case.path_parameters.items()
            }
        for parameter in operation.parameters:
            if parameter.place == "header" and parameter.name in case.headers:
                found = self._replace(operation, (parameter.name,), case.headers[parameter.name])
                if found is not UNKNOWN:
                    case.headers[parameter.name] = found
                elif not parameter.required:
                    del case.headers[parameter.name]
        if not positive:
            self._sent = []
            return
        if case.query:
            case.query = self._replace_in_query(operation, case.query)
        if operation.body is not None and isinstance(case.body, dict):
            case.body = self._replace_in_body(operation, case.body)

    def judge(self, *, succeeded: bool) -> None:
        """Keep the values that were sent last if the request succeeded; otherwise the next ones take their place."""
        for want in self._sent:
            if succeeded:
                self._vain[want] = 0
            else:
                self._chosen.pop(want, None)
                self._vain[want] += 1
        self._sent = []

    def fill(self, operation: Operation, body: Any) -> Any:
        """A valid body with records of the server; `judge` then tells whether it was taken."""
        self._sent = []
        return body if body is ... else self._replace_in_body(operation, body)

    def describe_missing(self, operation: Operation) -> list[str]:
        """What a user could give so that an operation can be reached: its parameters with the tables they name."""
        found = []
        for parameter in self._subject.parameters(operation):
            if "example" in parameter and (parameter["in"] == "path" or parameter.get("required")):
                fields = self.fields.of_value(parameter["example"])
                found.append(f"{parameter['name']} (table {fields[0]})" if fields else parameter["name"])
        return [*found, *(f"{'.'.join(where)} in the body" for where in self._binder.list_references(operation))]

    def _replace_in_query(self, operation: Operation, query: Mapping[str, Any]) -> dict[str, Any]:
        """The query with records of the server; an optional parameter is left out if none is known."""
        named = {*self._binder.bind_parameters(operation, "query", query), *self._given.parameters}
        required = example_query(self._subject, operation)
        replaced = {
            name: self._replace(operation, (name,), value) if name in named else value for name, value in query.items()
        }
        return {
            name: query[name] if value is UNKNOWN else value
            for name, value in replaced.items()
            if value is not UNKNOWN or name in required
        }

    def _replace_in_body(self, operation: Operation, body: Any) -> Any:
        """The body with records of the server, if it is valid with them."""
        assert operation.body is not None
        accepts = operation.body.validator.is_valid
        changed = self._replace_below(operation, body, ())
        if accepts(changed):
            return changed
        kept = self._replace_below(operation, body, (), keeps=True)
        return kept if accepts(kept) else body

    def _replace_below(self, operation: Operation, value: Any, where: tuple[str, ...], *, keeps: bool = False) -> Any:
        """A part of a body with records of the server; properties without a known one are left out, unless `keeps`."""
        if isinstance(value, Mapping):
            below = {
                name: self._replace_below(operation, inner, (*where, name), keeps=keeps)
                for name, inner in value.items()
            }
            found = {name: inner for name, inner in below.items() if inner is not UNKNOWN}
            return found if found or not value else UNKNOWN
        if isinstance(value, list):
            items = [self._replace_below(operation, inner, (*where, "*"), keeps=keeps) for inner in value]
            return [item for item in items if item is not UNKNOWN]
        if isinstance(value, str) and where in self._unique.find(operation):
            return self._make_unique(Want(operation.id, ".".join(where)), value)
        if not is_telling(where, value) or not self._binder.refers(operation, where):
            return value
        if not keeps and isinstance(value, str) and not self.fields.of_value(value):
            return self._make_unique(Want(operation.id, ".".join(where)), value)
        found = self._replace(operation, where, value)
        return value if found is UNKNOWN and keeps else found

    def _make_unique(self, want: Want, value: str) -> str:
        """A value that no two records share, once the server has refused the contract's example."""
        self._sent.append(want)
        if not self._vain[want] and want not in self._numbered:
            return value
        self._numbered[want] += 1
        return number_value(value, self._numbered[want])

    def _replace(self, operation: Operation, where: tuple[str, ...], value: Any, *, makes: bool = False) -> Any:
        """The value that takes the place of one of the fixtures'; UNKNOWN if the server has shown none."""
        if not isinstance(value, str | int) or isinstance(value, bool) or value in self._subject.credentials.values():
            return value
        want, named = Want(operation.id, ".".join(where)), where[-1]
        given = self._given.parameters.get(f"{operation.id}.{named}") or self._given.parameters.get(named) or ()
        fields = self.fields.of_value(value)
        if not given and not fields:
            return value
        self._sent.append(want)
        if want not in self._chosen:
            self._chosen[want] = self._choose(want, operation, fields, list(given), value, makes=makes)
        found = self._chosen[want]
        if found is UNKNOWN:
            del self._chosen[want]  # a later reply may show one
            return UNKNOWN
        return _cast(found, value)

    def _choose(
        self, want: Want, operation: Operation, fields: list[str], given: list[Any], value: Any, *, makes: bool
    ) -> Any:
        """The next value to try: the user's, the same as in the fixtures, the server's, or that of a new record."""
        known = list(dict.fromkeys([*given, *(found for field in fields[:1] for found in self._known[field])]))
        for same in (found for found in known if str(found) == str(value)):
            known.remove(same)
            known.insert(0, same)
        turn = self._vain[want]
        if makes and (0 < turn <= MOST_MADE or not known):
            made = self._make(operation, want.name, fields)
            if made is not None:
                return made
        return known[turn % len(known)] if known else UNKNOWN

    def _make(self, operation: Operation, parameter: str, fields: list[str]) -> Any:
        """Make a record for an operation by its recipe; None if there is none or the server does not follow it."""
        for field in fields[:1]:
            recipe = self.cookbook.find(operation, parameter, field)
            if recipe:
                return self.follow(recipe).get(field)
        return None

    def follow(self, recipe: Iterable[Action]) -> dict[str, Any]:
        """Make records on the server by a recipe: their fields, none of which it had; empty if it refuses a call."""
        made: dict[str, Any] = {}
        for action in recipe:
            if any(field not in made for _, field in action.takes):
                return {}
            reply = self._carry_out(action, {parameter: made[field] for parameter, field in action.takes})
            if reply is None:
                return {}
            value = read_reply(reply)
            for field, found in self._places.extract(action.operation, value):
                if str(found) not in map(str, self._known[field]):
                    made.setdefault(field, found)
            self.observe(action.operation, reply.status, value)
        return made

    def _carry_out(self, action: Action, path: Mapping[str, Any]) -> Response | None:
        """The reply to an action that succeeds, tried with other values while its body has any; None if none does."""
        outer, self._sent = self._sent, []
        try:
            for _ in range(MOST_MADE):
                body = self.fill(action.operation, action.body)
                reply = self._call(action.operation, body, path, example_query(self._subject, action.operation))
                if reply is None:
                    return None
                is_varied = bool(self._sent)
                done = self._subject.is_success(action.operation, reply.status, read_reply(reply))
                self.judge(succeeded=done)
                if done:
                    return reply
                if not is_varied:
                    break
            return None
        finally:
            self._sent = outer


def _cast(found: Any, value: Any) -> Any:
    """A value in the type of the one whose place it takes."""
    if isinstance(value, str):
        return str(found)
    with suppress(ValueError):
        return int(found)
    return found
