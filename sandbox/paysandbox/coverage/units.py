"""What of a contract the calls made so far have exercised: its units, and which of them one call touches.

A unit is an operation, a status, a value or a default that the contract names for a request, or a rule. Where an API
refuses with HTTP 200, the codes of its envelope are statuses as well.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from operator import attrgetter
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.contract.parameters import MARKS
from paysandbox.contract.provenance import Provenance
from paysandbox.contract.schema_tree import Path, SchemaNode
from paysandbox.contract.validators import Schemas
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Call

KINDS: Final = ("operation", "status", "enum", "default", "rule")
MANY: Final = 20


class Unit(Struct, frozen=True):
    """One thing that a call can exercise. `id` is unique within a contract: `createPayment /status=FINAL`.

    `kind` is one of `KINDS`, `operation` the operationId. `provenance` says who vouches for the unit, `source` where it
    stands, and `says` what the contract says about it.
    """

    id: str
    kind: str
    operation: str
    provenance: str
    source: str | None
    says: str | None


# A provider's name and title, the units of its contract, and how many calls exercised each.
Subject = tuple[str, str, Sequence[Unit], Mapping[str, int]]


class Coverage:
    """The units of one contract, in its order, and which of them a call exercises.

    The schemas are read once, not before the first call: a start need not wait for them. A call then costs nothing but
    look-ups in dictionaries.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All units, in the order of the contract."""
        return tuple(unit for plan in self._plans.values() for unit in plan.units.values())

    @cached_property
    def _plans(self) -> "dict[str, _Plan]":
        schemas = Schemas(self._contract.document)
        return {operation.id: _Plan(schemas, operation) for operation in self._contract.operations}

    def find_exercised(
        self, operation: Operation, status: int, reply_body: Any, call: Call | None, rules: Iterable[str]
    ) -> list[str]:
        """The ids of the units that a call exercised, each once; what the contract lacks is no unit.

        A default of the body is exercised when its member is not given, or null. A call does not tell whether a
        parameter was sent, so the default of a parameter is exercised by its value.

        Args:
            operation: what was asked.
            status: what was answered.
            reply_body: the JSON value that was answered, UNSET where the answer is empty.
            call: None if the request was refused before it was understood; its members count for nothing then.
            rules: the rules that it passed through.
        """
        plan = self._plans[operation.id]
        found = [operation.id]
        if status in plan.statuses:
            unit, codes = plan.statuses[status]
            found.append(unit)
            if codes is not None:
                codes.look(reply_body, found)
        if call is not None:
            for part, probe in plan.probes:
                probe.look(part(call), found)
        for rule in rules:
            if rule in plan.rules:
                found.append(plan.rules[rule])  # noqa: PERF401 - most calls pass through one or two, and this is faster
        return found

    def count(
        self,
        counts: dict[str, int],
        operation: Operation,
        status: int,
        reply_body: Any,
        call: Call | None,
        rules: Iterable[str],
    ) -> None:
        """Count the units that a call exercised; `counts` holds how many calls exercised each unit so far."""
        for unit in self.find_exercised(operation, status, reply_body, call, rules):
            counts[unit] = counts.get(unit, 0) + 1


class _Probe(Struct, frozen=True):
    """A place as calls are held against it.

    `choices` has the units of each value, `members` a name, what is below it, and the unit of its being left out.
    """

    choices: Mapping[Any, tuple[str, ...]]
    members: tuple[tuple[str, "_Probe | None", str | None], ...] = ()
    items: "_Probe | None" = None

    def look(self, value: Any, found: list[str]) -> None:
        """Add the units that a value exercises."""
        kind = value.__class__
        if kind is dict:
            for name, below, default in self.members:
                inner = value.get(name)
                if inner is None:
                    if default is not None:
                        found.append(default)
                elif below is not None:
                    below.look(inner, found)
        elif kind is list:
            if self.items is not None:
                inside: list[str] = []
                for one in value:
                    self.items.look(one, inside)
                found += dict.fromkeys(inside)
        elif value in self.choices:
            found += self.choices[value]


class _Plan:
    """One operation: its units by id, and where in a call to look for them."""

    def __init__(self, schemas: Schemas, operation: Operation) -> None:
        self.units: dict[str, Unit] = {}
        self.probes: list[tuple[Callable[[Call], Any], _Probe]] = []
        self._operation = operation
        self._schemas = schemas
        item = schemas.at(("paths", operation.template))
        written = item[operation.method.lower()]
        voucher = Provenance(operation.provenance, operation.source, operation.summary)
        self._add("operation", "", voucher)
        self.statuses = {int(status): self._status(status, written["responses"]) for status in written["responses"]}
        self._add_parameters([*item.get("parameters", []), *written.get("parameters", [])], voucher)
        if "requestBody" in written:
            body = schemas.follow(written["requestBody"])
            (content,) = body["content"].values()
            probe = self._probe(" ", SchemaNode(schemas).read(content["schema"], voucher.within(body, schemas.sources)))
            self.probes += [] if probe is None else [(attrgetter("body"), probe)]
        self.rules = {
            rule.id: self._add("rule", f" rule {rule.id}", Provenance(rule.provenance, rule.source, rule.says))
            for rule in operation.rules.values()
        }

    def _add(self, kind: str, name: str, voucher: Provenance) -> str:
        """Register a unit; returns its id."""
        source = None if voucher.source is None else str(voucher.source)
        unit = Unit(self._operation.id + name, kind, self._operation.id, voucher.provenance, source, voucher.says)
        return self.units.setdefault(unit.id, unit).id

    def _status(self, status: str, responses: Mapping[str, Any]) -> tuple[str, _Probe | None]:
        """The unit of a status, and what finds the code in its envelope."""
        answerable = self._operation.replies[int(status)]
        unit = self._add("status", f" {status}", Provenance(answerable.provenance, answerable.source, answerable.says))
        voucher = Provenance(answerable.provenance, answerable.source, None)
        for content in self._schemas.follow(responses[status]).get("content", {}).values():
            path, codes = _envelope(self._schemas, content["schema"], voucher)
            if codes:
                probe = _Probe({code: (self._add("status", f" {status} {code}", codes[code]),) for code in codes})
                for name in reversed(path):
                    probe = _Probe({}, ((name, probe, None),))
                return unit, probe
        return unit, None

    def _add_parameters(self, declared: list[Any], voucher: Provenance) -> None:
        members: dict[str, list[tuple[str, _Probe | None, None]]] = {}
        for parameter, each in zip(self._operation.parameters, declared, strict=True):
            written = self._schemas.follow(each)
            mark = " " + MARKS[parameter.place] % parameter.name
            place = SchemaNode(self._schemas).read(written["schema"], voucher.within(written, self._schemas.sources))
            probe = self._probe(mark, place)
            if parameter.default is not None and place.default is not None:
                default = self._add("default", f"{mark} default", place.default)
                choices = dict({} if probe is None else probe.choices)
                choices[parameter.default] = (*choices.get(parameter.default, ()), default)
                probe = _Probe(choices)
            if probe is not None:
                members.setdefault(parameter.place, []).append((parameter.name, probe, None))
        for kind, found in members.items():
            self.probes.append((attrgetter("headers" if kind == "header" else kind), _Probe({}, tuple(found))))

    def _probe(self, mark: str, place: SchemaNode) -> _Probe | None:
        """A place and all below it, None if no unit is there."""
        choices = self._choices(mark, place)
        members = []
        for name, member in place.members.items():
            if member.is_read_only:
                continue  # a write does not exercise what is taken out of it
            at = f"{mark}/{name.replace('~', '~0').replace('/', '~1')}"
            default = None if member.default is None else self._add("default", f"{at} default", member.default)
            below = self._probe(at, member)
            if below is not None or default is not None:
                members.append((name, below, default))
        items = None if place.items is None else self._probe(f"{mark}/*", place.items)
        return _Probe(choices, tuple(members), items) if choices or members or items else None

    def _choices(self, mark: str, place: SchemaNode) -> dict[Any, tuple[str, ...]]:
        if len(place.choices) <= MANY:
            return {
                value: (self._add("enum", f"{mark}={_text(value)}", place.choices[value]),) for value in place.choices
            }
        # All currencies are one unit: nobody wants to write 170 tests of them.
        strongest = reduce(lambda best, one: one.or_stronger(best), place.choices.values())
        unit = self._add("enum", f"{mark}=any of {len(place.choices)}", strongest)
        return dict.fromkeys(place.choices, (unit,))


def _envelope(schemas: Schemas, written: Any, voucher: Provenance) -> tuple[Path, dict[str, Provenance]]:
    """Where an answer's schema has a text that tells its branches apart, and all texts that may stand there."""
    schema = schemas.follow(written)
    branches = schema.get("oneOf", []) if isinstance(schema, dict) else []
    limited = [
        dict(SchemaNode(schemas).read(one, voucher.within(schema, schemas.sources)).limited()) for one in branches
    ]
    for path in limited[0] if limited else []:
        values = [value for one in limited for value in one.get(path, [None])]
        if len(set(values)) == len(values) and all(isinstance(value, str) for value in values):
            return path, {value: vouched for one in limited for value, vouched in one[path].items()}
    return (), {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
