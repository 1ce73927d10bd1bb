"""Properties that are `readOnly`: passed over in requests, whatever their values, and advice about them."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Body
from paysandbox.coverage.units import Coverage

Read = Callable[..., Contract]
AMOUNT = "        amount: {type: number"
ORDER = """        id: {type: string, readOnly: true}
        total: {$ref: "#/components/schemas/Total", readOnly: true}
        status: {enum: [open, paid], readOnly: true}
        computed: {$ref: "#/components/schemas/Computed"}
        lines:
          type: array
          items: {type: object, additionalProperties: false, properties: {sum: {type: number, readOnly: true}, x: true}}
        either:
          oneOf:
            - {type: object, properties: {a: {readOnly: true}, b: {readOnly: true}}}
            - {type: object, properties: {a: {readOnly: true}, b: {type: integer}}, required: [b]}
"""
COMPONENTS = """  schemas:
    Total: {type: number}
    Computed: {type: integer, readOnly: true}
"""
VALID: dict[str, Any] = {"amount": 1, "currency": "EUR"}


def read_body(contract: Read, *changes: tuple[str, str]) -> Body:
    """The body of payOrder, with read-only properties at every depth."""
    body = contract((AMOUNT, ORDER + AMOUNT), ("  schemas:\n", COMPONENTS), *changes).operations[1].body
    assert body is not None
    return body


@pytest.mark.parametrize(
    ("more", "pointers", "left"),
    [
        ({}, [], {}),
        ({"id": 7, "total": "x", "status": "gone"}, ["/id", "/total", "/status"], {}),
        ({"computed": {"deep": [1]}}, ["/computed"], {}),
        ({"lines": [{"sum": 1, "x": 2}, {"x": 3}]}, ["/lines/0/sum"], {"lines": [{"x": 2}, {"x": 3}]}),
        ({"either": {"a": 1, "b": 2}}, ["/either/a"], {"either": {"b": 2}}),
        ({"lines": {"sum": 1}}, [], {"lines": {"sum": 1}}),
        ({"lines": None, "either": [1]}, [], {"lines": None, "either": [1]}),
    ],
)
def test_read_only_properties_are_taken_out(contract: Read, more: Any, pointers: list[str], left: Any) -> None:
    """At any depth and of any value; the body that came is not changed."""
    body, sent = read_body(contract), {**VALID, **more}
    copy = {**sent}
    assert body.read_only.find(sent) == pointers
    assert body.read_only.strip(sent) == {**VALID, **left}
    assert sent == copy


@pytest.mark.parametrize("value", [None, [], [{"id": 1}], "id", 7])
def test_what_is_no_object_is_left_as_it_is(contract: Read, value: Any) -> None:
    assert read_body(contract).read_only.strip(value) == value


def test_a_body_without_any_is_the_same_object(contract: Read) -> None:
    body, sent = contract().operations[1].body, {**VALID}
    assert body is not None
    assert body.read_only.strip(sent) is sent


def test_a_request_cannot_require_one(findings: Callable[..., list[str]]) -> None:
    """It is taken out before the schema is asked."""
    errors = findings((AMOUNT, ORDER + AMOUNT), ("  schemas:\n", COMPONENTS), ("required: [amount,", "required: [id,"))
    assert any("Payment.required: a request cannot require 'id', which is readOnly" in error for error in errors)


def test_no_write_exercises_their_values(contract: Read) -> None:
    """So coverage does not ask for them."""
    whole = contract((AMOUNT, ORDER + AMOUNT), ("  schemas:\n", COMPONENTS))
    units = [unit.id for unit in Coverage(whole).units]
    assert "payOrder /currency=EUR" in units
    assert not any("status" in unit for unit in units)
