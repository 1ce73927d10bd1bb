"""A body as lines, with the violations at their places."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.web.console.marked_json import MOST, render_lines

VALUE = {"number": "1", "lines": [{"amount": Decimal("1.10")}, {}], "a/b": {"~": None}}


def show(value: Any, violations: dict[int, str]) -> dict[str, tuple[int, ...]]:
    """The marked lines."""
    return {line.text.strip(): line.marks for line in render_lines(value, violations.items())[0] if line.marks}


def test_the_lines_are_the_value() -> None:
    lines, more = render_lines(VALUE)
    assert more == 0
    assert [line.text for line in lines] == [
        "{",
        '  "number": "1",',
        '  "lines": [',
        "    {",
        '      "amount": 1.10',
        "    },",
        "    {}",
        "  ],",
        '  "a/b": {',
        '    "~": null',
        "  }",
        "}",
    ]


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", "{"),
        ("/number", '"number": "1",'),
        ("/lines", '"lines": ['),
        ("/lines/0/amount", '"amount": 1.10'),
        ("/lines/1", "{}"),
        ("/lines/1/amount", "{}"),
        ("/lines/7/amount", '"lines": ['),
        ("/a~1b/~0", '"~": null'),
        ("/nothing/at/all", "{"),
        ("without a slash", "{"),
    ],
)
def test_a_violation_marks_its_value_or_the_nearest_around_it(pointer: str, line: str) -> None:
    assert show(VALUE, {3: pointer}) == {line: (3,)}


def test_violations_of_one_place_stand_together() -> None:
    assert show({"a": 1}, {1: "/a", 2: "/a", 3: ""}) == {'"a": 1': (1, 2), "{": (3,)}


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}])
def test_a_value_without_parts_is_one_line(value: Any) -> None:
    lines, _ = render_lines(value, [(1, "/x")])
    assert len(lines) == 1
    assert lines[0].marks == (1,)


def test_a_long_value_is_cut() -> None:
    lines, more = render_lines([0] * (MOST + 5))
    assert len(lines) == MOST
    assert more == 7
