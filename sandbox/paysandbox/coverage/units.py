"""The coverage units of a contract, and which of them a call exercises.

A unit is an operation, a status, an enum value or a default of a request, or a rule. If an API refuses with HTTP 200,
the codes of its envelope are units too.
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
    """One part of a contract that a call can exercise. `id` is unique within it: `createPayment /status=FINAL`.

    `kind` is one of `KINDS`, `operation` the operationId, `tags` the tags of the operation. `provenance` is documented,
    observed or assumed, `source` the evidence, `says` the contract's sentence about the unit.
    """

    id: str
    kind: str
    operation: str
    provenance: str
    source: str | None
    says: str | None
    tags: tuple[str, ...] = ()


# Name and title of a provider, the units of its contract, and the number of calls that exercised each.
Subject = tuple[str, str, Sequence[Unit], Mapping[str, int]]


class Coverage:
    """The units of one contract, in its order, and which of them a call exercises.

    The schemas of an operation are read at its first call, to start faster. Each call then only looks up dictionaries.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All units, in the order of the contract."""
        return tuple(
            unit for operation in self._contract.operations for unit in self._plans[operation.id].units.values()
        )

    @cached_property
    def _plans(self) -> "_Plans":
        return _Plans(self._contract)

    def find_exercised(
        self, operation: Operation, status: int, reply_body: Any, call: Call | None, rules: Iterable[str]
    ) -> list[str]:
        """Return the ids of the units that a call exercised, each once.

        A default in the body is exercised by a property that is missing or null. A call does not record whether a
        parameter was sent, so the default of a parameter is exercised by its value.

        Args:
            operation: the called operation.
            status: the status of the reply.
            reply_body: the JSON value of the reply, UNSET if the reply is empty.
            call: None if the request was refused before validation; no property is exercised then.
            rules: the rules that the call passed through.
        """
        plan = self._plans[operation.id]
        found = [operation.id]
        if status in plan.statuses:
            unit, codes = plan.statuses[status]
            found.append(unit)
            if codes is not None:
                codes.collect(reply_body, found)
        if call is not None:
            for part, probe in plan.probes:
                probe.collect(part(call), found)
        for rule in rules:
            if rule in plan.rules:
                found.append(plan.rules[rule])  # noqa: PERF401 - faster for the usual one or two rules
        return found


class _Plans(dict[str, "_Plan"]):
    """The plan of each operation that was asked for, by operationId."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        self._schemas = Schemas(contract.document)
        self._operations = {operation.id: operation for operation in contract.operations}

    def __missing__(self, operation: str) -> "_Plan":
        plan = self[operation] = _Plan(self._schemas, self._operations[operation])
        return plan


class _Probe(Struct, frozen=True):
    """Finds the units that a value exercises at one node of a schema.

    `choices` maps a value to its units. `properties` has a name, the probe below it, and the unit of its default.
    """

    choices: Mapping[Any, tuple[str, ...]]
    properties: tuple[tuple[str, "_Probe | None", str | None], ...] = ()
    items: "_Probe | None" = None

    def collect(self, value: Any, found: list[str]) -> None:
        """Add the units that a value exercises to `found`."""
        kind = value.__class__
        if kind is dict:
            for name, below, default in self.properties:
                inner = value.get(name)
                if inner is None:
                    if default is not None:
                        found.append(default)
                elif below is not None:
                    below.collect(inner, found)
        elif kind is list:
            if self.items is not None:
                inside: list[str] = []
                for item in value:
                    self.items.collect(item, inside)
                found += dict.fromkeys(inside)
        elif value in self.choices:
            found += self.choices[value]


class _Plan:
    """The units of one operation by id, and the probes that find them in a call."""

    def __init__(self, schemas: Schemas, operation: Operation) -> None:
        self.units: dict[str, Unit] = {}
        self.probes: list[tuple[Callable[[Call], Any], _Probe]] = []
        self._operation = operation
        self._schemas = schemas
        item = schemas.at(("paths", operation.template))
        written = item[operation.method.lower()]
        self._tags = tuple(written.get("tags", ()))
        provenance = Provenance(operation.provenance, operation.source, operation.summary)
        self._add("operation", "", provenance)
        self.statuses = {int(status): self._add_status(status, written["responses"]) for status in written["responses"]}
        self._add_parameters([*item.get("parameters", []), *written.get("parameters", [])], provenance)
        if "requestBody" in written:
            body = schemas.follow(written["requestBody"])
            (content,) = body["content"].values()
            probe = self._make_probe(
                " ", SchemaNode(schemas).read(content["schema"], provenance.within(body, schemas.sources))
            )
            self.probes += [] if probe is None else [(attrgetter("body"), probe)]
        self.rules = {
            rule.id: self._add("rule", f" rule {rule.id}", Provenance(rule.provenance, rule.source, rule.says))
            for rule in operation.rules.values()
        }

    def _add(self, kind: str, name: str, provenance: Provenance) -> str:
        """Register a unit; return its id."""
        source = None if provenance.source is None else str(provenance.source)
        unit = Unit(
            self._operation.id + name,
            kind,
            self._operation.id,
            provenance.provenance,
            source,
            provenance.says,
            self._tags,
        )
        return self.units.setdefault(unit.id, unit).id

    def _add_status(self, status: str, responses: Mapping[str, Any]) -> tuple[str, _Probe | None]:
        """Return the unit of a status, and a probe for the code in its envelope."""
        spec = self._operation.replies[int(status)]
        unit = self._add("status", f" {status}", Provenance(spec.provenance, spec.source, spec.says))
        provenance = Provenance(spec.provenance, spec.source, None)
        for content in self._schemas.follow(responses[status]).get("content", {}).values():
            path, codes = _find_envelope_codes(self._schemas, content["schema"], provenance)
            if codes:
                probe = _Probe({code: (self._add("status", f" {status} {code}", codes[code]),) for code in codes})
                for name in reversed(path):
                    probe = _Probe({}, ((name, probe, None),))
                return unit, probe
        return unit, None

    def _add_parameters(self, declared: list[Any], provenance: Provenance) -> None:
        members: dict[str, list[tuple[str, _Probe | None, None]]] = {}
        for parameter, each in zip(self._operation.parameters, declared, strict=True):
            written = self._schemas.follow(each)
            label = " " + MARKS[parameter.place] % parameter.name
            node = SchemaNode(self._schemas).read(written["schema"], provenance.within(written, self._schemas.sources))
            probe = self._make_probe(label, node)
            if parameter.default is not None and node.default is not None:
                default = self._add("default", f"{label} default", node.default)
                choices = dict({} if probe is None else probe.choices)
                choices[parameter.default] = (*choices.get(parameter.default, ()), default)
                probe = _Probe(choices)
            if probe is not None:
                members.setdefault(parameter.place, []).append((parameter.name, probe, None))
        for kind, found in members.items():
            self.probes.append((attrgetter("headers" if kind == "header" else kind), _Probe({}, tuple(found))))

    def _make_probe(self, label: str, node: SchemaNode) -> _Probe | None:
        """Return the probe of a schema node and all nodes below it; None if there is no unit."""
        choices = self._add_choices(label, node)
        properties = []
        for name, member in node.members.items():
            if member.is_read_only:
                continue  # a write does not exercise what is taken out of it
            at = f"{label}/{name.replace('~', '~0').replace('/', '~1')}"
            default = None if member.default is None else self._add("default", f"{at} default", member.default)
            below = self._make_probe(at, member)
            if below is not None or default is not None:
                properties.append((name, below, default))
        items = None if node.items is None else self._make_probe(f"{label}/*", node.items)
        return _Probe(choices, tuple(properties), items) if choices or properties or items else None

    def _add_choices(self, label: str, node: SchemaNode) -> dict[Any, tuple[str, ...]]:
        if len(node.choices) <= MANY:
            return {
                value: (self._add("enum", f"{label}={_format_value(value)}", node.choices[value]),)
                for value in node.choices
            }
        # A long enum is one unit, because 170 tests of currencies would prove no more than one.
        strongest = reduce(lambda best, other: other.or_stronger(best), node.choices.values())
        unit = self._add("enum", f"{label}=any of {len(node.choices)}", strongest)
        return dict.fromkeys(node.choices, (unit,))


def _find_envelope_codes(schemas: Schemas, written: Any, provenance: Provenance) -> tuple[Path, dict[str, Provenance]]:
    """Return the path of the string that distinguishes the branches of a reply's schema, and all its values."""
    schema = schemas.follow(written)
    branches = schema.get("oneOf", []) if isinstance(schema, dict) else []
    limited = [
        dict(SchemaNode(schemas).read(branch, provenance.within(schema, schemas.sources)).limited())
        for branch in branches
    ]
    for path in limited[0] if limited else []:
        values = [value for branch in limited for value in branch.get(path, [None])]
        if len(set(values)) == len(values) and all(isinstance(value, str) for value in values):
            return path, {value: provenance for branch in limited for value, provenance in branch[path].items()}
    return (), {}


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()
