"""Query parameters of several values, and those that no contract has."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.core.messages import Request

Read = Callable[..., Contract]
Query = list[tuple[str, str]]
LIMITS = {"limit", "least"}  # which have defaults
FULL = "- {name: full, in: query, schema: {type: boolean}}"
LISTS = f"""{FULL}
        - name: type[]
          in: query
          schema: {{type: array, maxItems: 3, x-assumed: [maxItems], items: {{enum: [paid, due], type: string}}}}
        - {{name: size, in: query, schema: {{type: array, items: {{type: integer}}}}}}
        - name: date
          in: query
          style: deepObject
          schema:
            type: object
            additionalProperties: false
            properties: {{from: {{type: string, format: date}}, days: {{type: integer}}, open: {{type: boolean}}}}
        - name: attributes
          in: query
          style: deepObject
          schema:
            type: object
            propertyNames: {{pattern: "^[^[]+$", x-assumed: [pattern]}}
            additionalProperties: {{type: string}}
        - {{name: least, in: query, allowEmptyValue: true, schema: {{type: integer, default: 5}}}}
        - {{name: kind, in: query, allowEmptyValue: true, schema: {{type: array, items: {{enum: [a], type: string}}}}}}
"""


@pytest.fixture
def find_orders(contract: Read) -> Operation:
    """GET /orders/{id} with parameters of every form."""
    return contract((FULL, LISTS)).operations[0]


def read(operation: Operation, query: Query) -> tuple[Any, list[tuple[str, str]]]:
    """The values that are given, and pointer and message of each violation."""
    request = Request("GET", "/v2/orders/7", "", [(b"scope-id", b"s1")], b"")
    arguments, violations = operation.read_arguments({"id": "7"}, query, request)
    violations = [*operation.query_names.find_unknown(query), *violations]
    given = {name: value for name, value in arguments.query.items() if value is not None and name not in LIMITS}
    return given, [(violation.pointer, violation.message) for violation in violations]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ([], {}),
        ([("type[]", "paid")], {"type[]": ["paid"]}),
        ([("type[]", "paid"), ("full", "true"), ("type[]", "due")], {"type[]": ["paid", "due"], "full": True}),
        ([("size", "1"), ("size", "20")], {"size": [1, 20]}),
        ([("date[from]", "2026-01-01"), ("date[days]", "3")], {"date": {"from": "2026-01-01", "days": 3}}),
        ([("date[open]", "true")], {"date": {"open": True}}),
        ([("attributes[a b]", "1"), ("attributes[c]", "")], {"attributes": {"a b": "1", "c": ""}}),
        ([("attributes[x]", "a\0b")], {"attributes": {"x": "a\0b"}}),
    ],
)
def test_values_are_typed(find_orders: Operation, query: Query, values: Any) -> None:
    """A repeated parameter is a list, keys in brackets are an object; items and keys have types of their own."""
    assert read(find_orders, query) == (values, [])


@pytest.mark.parametrize(
    ("query", "kinds", "least"),
    [
        ([("kind", ""), ("least", "")], None, 5),
        ([("kind", ""), ("kind", "a"), ("kind", "")], ["a"], 5),
        ([("least", ""), ("least", "7")], None, 7),
    ],
)
def test_an_empty_text_counts_as_not_given_where_the_contract_allows_it(
    find_orders: Operation, query: Query, kinds: Any, least: int
) -> None:
    """The default holds, and what is beside it counts."""
    request = Request("GET", "/v2/orders/7", "", [(b"scope-id", b"s1")], b"")
    arguments, violations = find_orders.read_arguments({"id": "7"}, query, request)
    assert (arguments.query["kind"], arguments.query["least"], violations) == (kinds, least, [])


@pytest.mark.parametrize(
    ("query", "pointer", "message"),
    [
        ([("type[]", "paid"), ("type[]", "late")], "?type[]", "'late' is not one of paid, due"),
        ([("type[]", "paid")] * 4, "?type[]", "the array has more items than 3"),
        ([("size", "1"), ("size", "x")], "?size", "'x' is not an integer"),
        ([("date[from]", "01/02/2026")], "?date[from]", "'01/02/2026' is not a valid date"),
        ([("date[days]", "x")], "?date[days]", "'x' is not an integer"),
        ([("date[days]", "1"), ("date[days]", "2")], "?date[days]", "is given 2 times"),
        ([("date[form]", "2026-01-01")], "?date", "unknown property 'form' (did you mean 'from'?)"),
        ([("full", "true"), ("full", "true")], "?full", "is given 2 times"),
        ([("full", "")], "?full", "'' is not a boolean"),
        ([("least", "6"), ("least", ""), ("least", "7")], "?least", "is given 2 times"),
        ([("type", "paid")], "?type", "unknown query parameter 'type' (did you mean 'type[]'?)"),
        ([("date_from", "x")], "?date_from", "unknown query parameter 'date_from' (did you mean 'date[from]'?)"),
        ([("Limit", "9")], "?Limit", "unknown query parameter 'Limit' (did you mean 'limit'?)"),
        ([("api-key", "x")], "?api-key", "unknown query parameter 'api-key' (known: "),
        ([("", "x")], "?", "unknown query parameter '' (known: "),
        ([("attributes[]", "x")], "?attributes[]", "unknown query parameter 'attributes[]' (did you mean "),
        ([("attributes[a][b]", "x")], "?attributes[a][b]", "unknown query parameter 'attributes[a][b]'"),
        ([("attributes", "x")], "?attributes", "unknown query parameter 'attributes'"),
        ([("other", "1"), ("other", "2")], "?other", "unknown query parameter 'other' (known: "),
        ([("x\0y", "1")], "?x\0y", "unknown query parameter 'x\\x00y'"),
    ],
)
def test_a_wrong_parameter_is_named(find_orders: Operation, query: Query, pointer: str, message: str) -> None:
    """Once each, with the name that is meant."""
    ((told, said),) = read(find_orders, query)[1]
    assert told == pointer
    assert said.startswith(message)


def test_a_thousand_unknown_parameters_are_counted(find_orders: Operation) -> None:
    violations = read(find_orders, [(f"p{number}", "1") for number in range(1000)])[1]
    assert len(violations) == 21
    assert violations[-1] == ("?p20", "980 more unknown query parameters")


def test_a_long_name_is_shown_in_part(find_orders: Operation) -> None:
    """A query may have 64 KiB."""
    ((pointer, message),) = read(find_orders, [("x" * 60_000, "1")])[1]
    assert len(pointer) < 100
    assert len(message) < 250


def test_a_credential_in_the_query_is_known(contract: Read) -> None:
    """Its name stands in the security scheme; that of a header is unknown in a query."""
    scheme = ("type: apiKey, in: header, name: api-key", "type: apiKey, in: query, name: api_key")
    operation = contract(scheme).operations[0]
    assert operation.query_names.find_unknown([("api_key", "x")]) == []
    ((violation),) = operation.query_names.find_unknown([("api-key", "x")])
    assert (violation.keyword, violation.provenance) == ("unknown", "assumed")
