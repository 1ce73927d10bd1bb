"""What a value breaks, in words: where, what was asked for, who says so; secrets and objects are never shown."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.contract.validators import Schemas
from paysandbox.core.problems import Violation

SOURCES = {"page": {"title": "the page", "kind": "vendor-page", "retrieved": "2026-11-22"}}
PROVENANCE = {"description": "Outer.", "x-source": "page: 1", "x-provenance": "documented"}


def violations(schema: Any, value: Any, **components: Any) -> list[Violation]:
    document = {"schema": schema, "components": {"schemas": components}, "x-sources": SOURCES}
    return Schemas(document).validator("schema").violations(value)


def only(schema: Any, value: Any, **components: Any) -> Violation:
    """The one thing that a value breaks."""
    (violation,) = violations(schema, value, **components)
    return violation


NO_DATE = "'2024-02-30' is not a valid date; a date is YYYY-MM-DD, of a day that exists, for example '2024-01-31'"
NO_TIME = "'noon' is not a valid date-time; a time is RFC 3339 with an offset, for example '2024-01-31T09:00:00Z'"


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, 5, "5 is not a string"),
        ({"type": "number"}, "5", "'5' is not a number (did you mean 5, without quotation marks?)"),
        ({"type": "number"}, "1,5", "'1,5' is not a number (did you mean 1.5?)"),
        ({"type": "number"}, "1.234,50", "'1.234,50' is not a number (did you mean 1234.50?)"),
        ({"type": "number"}, "-1,234,567.5", "'-1,234,567.5' is not a number (did you mean -1234567.5?)"),
        ({"type": "number"}, "1 234,50", "'1 234,50' is not a number (did you mean 1234.50?)"),
        ({"type": "number"}, "1,234", "'1,234' is not a number; a number is written like 12.50"),
        ({"type": "number"}, "12 EUR", "'12 EUR' is not a number; a number is written like 12.50"),
        ({"type": "number"}, "none", "'none' is not a number"),
        ({"type": "integer"}, True, "true is not an integer"),
        ({"type": "boolean"}, None, "null is not a boolean"),
        ({"type": "array"}, {"a": 1}, "an object is not an array"),
        ({"type": "object"}, [1], "an array is not an object"),
        ({"type": ["string", "null"]}, 5, "5 is not a string"),
        ({"type": ["string", "number"]}, None, "null is not a number or a string"),
        ({"type": "null"}, 5, "5 is not null"),
        ({"enum": ["EUR", "USD"]}, "GBP", "'GBP' is not one of EUR, USD"),
        ({"enum": ["EUR", "USD", None]}, "eur", "'eur' is not one of EUR, USD (did you mean 'EUR'? case matters)"),
        ({"const": "OK"}, "NO", "'NO' is not OK"),
        ({"minimum": 1}, 0, "0 is less than the minimum of 1"),
        ({"maximum": 1}, 2, "2 is more than the maximum of 1"),
        ({"exclusiveMinimum": 0}, 0, "0 must be more than 0"),
        ({"exclusiveMaximum": 5}, 5, "5 must be less than 5"),
        ({"multipleOf": 5}, 7, "7 is not a multiple of 5"),
        ({"minLength": 2}, "a", "'a' is shorter than 2 characters"),
        ({"maxLength": 2}, "abc", "'abc' is longer than 2 characters"),
        ({"minItems": 1}, [], "the array has fewer items than 1"),
        ({"maxItems": 1}, [1, 2], "the array has more items than 1"),
        ({"minProperties": 1}, {}, "the object has fewer properties than 1"),
        ({"format": "date"}, "2024-02-30", NO_DATE),
        ({"format": "date", "examples": ["2016-07-01"]}, "x", "'x' is not a valid date, for example '2016-07-01'"),
        (
            {"format": "date-time"},
            "noon",
            NO_TIME,
        ),
        ({"format": "ipv6"}, "x", "'x' is not a valid ipv6"),
        ({"pattern": "^[a-z]$"}, "7", "'7' does not match the expected format, the pattern ^[a-z]$"),
        ({"pattern": f"^{'a' * 80}$"}, "7", "'7' does not match the expected format"),
        ({"pattern": "^[a-z]$", "examples": ["q"]}, "7", "'7' does not match the expected format, for example 'q'"),
        (
            {"pattern": "^[a-c]$", "examples": ["a", None, "b", "c"]},
            "7",
            "'7' does not match the expected format, for example 'a', 'b' or 'c'",
        ),
        ({"required": ["a"]}, {}, "missing property 'a'"),
        (
            {"properties": {"amount": {}}, "additionalProperties": False},
            {"ammount": 1},
            "unknown property 'ammount' (did you mean 'amount'?)",
        ),
        (
            {"properties": {"amount": {}}, "additionalProperties": False},
            {"zzz": 1},
            "unknown property 'zzz' (known: amount)",
        ),
        (
            {"properties": {"then": {"properties": {"drop": {}}}, "when": {}}, "additionalProperties": False},
            {"drop": 1},
            "unknown property 'drop' (put it under 'then')",
        ),
        (
            {"properties": {"a": {"anyOf": [{"properties": {"drop": {}}}, {}]}}, "additionalProperties": False},
            {"drop": 1},
            "unknown property 'drop' (put it under 'a')",
        ),
        (
            {
                "properties": {name: {"properties": {"drop": {}}} for name in ("then", "when")},
                "additionalProperties": False,
            },
            {"drop": 1},
            "unknown property 'drop' (known: then, when)",
        ),
        (
            {"properties": {"then": {"properties": {"drop": {}}}, "Drop": {}}, "additionalProperties": False},
            {"drop": 1},
            "unknown property 'drop' (did you mean 'Drop'?)",
        ),
        (
            {"oneOf": [{"required": ["id"]}, {"required": ["number"]}]},
            {},
            "exactly one of id, number is required, but none is given",
        ),
        (
            {"oneOf": [{"required": ["id"]}, {"required": ["number"]}]},
            {"id": 1, "number": 2},
            "exactly one of id, number is required, but id and number are given",
        ),
        (
            {"oneOf": [{"required": [key], "properties": {key: {"type": "string"}}} for key in ("id", "number")]},
            {"number": 192},
            "exactly one of id, number is required, and number is not valid",
        ),
        (
            {"oneOf": [{"required": ["id"]}, {"required": ["number"]}], "x-unavailable": ["number"]},
            {"id": None, "number": ""},
            "missing property 'id'",
        ),
        ({"uniqueItems": True}, [1, 1], "an array violates the contract's uniqueItems"),
        ({"not": {"type": "string"}}, "text", "'text' is not allowed"),
        ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, "a and b cannot be given together"),
        (
            {"anyOf": [{"anyOf": [{"required": ["company"]}, {"required": ["firstName", "lastName"]}]}]},
            {"firstName": "A"},
            "required: company, or firstName and lastName",
        ),
        ({"anyOf": [{"type": "object", "oneOf": [{}, {}]}, {"type": "null"}]}, "5", "'5' is not an object"),
        ({"enum": ["", "day", "hour", None]}, "kg", "'kg' is not one of day, hour"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_is_said_in_plain_words(schema: Any, value: Any, message: str) -> None:
    """Ours, not the library's: they do not change with its version."""
    assert only(schema, value).message == message


def test_of_a_closed_object_without_members_it_is_said_that_it_has_none() -> None:
    """The value of what was given is not shown: it says nothing."""
    assert only({"additionalProperties": False}, {"a": "hunter22"}).message == "no property is allowed"


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"token": {"const": "x"}}},
        {"not": {}},
        {"enum": [1]},
        {"const": 1},
        {"type": "string"},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"oneOf": [{"maxProperties": 1}, {"minProperties": 5}]},
        {"anyOf": [{"maxProperties": 1}, {"minProperties": 5}]},
        {"if": {"required": ["token"]}, "then": {"required": ["other"]}, "else": {}},
        {"dependentRequired": {"token": ["other"]}},
        {"propertyNames": {"maxLength": 3}},
        {"maxProperties": 1},
        {"minProperties": 9},
        {"type": "object", "properties": {"list": {"uniqueItems": True}}},
    ],
    ids=lambda schema: next(iter(schema)),
)
def test_objects_and_arrays_are_never_shown(schema: Any) -> None:
    """They may hold credentials."""
    body = {"password": "hunter22", "list": [{"secret": "hunter22"}] * 2, "token": "abc"}
    found = violations(schema, body)
    assert found
    assert "hunter22" not in repr(found)


@pytest.mark.parametrize(
    "constraint",
    [
        {"minLength": 50},
        {"maxLength": 2},
        {"pattern": "^[0-9]+$"},
        {"enum": ["x"]},
        {"const": "x"},
        {"type": "integer"},
    ],
    ids=lambda one: next(iter(one)),
)
@pytest.mark.parametrize("behind", ["member", "reference", "item"])
def test_a_secret_is_masked_whatever_is_wrong_with_it(constraint: dict[str, Any], behind: str) -> None:
    """`format: password` marks it, also behind a reference."""
    secret = {"format": "password", **constraint}
    schema, value, components = {
        "member": ({"properties": {"p": secret}}, {"p": "hunter22"}, {}),
        "reference": ({"properties": {"p": {"$ref": "#/components/schemas/P"}}}, {"p": "hunter22"}, {"P": secret}),
        "item": ({"items": secret}, ["hunter22"], {}),
    }[behind]
    found = only(schema, value, **components)
    assert found.message == "the value (masked) does not match the expected format"
    assert "hunter22" not in repr(found)


def test_a_password_asks_nothing_of_a_value() -> None:
    """It is a mark only."""
    assert violations({"format": "password"}, "any\ttext") == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"maxLength": 5}, "x" * 500), ({"enum": ["a"]}, "x" * 500), ({"multipleOf": 2}, int("1" * 299))],
)
def test_long_values_are_cut(schema: Any, value: Any) -> None:
    """Else the vendor's sentence behind them would not be seen."""
    assert len(only(schema, value).message) < 130


def test_long_lists_of_choices_are_cut() -> None:
    message = only({"enum": [f"c{number}" for number in range(50)]}, "x").message
    assert "c19 …" in message
    assert "c20" not in message


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [(["a", 0, "b"], "/a/0/b"), (["x/y", "~z"], "/x~1y/~0z")],
    ids=str,
)
def test_the_pointer_is_a_json_pointer(steps: list[Any], pointer: str) -> None:
    value: Any = 5
    schema: Any = {"type": "string"}
    for step in reversed(steps):
        value = [value] if isinstance(step, int) else {step: value}
        schema = {"items": schema} if isinstance(step, int) else {"properties": {step: schema}}
    assert only(schema, value).pointer == pointer


def test_the_nearest_words_are_taken_each_by_itself() -> None:
    """A member without a source has that of the object around it."""
    schema = {**PROVENANCE, "properties": {"a": {"type": "string", "description": "Inner."}}}
    found = only(schema, {"a": 5})
    assert (found.says, found.source, found.provenance) == ("Inner.", "the page: 1", "documented")


@pytest.mark.parametrize("stated", [{"x-source": "page: 2"}, {"x-provenance": "assumed"}])
def test_a_sentence_is_not_inherited_by_what_states_its_own_evidence(stated: dict[str, str]) -> None:
    """That evidence is of something else."""
    schema = {**PROVENANCE, "properties": {"a": {"type": "string", **stated}}}
    assert only(schema, {"a": 5}).says is None


def test_an_assumed_bound_is_called_assumed() -> None:
    """Whatever documents the property itself; its sentence stays, with its own evidence."""
    bounds = {"type": "string", "minLength": 2, "maxLength": 3, "x-assumed": ["maxLength"]}
    schema = {"properties": {"note": {**PROVENANCE, **bounds}}}
    long, short = only(schema, {"note": "four"}), only(schema, {"note": "1"})
    assert (long.says, long.source, long.provenance) == ("Outer.", "house decision: maxLength", "assumed")
    assert (long.said_by, long.own_sentence) == (("documented", "the page: 1"), None)
    assert (short.said_by, short.own_sentence) == (None, "Outer.")
    assert (short.says, short.source, short.provenance) == ("Outer.", "the page: 1", "documented")


def test_a_property_whose_being_required_is_assumed() -> None:
    """The keyword stands at the object, the assumption at the property."""
    member = {**PROVENANCE, "type": "string", "x-assumed": ["required"]}
    schema = {"required": ["note", "other"], "properties": {"note": member, "other": {**PROVENANCE}}}
    note, other = violations(schema, {})
    assert (note.provenance, other.provenance) == ("assumed", "documented")


def test_a_missing_member_is_told_in_its_own_words() -> None:
    """Those beside a reference go before those behind it."""
    shared = {"type": "string", "description": "Common.", "x-source": "page: 9"}
    schema = {
        **PROVENANCE,
        "required": ["a"],
        "properties": {"a": {"$ref": "#/components/schemas/S", "description": "The member's."}},
    }
    found = only(schema, {}, S=shared)
    assert (found.says, found.source, found.provenance) == ("The member's.", "the page: 9", "documented")


def test_of_an_optional_object_the_object_is_judged() -> None:
    """A client that sends an object did not mean the null."""
    schema = {"anyOf": [{"$ref": "#/components/schemas/O"}, {"type": "null"}]}
    target = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "description": "Its id."}}}
    assert only(schema, {}, O=target).message == "missing property 'id'"
    assert only(schema, {"id": 5}, O=target).pointer == "/id"
    assert only(schema, {"id": 5}, O=target).says == "Its id."
    assert only(schema, 5, O=target).message == "5 is not an object"
    assert violations(schema, None, O=target) == []


def test_everything_wrong_is_listed() -> None:
    schema = {
        "properties": {"a": {"type": "string"}, "b": {"minimum": 3}},
        "required": ["c"],
        "additionalProperties": False,
    }
    found = violations(schema, {"a": 1, "b": 2, "d": 3})
    assert {(one.pointer, one.keyword) for one in found} == {
        ("/a", "type"),
        ("/b", "minimum"),
        ("", "required"),
        ("", "additionalProperties"),
    }


def test_an_unknown_format_does_not_compile() -> None:
    with pytest.raises(ValueError, match="iban"):
        Schemas({"schema": {"format": "iban"}}).validator("schema").is_valid("x")


def test_a_reference_to_a_reference_is_followed_to_its_end() -> None:
    """Step by step, as the sentence nearest to the value may stand beside any of them."""
    schema = {"properties": {"a": {"$ref": "#/components/schemas/One"}}}
    one = {"$ref": "#/components/schemas/Two", "description": "Between them."}
    found = only(schema, {"a": 5}, One=one, Two={"type": "string"})
    assert (found.pointer, found.message, found.says) == ("/a", "5 is not a string", "Between them.")


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (("a", "b"), ("c", "d", "b")),
        (("a",), ("c", "d")),
        (("e", "f~/g"), ("e", "f~/g")),
        (("h",), ("e", "f~/g")),
    ],
)
def test_references_on_the_way_are_followed(steps: tuple[str, ...], place: tuple[str, ...]) -> None:
    document = {
        "a": {"$ref": "#/i"},
        "i": {"$ref": "#/c/d"},
        "c": {"d": {"b": 1}},
        "e": {"f~/g": 2},
        "h": {"$ref": "#/e/f~0~1g"},
    }
    schemas = Schemas(document)
    assert schemas.resolve(steps) == place
    assert schemas.at(steps) == schemas.at(place)


def test_each_property_keeps_its_own_sentence_however_many_there_are() -> None:
    """What a contract states is remembered by place, of missing properties by their names, and forgotten in time."""
    names = [f"p{number}" for number in range(1100)]
    properties = {name: {"type": "string", "description": f"About {name}."} for name in names}
    schema = {"properties": properties, "required": ["p0", "p1"]}
    validator = Schemas({"schema": schema, "x-sources": SOURCES}).validator("schema")
    for _ in range(2):
        assert [one.says for one in validator.violations({})] == ["About p0.", "About p1."]
        found = validator.violations(dict.fromkeys(names, 7))
        assert {one.pointer: one.says for one in found} == {f"/{name}": f"About {name}." for name in names}


WHOLE_CENTS = {"type": "object", "properties": {"amount": {"type": "number", "multipleOf": Decimal("0.01")}}}
BESIDE_A_REFERENCE = {"$ref": "#/components/schemas/Line", "required": ["amount"]}


def test_what_stands_beside_a_reference_holds_as_well() -> None:
    assert only(BESIDE_A_REFERENCE, {}, Line=WHOLE_CENTS).message == "missing property 'amount'"
    assert only(BESIDE_A_REFERENCE, {"amount": Decimal("0.001")}, Line=WHOLE_CENTS).pointer == "/amount"
    assert violations(BESIDE_A_REFERENCE, {"amount": Decimal("0.01")}, Line=WHOLE_CENTS) == []


def test_a_quick_yes_knows_what_stands_beside_a_reference() -> None:
    document = {"schema": BESIDE_A_REFERENCE, "components": {"schemas": {"Line": WHOLE_CENTS}}}
    accepts = Schemas(document).compile_quick_yes(("schema",))
    assert accepts is not None
    assert accepts({"amount": Decimal("0.01")})
    assert not accepts({})
