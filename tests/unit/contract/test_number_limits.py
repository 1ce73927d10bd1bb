"""A quick yes: limits of fractions are checked beside a schema that has lost them, and never take what it refuses."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.contract.number_limits import LimitSplitter
from paysandbox.contract.validators import Schemas
from paysandbox.kit.runtime import Runtime
from tools.fuzz.schema_door import SchemaDoor
from tools.fuzz.tally import Tally, dice_of

CENTS = {"type": "number", "multipleOf": Decimal("0.01")}


@pytest.fixture(scope="module")
def door(base_runtime: Runtime) -> SchemaDoor:
    """Every request body with a quick yes."""
    return SchemaDoor(base_runtime)


def quick_yes(schema: Any, value: Any, **components: Any) -> bool:
    """What the quick check of a schema says; it never says yes where jsonschema-rs says no."""
    schemas = Schemas({"schema": schema, "components": {"schemas": components}})
    check = schemas.compile_quick_yes(("schema",))
    assert check is not None
    assert schemas.compile(("schema",)).is_valid(value) >= check(value)
    return check(value)


def left_in(schema: Any, **components: Any) -> Any:
    """What is left of a schema without its limits."""
    return LimitSplitter(lambda reference: components[reference.rpartition("/")[2]], "urn:x").split(schema)[0]


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        ({"minimum": 1}, "1", "0.99"),
        ({"maximum": Decimal("9999999999999.99")}, "9999999999999.99", "10000000000000"),
        ({"exclusiveMinimum": 0}, "0.01", "0.00"),
        ({"exclusiveMaximum": 5}, "4.99", "5"),
        ({"minimum": 0, "exclusiveMinimum": 0}, "0.01", "0"),
        ({"allOf": [{"minimum": 1}, {"minimum": 2}]}, "2", "1"),
        ({"allOf": [{"maximum": 1}, {"maximum": 2}]}, "1", "2"),
        ({"allOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, "6", "4"),
        ({}, "0.30", "0.301"),
        ({}, "-19.99", "0.01000000000000000000000000000000000001"),
        ({}, "1E+2", "1E-300"),
    ],
    ids=str,
)
def test_limits_are_exact(limits: dict[str, Any], inside: str, outside: str) -> None:
    """At a bound and beside it; as integers, where they are."""
    assert quick_yes(CENTS | limits, Decimal(inside))
    assert not quick_yes(CENTS | limits, Decimal(outside))


def test_what_is_no_number_has_no_limits() -> None:
    """It is left to the type, as `true` is, which Python counts as 1."""
    amount = CENTS | {"type": ["number", "null", "boolean"], "minimum": 5}
    assert quick_yes(amount, None)
    assert quick_yes(amount, value=True)
    assert not quick_yes(CENTS, value=True)
    assert not quick_yes(CENTS, "5")


def test_a_remainder_of_too_many_digits_is_not_sure() -> None:
    """jsonschema-rs decides then, and takes it."""
    assert not quick_yes({"multipleOf": Decimal("0.01")}, Decimal("1E+300"))
    assert not quick_yes({"multipleOf": Decimal("0.01")}, 10**299)


def test_amounts_are_found_behind_references_in_items_and_properties() -> None:
    """In each place their limits hold."""
    order = {
        "properties": {
            "lines": {"items": {"allOf": [{"properties": {"amount": {"$ref": "#/components/schemas/Cents"}}}]}}
        }
    }
    assert quick_yes(order, {"lines": [{"amount": Decimal("1.25")}, {}], "other": Decimal("0.001")}, Cents=CENTS)
    assert not quick_yes(order, {"lines": [{}, {"amount": Decimal("1.255")}]}, Cents=CENTS)
    assert quick_yes(order, {"lines": None}, Cents=CENTS)


def test_limits_of_a_condition_hold_where_it_does() -> None:
    """Thousandths of one currency and hundredths of all others; each condition by itself."""
    thousandths = {"properties": {"amount": {"multipleOf": Decimal("0.001")}}}
    hundredths = {"properties": {"amount": {"multipleOf": Decimal("0.01")}}}
    dinar = {"if": {"properties": {"currency": {"const": "BHD"}}}, "then": thousandths, "else": hundredths}
    whole = {"if": {"required": ["whole"]}, "then": {"properties": {"amount": {"multipleOf": 1}}}}
    schema = {"properties": {"amount": {"minimum": 0}}, **dinar, "allOf": [whole]}
    for currency, amount, more, expected in (
        ("BHD", "1.255", {}, True),
        ("BHD", "1.2555", {}, False),
        ("EUR", "1.255", {}, False),
        ("EUR", "1.25", {}, True),
        ("EUR", "-1.25", {}, False),
        ("EUR", "1.25", {"whole": True}, False),
        ("BHD", "1", {"whole": True}, True),
    ):
        assert quick_yes(schema, {"currency": currency, "amount": Decimal(amount), **more}) is expected


@pytest.mark.parametrize(
    "around",
    [
        {"anyOf": [CENTS]},
        {"oneOf": [CENTS]},
        {"not": CENTS},
        {"if": CENTS, "then": {"type": "string"}, "else": True},
        {"additionalProperties": CENTS},
        {"propertyNames": CENTS},
        {"patternProperties": {"a": CENTS}},
        {"unevaluatedProperties": False, "allOf": [CENTS]},
        {"type": "integer", "minimum": 1, "multipleOf": 5},
        {"type": ["string", "number"], "multipleOf": Decimal("0.01")},
    ],
    ids=lambda schema: next(iter(schema)),
)
def test_limits_that_do_not_simply_hold_stay_in_the_schema(around: dict[str, Any]) -> None:
    """jsonschema-rs validates those: a branch that is not taken has none, and `not` turns them round."""
    assert left_in(around) == around
    assert Schemas({"schema": around, "components": {}}).compile_quick_yes(("schema",)) is None


def test_a_schema_in_itself_keeps_its_limits_there() -> None:
    """Outside they are taken out."""
    node = CENTS | {"type": ["number", "object"], "properties": {"below": {"$ref": "#/components/schemas/Node"}}}
    left = left_in({"$ref": "#/components/schemas/Node"}, Node=node)
    below = {"allOf": [{"$ref": "urn:x#/components/schemas/Node"}]}
    assert left == {"allOf": [{"type": ["number", "object"], "properties": {"below": below}}]}
    nested = {"below": {"below": Decimal("0.001")}}
    assert not quick_yes({"$ref": "#/components/schemas/Node"}, nested, Node=node)


def test_a_condition_about_limits_alone_is_not_asked_twice() -> None:
    """Nothing is left of it; what asks for something else is left whole."""
    condition = {"if": {"required": ["a"]}}
    assert left_in({**condition, "then": {"properties": {"b": {"items": CENTS | {"description": "x"}}}}}) == {
        **condition,
        "then": {"properties": {"b": {"items": {"type": "number"}}}},
        "else": True,
    }
    assert left_in({**condition, "then": {"properties": {"b": {"items": {"multipleOf": 5}}}}}) == {}


@given(seed=st.integers(min_value=0))
def test_no_yes_is_wrong(seed: int, door: SchemaDoor) -> None:
    """Both validators say yes to what the quick check takes, of every request body and of schemas made up at random."""
    for number in range(5):
        door.case(dice_of(seed, "schema", number), Tally("schema", 0))
