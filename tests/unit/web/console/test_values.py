"""A JSON Schema as a tree: types, limits, values, defaults, and who vouches for each member."""

from typing import Any

import pytest

from paysandbox.contract.validators import Schemas
from paysandbox.web.console.contract_view.values import FORM, PROPERTY, Anchors, Tree, Value, make_anchor


def read(schema: Any, **schemas: Any) -> Value:
    """The tree of a body with this schema."""
    sources = {"client": {"title": "a client", "kind": "client", "retrieved": "2026-11-22"}}
    document = {"components": {"schemas": schemas}, "x-sources": sources}
    return Tree(Schemas(document), Anchors()).read_body("pay request", schema, "documented")


def ref(name: str, **beside: Any) -> dict[str, Any]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}", **beside}


def names(member: Value) -> list[str]:
    """What is inside of a value."""
    return [one.name for one in member.inside]


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"const": "OK"}, "string"),
        ({"enum": ["A", True, 1, None]}, "string or boolean or integer or null"),
        ({"properties": {}}, "object"),
        ({"oneOf": [ref("Text"), {"type": "integer"}]}, "string or integer"),
        ({"anyOf": [ref("Text"), {"type": "null"}]}, "string or null"),
        ({}, "any value"),
        (True, "any value"),
    ],
)
def test_a_type_is_named_wherever_it_is_said(schema: Any, types: str) -> None:
    """At the value, by its values, or in its forms."""
    assert read(schema, Text={"type": "string"}).types == types


@pytest.mark.parametrize(
    ("schema", "limits"),
    [
        ({"minimum": 0, "maximum": 10, "multipleOf": 1}, ["at least 0", "at most 10", "a multiple of 1"]),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 9}, ["more than 0", "less than 9"]),
        ({"minLength": 1, "maxLength": 35}, ["length 1 to 35"]),
        ({"minLength": 8, "maxLength": 8}, ["length 8"]),
        ({"minLength": 1}, ["length at least 1"]),
        ({"maxItems": 9, "uniqueItems": True}, ["items at most 9", "items all different"]),
        ({"minProperties": 1}, ["properties at least 1"]),
        ({"pattern": "^[a-z]$", "format": "date"}, ["format date", "pattern ^[a-z]$"]),
        ({"oneOf": [{"required": ["id"]}, {"required": ["a", "b"]}]}, ["exactly one of id, a with b"]),
        ({"anyOf": [{"required": ["id"]}, {"required": ["a"]}]}, ["at least one of id, a"]),
        ({"dependentRequired": {"a": ["b", "c"]}}, ["a needs b, c"]),
        ({"if": {"minLength": 1}, "then": {"format": "date"}}, ["if length at least 1: format date"]),
        ({"contentMediaType": "text/csv"}, ["holds text/csv"]),
    ],
)
def test_every_limit_is_told(schema: Any, limits: list[str]) -> None:
    """In words that need no knowledge of JSON Schema."""
    assert [f"{word} {value}" for word, value in read(schema).limits] == limits


def test_values_and_defaults_are_told() -> None:
    """As they are sent, text without quotation marks."""
    found = read({"enum": ["A", 1, None, True], "default": "A"})
    assert (found.values, found.default) == (("A", "1", "null", "true"), "A")
    assert read({"const": "OK"}).values == ("OK",)
    assert read({"default": None}).default == "null"
    assert read({"type": "string"}).default is None


def test_members_stand_in_their_order_and_say_whether_they_are_required() -> None:
    """Each with an anchor of its own."""
    found = read(
        {"required": ["b"], "properties": {"a": {"type": "string"}, "b": {"type": "object", "properties": {"c d": {}}}}}
    )
    assert [(one.name, one.kind, one.required) for one in found.inside] == [
        ("a", PROPERTY, False),
        ("b", PROPERTY, True),
    ]
    assert [one.anchor for one in found.inside] == ["pay-request-a", "pay-request-b"]
    assert [one.anchor for one in found.inside[1].inside] == ["pay-request-b-c-d"]


def test_provenance_comes_from_the_outside_in() -> None:
    """A member's own mark is the nearest; what is inside of it inherits it. A source is not inherited."""
    below = {"c": {}, "d": {"x-provenance": "assumed"}}
    inner = {"x-provenance": "observed", "x-source": "client", "properties": below}
    found = read({"properties": {"a": {}, "b": inner}})
    a, b = found.inside
    assert (a.provenance, a.source) == ("documented", None)
    assert (b.provenance, str(b.source)) == ("observed", "a client")
    assert [(one.provenance, one.source) for one in b.inside] == [("observed", None), ("assumed", None)]


def test_what_stands_beside_a_reference_says_more() -> None:
    found = read(
        {"properties": {"a": ref("Id", description="Whose it is."), "b": ref("Id")}},
        Id={"description": "An id.", "type": "string"},
    )
    assert [(one.says, one.types) for one in found.inside] == [("Whose it is.", "string"), ("An id.", "string")]


def test_members_beside_a_reference_narrow_those_behind_it() -> None:
    """An error whose code is always the same; all else stays."""
    error = {
        "required": ["code"],
        "properties": {"code": {"description": "The status.", "type": "integer"}, "text": {}},
    }
    found = read(ref("Error", required=["text"], properties={"code": {"const": 400}}), Error=error)
    assert [(one.name, one.required) for one in found.inside] == [("code", True), ("text", True)]
    assert (found.inside[0].says, found.inside[0].values) == ("The status.", ("400",))


def test_an_optional_object_is_shown_as_the_object() -> None:
    """Not as a choice between the object and null."""
    found = read(
        {"anyOf": [ref("Who"), {"type": "null"}], "description": "Who pays."},
        Who={"type": "object", "properties": {"id": {}}},
    )
    assert (found.types, found.says, names(found)) == ("object or null", "Who pays.", ["id"])


def test_what_has_no_name_of_its_own_is_a_part() -> None:
    """An item of a list, other members, the forms of a value with their titles."""
    assert names(read({"items": {"type": "string"}})) == ["each item"]
    assert names(read({"additionalProperties": {"type": "string"}})) == ["each other property"]
    assert names(read({"patternProperties": {"^x-": {}}})) == ["each property like ^x-"]
    assert names(read({"allOf": [{}, {}]})) == ["also, part 1", "also, part 2"]
    found = read({"oneOf": [ref("Ok"), {"properties": {"a": {}}}]}, Ok={"title": "Done", "properties": {"a": {}}})
    assert names(found) == ["form 1 of 2: Done", "form 2 of 2"]
    assert {one.kind for one in found.inside} == {FORM}
    assert [one.inside[0].anchor for one in found.inside] == ["pay-request-a", "pay-request-a-2"]


def test_branches_that_only_ask_for_members_are_no_forms() -> None:
    """They are a limit: exactly one of them is given."""
    branches = [{"title": "By id", "required": ["id"], "properties": {"id": {"type": "string"}}}, {"required": ["no"]}]
    found = read({"properties": {"id": {}, "no": {}}, "oneOf": branches})
    assert (names(found), found.limits) == (["id", "no"], (("exactly one of", "id, no"),))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"below": ref("Loop")}},
        {"items": ref("Loop")},
        {"oneOf": [{"type": "string"}, ref("Loop")]},
        {"anyOf": [ref("Loop"), {"type": "null"}], "properties": {"a": ref("Loop")}},
        {"additionalProperties": ref("Loop")},
    ],
    ids=lambda schema: next(iter(schema)),
)
def test_a_schema_that_contains_itself_comes_to_an_end(schema: Any) -> None:
    """What is inside of it is shown once more at most."""
    found, depth = read(ref("Loop"), Loop=schema), 0
    while found.inside:
        found, depth = found.inside[-1], depth + 1
    assert 1 <= depth <= 3


@pytest.mark.parametrize(
    ("unit", "anchor"),
    [
        ("payInvoice", "payInvoice"),
        ("payInvoice 404", "payInvoice-404"),
        ("payInvoice rule no-overpayment", "payInvoice-rule-no-overpayment"),
        ("pay query a[b]", "pay-query-a_b_"),
        ('pay request "><script>', "pay-request-___script_"),
    ],
)
def test_an_anchor_is_a_unit_that_can_stand_in_an_address(unit: str, anchor: str) -> None:
    """With dashes for spaces, and nothing that an address or a page would take for something else."""
    assert make_anchor(unit) == anchor
