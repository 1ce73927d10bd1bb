"""Every kind of message that msgspec has for a record, in our words."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from paysandbox.kit.fixture_records import split_error
from paysandbox.kit.record_wording import reword


class Line(Struct, forbid_unknown_fields=True):
    """A part of a record."""

    number: int


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        ("x", bool, "it must be a boolean, not a string"),
        (1, str | None, "it must be a string or null, not an integer"),
        (Decimal(1), int | str, "it must be an integer or a string, not a number"),
        ([], Decimal, "it must be a number, not an array"),
        ("much", Decimal, "it must be a number"),
        ("x", Annotated[str, Meta(pattern="^a$")] | None, "it must be a string that matches '^a$'"),
        ("", Annotated[str, Meta(min_length=2)], "it must be a string of at least 2 characters"),
        ([], Annotated[list[int], Meta(min_length=1)], "it must be an array of at least 1 item"),
        ({"a": 1}, Annotated[dict[str, int], Meta(max_length=0)], "it must be an object of at most 0 properties"),
        ([1], tuple[int, int], "it must be an array of 2 items, not 1"),
        (0, Annotated[int, Meta(ge=1)], "it must be an integer of at least 1"),
        ("26/10/2017", dt.date, "it must be a date"),
        ("noon", dt.datetime, "it must be a time"),
        ("noon", dt.time, "it must be a time of day"),
        ("2024-01-31T09:00:00", Annotated[dt.datetime, Meta(tz=True)], "it must be a time with an offset"),
        ("09:00:00Z", Annotated[dt.time, Meta(tz=False)], "it must be a time of day without an offset"),
        ("payed", Literal["open", "paid"], "unknown value 'payed'"),
        ({}, Line, "the property 'number' is missing"),
        ({"number": 1, "nubmer": 2}, Line, "unknown property 'nubmer'"),
        ([], Line, "it must be an object, not an array"),
        (3, Annotated[int, Meta(multiple_of=2)], "Expected `int` that's a multiple of 2"),
    ],
)
def test_each_kind_of_message(value: Any, kind: Any, says: str) -> None:
    """The last one no record has: what is not known stays as msgspec says it."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, kind)
    assert reword(str(refused.value)) == says


def test_the_path_is_split_off() -> None:
    """Of an item, of some value of a mapping, and none."""
    assert split_error("Expected `str`, got `int` - at `$.lines[2].name`") == (
        ("lines", 2, "name"),
        "it must be a string, not an integer",
    )
    assert split_error("Expected `str`, got `int` - at `$[...]`") == ((0,), "it must be a string, not an integer")
    assert split_error("the lines do not add up") == ((), "the lines do not add up")
