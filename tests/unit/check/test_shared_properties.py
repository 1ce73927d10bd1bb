"""Which properties of a record a read shows again tell the schemas of both replies, however they are written."""

from types import SimpleNamespace
from typing import Any

import pytest

from paysandbox.check.shared_properties import SharedProperties, SharedProperty

TEXT = {"type": "string"}


def find_shared(made: Any, read: Any, value: Any) -> list[SharedProperty]:
    """What a reply with this value and a read share, by the schemas of either."""
    return list(compare(made, read).find(value))


def compare(made: Any, read: Any) -> SharedProperties:
    def follow(node: Any) -> Any:
        return follow(known[node["$ref"]]) if "$ref" in node else node

    known = {"text": TEXT, "known": {"x-provenance": "documented", **TEXT}}
    subject: Any = SimpleNamespace(follow=follow, operation_object=describe)
    return SharedProperties(subject, (made, 200), (read, 200))


def describe(schema: Any) -> Any:
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}


def has(name: str, schema: Any, **around: Any) -> dict[str, Any]:
    return {"properties": {name: schema}, **around}


@pytest.mark.parametrize(
    ("made", "read"),
    [
        (has("a", TEXT), has("a", {"$ref": "text"})),
        (has("a", TEXT), {"allOf": [has("b", TEXT), has("a", TEXT)]}),
        ({"oneOf": [has("a", TEXT), has("b", TEXT)]}, has("a", TEXT)),
        ({"if": {}, "then": has("a", TEXT)}, {"if": {}, "else": has("a", TEXT)}),
        (has("a", TEXT), {"additionalProperties": TEXT}),
    ],
)
def test_a_property_that_both_replies_have_is_shared(made: Any, read: Any) -> None:
    assert find_shared(made, read, {"a": "x"}) == [SharedProperty("/a", has_one_schema=True, is_assumed=False)]


@pytest.mark.parametrize(
    ("made", "read"),
    [
        (has("a", TEXT), has("b", TEXT)),
        (has("b", TEXT), has("a", TEXT)),  # which only the reply shows, though its schema does not say so
        (has("a", {**TEXT, "writeOnly": True}), has("a", TEXT)),
        (has("a", TEXT), has("a", {**TEXT, "writeOnly": True})),
        (has("a", TEXT), {"additionalProperties": False}),
        (has("a", TEXT), {"items": has("a", TEXT)}),  # a list
    ],
)
def test_what_only_one_reply_has_is_not_shared(made: Any, read: Any) -> None:
    assert find_shared(made, read, {"a": "x"}) == []


def test_places_inside_of_objects_and_lists_are_shared_one_by_one() -> None:
    """A short form of an object shares the properties that it has."""
    whole = has("a/b", {"items": {"properties": {"c": TEXT, "d": TEXT}}})
    short = has("a/b", {"items": has("c", TEXT)})
    value = {"a/b": [{"c": "x", "d": "y"}, {"c": "z"}]}
    assert [one.pointer for one in find_shared(whole, short, value)] == ["/a~1b/0/c", "/a~1b/1/c"]


def test_other_schemas_of_a_property_say_nothing_about_its_value() -> None:
    (shared,) = find_shared(has("a", {"anyOf": [TEXT, {"type": "null"}]}), has("a", TEXT), {"a": "x"})
    assert not shared.has_one_schema


@pytest.mark.parametrize(
    ("read", "is_assumed"),
    [
        (has("a", {**TEXT, "x-provenance": "assumed"}), True),
        (has("a", TEXT, **{"x-provenance": "assumed"}), True),
        ({"allOf": [has("a", TEXT)], "x-provenance": "assumed"}, True),
        (has("a", {"x-provenance": "assumed", "$ref": "known"}), True),
        (has("a", {"$ref": "known"}, **{"x-provenance": "assumed"}), False),
        ({"oneOf": [has("a", TEXT), has("b", TEXT, **{"x-provenance": "assumed"})]}, False),
    ],
)
def test_the_nearest_grade_counts(read: Any, *, is_assumed: bool) -> None:
    plain = has("a", TEXT)
    for found in (find_shared(plain, read, {"a": "x"}), find_shared(read, plain, {"a": "x"})):
        assert [shared.is_assumed for shared in found] == [is_assumed]


def test_an_object_of_any_names_names_no_record() -> None:
    assert compare(has("id", TEXT), has("id", TEXT)).names("/id")
    assert not compare(has("id", TEXT), {"additionalProperties": TEXT}).names("/id")
