"""Ids of parametrized tests are short, one line of ASCII, and the same in every process."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Struct

from tests.helpers.parameter_ids import LONGEST, describe, make_id, shorten


class Named(Struct):
    """A record with a name."""

    name: str


class Nameless(Struct):
    """A record without one."""

    amount: int


@pytest.mark.parametrize(
    ("value", "described"),
    [
        ("", "(empty)"),
        (b"{}", "{}"),
        (b"", "(empty)"),
        (b"\xff", "binary"),
        ({"amount": Decimal("1.50"), "lines": [1, 2]}, "amount=1.50,lines=1,2"),
        ({}, "{}"),
        ({3, 1, 2}, "1,2,3"),
        (date(2026, 3, 31), "2026-03-31"),
        (Named("token"), "token"),
        (Nameless(1), None),
        (object(), None),
        (lambda: None, None),
        (len, "len"),
        ([[[[["deep"]]]]], "..."),
    ],
)
def test_a_parameter_is_described(value: Any, described: str | None) -> None:
    """None leaves the id to pytest, which numbers it."""
    assert describe(value) == described


def test_a_long_text_keeps_both_ends() -> None:
    """It is cut in the middle."""
    text = "a" * 100 + "z" * 5000
    assert shorten(text, 20) == "aaaaaaaaaaaa..zzzzzz"
    assert len(shorten("x" * 9000, LONGEST)) == LONGEST


def test_an_id_is_one_line_of_ascii() -> None:
    """Line breaks, backslashes and other alphabets are replaced."""
    assert make_id(None, LONGEST, "é\n\\") == "??/"


def test_the_tests_own_ids_are_cut_too() -> None:
    """Where they say nothing, the parameter is described."""
    assert make_id(lambda value: f"<{value}>", 8, "abcdefghij") == "<abc..j>"
    assert make_id(lambda _: None, LONGEST, 7) == "7"
