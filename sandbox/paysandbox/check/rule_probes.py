"""Find calls that a rule of the contract refuses for the state, in the reference sandbox: too much, or once more.

Nothing is listed: a valid body with one number raised, or the same call again on a record that was made for it, is sent
to the reference sandbox, and what a rule refuses there is a probe of that rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from msgspec import Struct

from paysandbox.check.recipes import CHANGING, Action, Cookbook
from paysandbox.check.records import example_query
from paysandbox.check.scratch_namespace import DEFAULT, NAMESPACES
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation, Rule
from paysandbox.testing import Client, Response

RAISED: Final = 1000  # times; more than any record made for it has
MOST_EXAMPLES: Final = 3  # bodies of an operation to begin with
MOST_NUMBERS: Final = 4  # numbers of a body that are raised
Place = tuple[str | int, ...]


class Unknown(NamedTuple):
    """A value that names no record, at a place of a call: `path`, `query` or `body`, and the steps below."""

    place: Place
    value: Any

    def put_into(self, kind: str, part: Any) -> Any:
        """The part of this kind with the value, if its place is there."""
        return put_value(part, self.place[1:], self.value) if self.place[0] == kind else part


class Probe(Struct, frozen=True):
    """A call with `body` on a record made by `recipe`, which is refused, whatever other records a server has.

    `rule` refuses it, or without one what the contract says about the `status`. `is_repeat`: the same call must have
    succeeded just before. `what` says in words what is wrong with the call. `unknown` is the name of no record in it;
    `free` are the places of texts in the body that may be anything, such as a number which another record may have.
    """

    operation: Operation
    rule: Rule | None
    recipe: tuple[Action, ...]
    takes: tuple[tuple[str, str], ...]
    body: Any
    is_repeat: bool
    what: str
    status: int
    unknown: Unknown | None = None
    free: tuple[Place, ...] = ()

    @property
    def refuser(self) -> str:
        """What refuses the call, in words."""
        return f"the status {self.status}" if self.rule is None else f"the rule {self.rule.id}"


class ProbeFinder:
    """Finds the probes of an API, of each rule of an operation the first."""

    def __init__(self, subject: Subject, cookbook: Cookbook) -> None:
        self._subject = subject
        self._cookbook = cookbook

    def find(self, operation: Operation) -> list[Probe]:
        """The probes of an operation; none if it changes nothing, or if no record can be made for it."""
        if operation.method not in CHANGING or not operation.rules:
            return []
        names = self._cookbook.list_path_fields(operation)
        if len(names) != operation.template.count("{") or len(names) > 1:
            return []
        recipe = self._cookbook.find(operation, *names[0]) if names else []
        if recipe is None:
            return []
        found: dict[str, Probe] = {}
        for body, is_repeat, what in self._list_candidates(operation, is_on_new_record=bool(recipe)):
            reply = self._try(operation, recipe, names, [body] * (1 + is_repeat))
            rule = None if reply is None else read_rule(self._subject, operation, reply)
            if reply is not None and rule is not None:
                made = tuple(recipe), tuple(names)
                found.setdefault(rule.id, Probe(operation, rule, *made, body, is_repeat, what, reply.status))
        return list(found.values())

    def _list_candidates(self, operation: Operation, *, is_on_new_record: bool) -> Iterator[tuple[Any, bool, str]]:
        """Bodies, whether they are sent twice, and what is wrong. No amount is too high where the record is any."""
        accepts = None if operation.body is None else operation.body.validator.is_valid
        bodies = list(self._subject.examples(operation).values())[:MOST_EXAMPLES] or [...]
        for body in bodies if is_on_new_record else ():
            for place in list(_list_numbers(body))[:MOST_NUMBERS]:
                raised = _raise_number(body, place)
                if accepts is not None and accepts(raised):
                    yield raised, False, f"with {'/'.join(map(str, place))} {RAISED} times as high"
        for body in bodies:
            yield body, True, "once more"

    def _try(
        self, operation: Operation, recipe: Sequence[Action], names: Sequence[tuple[str, str]], bodies: Sequence[Any]
    ) -> Response | None:
        """The reply that refuses the last call alone."""
        made = self._cookbook.follow(recipe)
        if made is None or any(field not in made for _, field in names):
            return None
        path = {parameter: made[field] for parameter, field in names}
        query = {"query": example_query(self._subject, operation)}
        for number, body in enumerate(bodies, 1):
            reply = self._subject.call(operation, body, path, query)
            if self._subject.succeeded(operation, reply) == (number == len(bodies)):
                return None
        return reply


def read_rule(subject: Subject, operation: Operation, reply: Response) -> Rule | None:
    """The rule that alone refused a call in the reference sandbox; None if none did."""
    entry = _read_entry(subject, reply)
    if not entry.get("rules") or not all("rule" in one for one in entry.get("violations", ())):
        return None
    return operation.rules.get(entry["rules"][-1]["id"])


def _read_entry(subject: Subject, reply: Response) -> Mapping[str, Any]:
    if reply.headers.get("x-sandbox-reason") != "state":
        return {}
    path = f"{NAMESPACES}/{DEFAULT}/requests/{reply.headers['x-sandbox-request']}"
    found: Mapping[str, Any] = Client(subject.runtime).get(path).json
    return found


def _list_numbers(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _list_numbers(below, (*place, name))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _list_numbers(below, (*place, number))
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and value and not _is_id(place):
        yield place


def _is_id(place: Place) -> bool:
    return str(place[-1]).lower().endswith("id")


def _raise_number(value: Any, place: Place) -> Any:
    return put_value(value, place, find_part(value, place) * RAISED)


def find_part(value: Any, place: Place) -> Any:
    """What a JSON value has at a place; None if it lacks it."""
    for step in place:
        steps = range(len(value)) if isinstance(value, list) else value if isinstance(value, Mapping) else ()
        if step not in steps:
            return None
        value = value[step]
    return value


def put_value(value: Any, place: Place, other: Any) -> Any:
    """A copy of a JSON value with another one at a place, which it has."""
    if not place:
        return other
    step, *rest = place
    below = put_value(value[step], tuple(rest), other)
    if isinstance(value, list):
        return [below if number == step else item for number, item in enumerate(value)]
    return {**value, step: below}
