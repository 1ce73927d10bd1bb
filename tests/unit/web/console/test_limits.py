"""The limits of a schema in words: conditions, and what holds in each of their branches."""

import re
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.web.console.contract_view.limits import list_limits
from paysandbox.web.console.contract_view.reference import build_reference
from paysandbox.web.console.contract_view.values import Value

CENTS: dict[str, Any] = {"properties": {"total": {"$ref": "cents"}}}
REFERRED: dict[str, Any] = {"cents": {"multipleOf": 0.01}, "long": {"pattern": "a" * 80, "examples": ["26/10/2017"]}}


def follow(node: Any) -> Any:
    return REFERRED[node["$ref"]] if isinstance(node, dict) and "$ref" in node else node


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"if": {"required": ["a"]}, "then": CENTS}, ["if a is given: total is a multiple of 0.01"]),
        ({"if": {"required": ["a"]}, "then": CENTS, "else": CENTS}, ["always: total is a multiple of 0.01"]),
        (
            {"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}, "else": {"required": ["c", "d"]}},
            ["always: c is given", "if a is given: b is given", "otherwise: d is given"],
        ),
        ({"if": {"required": ["a"]}, "else": {"required": ["b"]}}, ["unless a is given: b is given"]),
        ({"if": {"required": ["a"]}, "then": {}}, []),
        (
            {"if": {"minLength": 1}, "then": {"properties": {"rows": {"items": CENTS}}}},
            ["if length at least 1: total is a multiple of 0.01 in each of rows"],
        ),
        ({"if": {"minLength": 1}, "then": {"$ref": "long"}}, ["if length at least 1: like 26/10/2017"]),
    ],
)
def test_a_condition(schema: dict[str, Any], words: list[str]) -> None:
    """References are followed; what both branches say is said once, and an empty branch not at all."""
    assert [f"{word} {value}" for word, value in list_limits(schema, follow)] == words


def list_values(value: Value) -> list[Value]:
    return [value, *(below for one in value.inside for below in list_values(one))]


def test_no_condition_of_a_contract_is_empty_or_says_the_same_in_both_branches(base_runtime: Runtime) -> None:
    found = 0
    for service in base_runtime.services.values():
        view = build_reference(service, base_runtime, "http://127.0.0.1:4080")
        values = [value for entry in view.entries for body in entry.list_bodies() for value in list_values(body.value)]
        values += [parameter for entry in view.entries for parameter in entry.parameters]
        for value in values:
            said = dict(value.limits)
            branches = [text for word, text in value.limits if re.match("if |otherwise|unless ", word)]
            found += len(branches)
            assert "" not in branches, said
            assert len(set(branches)) == len(branches), said
    assert found
