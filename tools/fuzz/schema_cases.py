"""Schemas made up at random in the dialect of contracts, and values that they almost take, about numbers above all."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any, Final

from tools.fuzz.mutations import ODD_VALUES, SchemaNode, at, places

NAMES: Final = ("a", "b", "c")
# No integers: jsonschema-rs takes 4503599627370497.5 for a multiple of 1, because it divides by those as floats.
STEPS: Final = tuple(map(Decimal, ("0.01", "0.01", "0.001", "0.5", "1E-6", "2.5")))
BOUNDS: Final = (0, 1, -1, Decimal("0.01"), Decimal("99.99"), 10**15, Decimal("-9999999999999.99"))
TEXTS: Final = ("", "x", "EUR", "BHD", "2024-02-30", "0.01", "\U0001f4b6" * 3)
_LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
# Numbers that readers, comparisons and remainders are wrong about first.
# fmt: off
_ODD_NUMBERS: Final = tuple(map(Decimal, (
    "0.005", "0.0100", "1E+2", "1E+307", "1E-399", "-0.0", "1.0", "0.01000000000000000000000000000000000001",
    "9999999999999.995", "9007199254740993", "9007199254740993.01", "123456789012345678901234567890.12",
)))
# fmt: on


def make_document(dice: Random) -> dict[str, Any]:
    """A document with a schema at `schema`, and two that it can refer to."""
    components = {"A": make_schema(dice, 2, "B"), "B": make_schema(dice, 2, "")}
    # What stands beside a reference at the top is not looked at by either, so there is none.
    return {"schema": {"allOf": [make_schema(dice, 3, "AB")]}, "components": {"schemas": components}}


def make_schema(dice: Random, depth: int, others: str) -> Any:
    """A schema of at most this depth; numbers with limits are frequent.

    `others` are the schemas that may say more of the same value, because none can come back to itself there.
    """
    schema: dict[str, Any] = {}
    if dice.random() < 0.5:
        schema |= _make_number(dice)
    if dice.random() < 0.3:
        types = ("number", "integer", "string", "null", "boolean", "object", "array")
        schema["type"] = dice.choice((dice.choice(types), dice.sample(types, dice.randrange(1, 4))))
    if dice.random() < 0.1:
        schema |= dice.choice(({"enum": [1, "EUR", None, True]}, {"const": Decimal("0.01")}, {"maxLength": 2}))
    if depth:
        for _ in range(dice.choice((0, 1, 1, 2, 3))):
            schema |= _make_inner(dice, depth - 1, others)
    return dice.choice((True, False)) if dice.random() < 0.02 else schema


def _make_number(dice: Random) -> dict[str, Any]:
    found = {name: dice.choice(BOUNDS) for name in _LIMITS[:4] if dice.random() < 0.2}
    return found | ({"multipleOf": dice.choice(STEPS)} if dice.random() < 0.6 else {})


def _make_inner(dice: Random, depth: int, others: str) -> dict[str, Any]:
    def inner(others: str = others) -> Any:
        return make_schema(dice, depth, others)

    match dice.randrange(12):
        case 0 | 1 | 2:
            found = {"properties": {name: inner("AB") for name in NAMES[: dice.randrange(1, 4)]}}
            more = dice.choice(({}, {}, {"additionalProperties": dice.choice((False, inner("AB")))}))
            return found | more | dice.choice(({}, {"required": ["a"]}, {"maxProperties": 2}))
        case 3 | 4:
            return {"items": inner("AB")} | dice.choice(({}, {"maxItems": 2}, {"uniqueItems": True}))
        case 5 | 6:
            condition = dice.choice((inner(), {"required": ["b"], "properties": {"b": {"enum": ["BHD", 1]}}}))
            return {"if": condition} | dice.choice(
                ({"then": inner()}, {"else": inner()}, {"then": inner(), "else": inner()})
            )
        case 7 | 8:
            return {"$ref": f"#/components/schemas/{dice.choice(others)}"} if others else {}
        case 9:
            return {dice.choice(("allOf", "anyOf", "oneOf")): [inner() for _ in range(dice.randrange(1, 3))]}
        case 10:
            return {"allOf": [inner(), inner()]}
        case _:
            return dice.choice(
                ({"not": inner()}, {"unevaluatedProperties": False}, {"propertyNames": {"maxLength": 1}})
            )


def list_numbers(schema: Any) -> Iterator[Any]:
    """The limits anywhere in a schema, and what lies a step or part of one beside them."""
    if isinstance(schema, list):
        for part in schema:
            yield from list_numbers(part)
    elif isinstance(schema, dict):
        for name, value in schema.items():
            if name not in _LIMITS or isinstance(value, (dict, list)):
                yield from list_numbers(value)
                continue
            yield from (value, Decimal(value), value * 3, -value)
            for beside in (1, Decimal("0.01"), Decimal("0.001"), Decimal("0.0001"), Decimal("1E-30")):
                yield from (value + beside, value - beside)


def make_value(dice: Random, numbers: tuple[Any, ...], depth: int = 3) -> Any:
    """A value for `make_schema`."""
    kind = dice.randrange(10)
    if kind < 4 or not depth:
        return make_leaf(dice, numbers)
    if kind < 8:
        return {name: make_value(dice, numbers, depth - 1) for name in NAMES if dice.random() < 0.6}
    return [make_value(dice, numbers, depth - 1) for _ in range(dice.randrange(4))]


def make_leaf(dice: Random, numbers: tuple[Any, ...]) -> Any:
    """A number near a limit, mostly; else an odd number, a text or any odd value."""
    match dice.choice(("near", "near", "near", "near", "amount", "odd", "text", "any")):
        case "near" if numbers:
            return dice.choice(numbers)
        case "amount":
            return Decimal(dice.randrange(-(10**6), 10**6)).scaleb(-dice.randrange(5))
        case "odd":
            return dice.choice(_ODD_NUMBERS)
        case "text":
            return dice.choice(TEXTS)
        case _:
            return deepcopy(dice.choice(ODD_VALUES))


def change_numbers(dice: Random, value: Any, numbers: tuple[Any, ...]) -> Any:
    """A copy of a request body with other leaves at one to three places."""
    found = [deepcopy(value)]
    for _ in range(dice.choice((1, 1, 2, 3))):
        leaves: list[SchemaNode] = [where for where in places(found) if not isinstance(at(found, where), (dict, list))]
        if not leaves:
            break
        where = dice.choice(leaves)
        at(found, where[:-1])[where[-1]] = make_leaf(dice, numbers)
    return found[0]
