"""The limits of fractions, taken out of a schema, so that they are checked here and not by jsonschema-rs.

It takes 0.8 µs for `multipleOf` of a `Decimal` and 0.4 µs for a bound, which was three quarters of the validation of a
payment. Python's `Decimal` takes an eighth of that, and is as exact. Everything else stays in the schema and with the
library, which is quick at it: types, patterns, formats, enums, integers.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

Check = Callable[[Any], bool]

_KEYWORDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_FOLLOWED: Final = ("$ref", "allOf", "properties", "items", "if", "then", "else")
_ANNOTATIONS: Final = ("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly")
_OTHERS: Final = frozenset({str, bool, type(None), dict, list})  # have no limits; `True` is no number in JSON
_INFINITY: Final = Decimal("Infinity")
# Its own context, because the thread's may be any. A remainder that needs more digits is NaN, and so not zero.
_remainder: Final = Context(prec=28, traps=[]).remainder


class Limits(Struct, frozen=True):
    """What the numbers in a value have to be. Anything else in it is not looked at.

    Of the value itself, if it is a number: `low` and `high` are inclusive, it is none of `excluded`, and a multiple of
    all `steps`. `choices` are the limits in `then` and `else`.
    """

    low: Decimal = -_INFINITY
    high: Decimal = _INFINITY
    excluded: tuple[Decimal, ...] = ()
    steps: tuple[Decimal, ...] = ()
    properties: Mapping[str, "Limits"] = {}
    items: "Limits | None" = None
    choices: tuple["Choice", ...] = ()

    @property
    def has_steps(self) -> bool:
        """Whether any number has to be a multiple."""
        below = [
            *self.properties.values(),
            self.items,
            *(part for one in self.choices for part in (one.met, one.unmet)),
        ]
        return bool(self.steps) or any(limits.has_steps for limits in below if limits is not None)


class Choice(Struct, frozen=True):
    """Limits that depend on whether a value satisfies the schema `condition`."""

    condition: Any
    met: Limits | None
    unmet: Limits | None


class LimitSplitter:
    """Splits a schema into the same schema without limits of numbers, and the limits.

    A value satisfies the schema if, and only if, it satisfies both. So a limit stays in the schema where it does not
    simply have to hold: below `not`, `anyOf`, `oneOf` and `if`, and beside `unevaluatedProperties`.

    Args:
        refer: returns the schema at a reference.
        root: URI of the document, which goes before references, because the schema leaves it.
    """

    def __init__(self, refer: Callable[[str], Any], root: str) -> None:
        self._refer = refer
        self._root = root

    def split(self, schema: Any, within: frozenset[str] = frozenset()) -> tuple[Any, Limits | None]:
        """The schema without limits, and the limits; None if it has none.

        `within` are the references that lead here, because a schema that contains itself keeps its limits there.
        """
        if not isinstance(schema, dict) or "unevaluatedProperties" in schema:
            return self._detach(schema), None
        limits = _read_limits(schema)
        left_out = (*_FOLLOWED, *_ANNOTATIONS, *(() if limits is None else _KEYWORDS))
        plain = {name: self._detach(value) for name, value in schema.items() if name not in left_out}
        parts = [self._split_reference(schema["$ref"], within)] if "$ref" in schema else []
        parts += [self.split(part, within) for part in schema.get("allOf", ())]
        if parts:
            plain["allOf"] = [part for part, _ in parts]
            limits = _join([limits, *(below for _, below in parts)])
        if "properties" in schema:
            split = {name: self.split(below, within) for name, below in schema["properties"].items()}
            plain["properties"] = {name: below for name, (below, _) in split.items()}
            found = {name: below for name, (_, below) in split.items() if below is not None}
            limits = _join([limits, Limits(properties=found) if found else None])
        if "items" in schema:
            plain["items"], below = self.split(schema["items"], within)
            limits = _join([limits, None if below is None else Limits(items=below)])
        if "if" in schema:
            below = self._split_condition(schema, within, plain)
            limits = _join([limits, below])
        return plain, limits

    def _split_reference(self, reference: str, within: frozenset[str]) -> tuple[Any, Limits | None]:
        if reference not in within:
            plain, limits = self.split(self._refer(reference), within | {reference})
            if limits is not None:
                return plain, limits
        return self._detach({"$ref": reference}), None

    def _split_condition(
        self, schema: Mapping[str, Any], within: frozenset[str], plain: dict[str, Any]
    ) -> Limits | None:
        """Add what is left of the condition to `plain`; return its limits."""
        condition = self._detach(schema["if"])
        met, met_limits = self.split(schema.get("then", True), within)
        unmet, unmet_limits = self.split(schema.get("else", True), within)
        if not (_asks_nothing(met) and _asks_nothing(unmet)):
            plain |= {"if": condition, "then": met, "else": unmet}
        if met_limits is None and unmet_limits is None:
            return None
        return Limits(choices=(Choice(condition, met_limits, unmet_limits),))

    def _detach(self, schema: Any) -> Any:
        """The schema with absolute references."""
        if isinstance(schema, list):
            return [self._detach(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        return {
            name: self._root + value if name == "$ref" and isinstance(value, str) else self._detach(value)
            for name, value in schema.items()
        }


def compile_limits(limits: Limits, compile_condition: Callable[[Any], Check]) -> Check:
    """A check whether the numbers in a value keep the limits. It can say no where the answer takes over 28 digits."""
    if limits.choices:
        choice, *others = limits.choices
        rest = replace(limits, choices=())
        # One walk through the value for both, because an amount has its bounds here and its decimals in the choice.
        met, unmet = (
            compile_limits(_join([rest, below]) or rest, compile_condition) for below in (choice.met, choice.unmet)
        )
        chosen = _choose(compile_condition(choice.condition), met, unmet)
        return _all_of([chosen, *(compile_limits(Limits(choices=(other,)), compile_condition) for other in others)])
    checks = []
    if limits.properties:
        below = {name: compile_limits(one, compile_condition) for name, one in limits.properties.items()}
        checks.append(_check_properties(tuple(below.items())))
    if limits.items is not None:
        checks.append(_check_items(compile_limits(limits.items, compile_condition)))
    if limits.steps or limits.excluded or (limits.low, limits.high) != (-_INFINITY, _INFINITY):
        checks += [_check_number(limits, step) for step in limits.steps or (None,)]
    return _all_of(checks)


def _check_number(limits: Limits, step: Decimal | None) -> Check:
    low, high, excluded = limits.low, limits.high, limits.excluded

    def check(value: Any) -> bool:
        kind = value.__class__
        if kind is not Decimal and kind is not int:
            return kind in _OTHERS
        return low <= value <= high and (step is None or not _remainder(value, step)) and value not in excluded

    return check


def _check_properties(checks: Sequence[tuple[str, Check]]) -> Check:
    def check(value: Any) -> bool:
        if value.__class__ is dict:
            for name, below in checks:
                if name in value and not below(value[name]):
                    return False
        return True

    return check


def _check_items(below: Check) -> Check:
    def check(value: Any) -> bool:
        if value.__class__ is list:
            for item in value:
                if not below(item):
                    return False
        return True

    return check


def _choose(condition: Check, met: Check, unmet: Check) -> Check:
    return lambda value: met(value) if condition(value) else unmet(value)


def _all_of(checks: Sequence[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _join(limits: Sequence[Limits | None]) -> Limits | None:
    """The limits of a value that has to keep all of them; None if there are none."""
    found = [below for below in limits if below is not None]
    if len(found) <= 1:
        return found[0] if found else None
    names = dict.fromkeys(name for below in found for name in below.properties)
    properties = {name: _join([below.properties.get(name) for below in found]) for name in names}
    return Limits(
        low=max(below.low for below in found),
        high=min(below.high for below in found),
        excluded=tuple(number for below in found for number in below.excluded),
        steps=tuple(step for below in found for step in below.steps),
        properties={name: below for name, below in properties.items() if below is not None},
        items=_join([below.items for below in found]),
        choices=tuple(choice for below in found for choice in below.choices),
    )


def _read_limits(schema: Mapping[str, Any]) -> Limits | None:
    """The limits of fractions in a schema itself; None if it has none.

    Those of integers stay in the schema, because the library is quick at them, and so do those of amounts that are
    usually sent as strings: looking for them took longer than it saved.
    """
    types = schema.get("type", "number")
    types = [types] if isinstance(types, str) else types
    if "number" not in types or "string" in types or schema.keys().isdisjoint(_KEYWORDS):
        return None
    # Decimal, because a comparison with an integer takes a third longer.
    number = {name: Decimal(schema[name]) for name in _KEYWORDS if name in schema}
    excluded = tuple(number[name] for name in ("exclusiveMinimum", "exclusiveMaximum") if name in number)
    return Limits(
        low=max((number[name] for name in ("minimum", "exclusiveMinimum") if name in number), default=-_INFINITY),
        high=min((number[name] for name in ("maximum", "exclusiveMaximum") if name in number), default=_INFINITY),
        excluded=excluded,
        steps=(number["multipleOf"],) if "multipleOf" in number else (),
    )


def _asks_nothing(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    asked = {name: below for name, below in schema.items() if name not in _ANNOTATIONS and not name.startswith("x-")}
    return (
        asked.keys() <= {"properties", "items", "allOf"}
        and all(map(_asks_nothing, asked.get("properties", {}).values()))
        and all(map(_asks_nothing, asked.get("allOf", ())))
        and _asks_nothing(asked.get("items", True))
    )
