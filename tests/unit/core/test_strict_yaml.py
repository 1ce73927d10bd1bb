"""YAML files with JSON's types only, and the line of every place in them."""

import re
from decimal import Decimal
from typing import Any

import pytest

from paysandbox.core.problems import StartupError
from paysandbox.core.strict_yaml import format_path, locate_errors, read_yaml


def findings(text: str) -> list[str]:
    """Why a file is refused, line by line."""
    with pytest.raises(StartupError) as refusal:
        read_yaml(text, "a.yaml")
    return list(refusal.value.errors)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2024-01-15", "2024-01-15"),
        ("2024-01-15T10:00:00Z", "2024-01-15T10:00:00Z"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("True", "True"),
        ("NULL", "NULL"),
        ("~", "~"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("42", 42),
        ("-7", -7),
        ("0", 0),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("+1", "+1"),
        ("12:30:45", "12:30:45"),
        ("19.99", Decimal("19.99")),
        ("25.00", Decimal("25.00")),
        ("1e3", Decimal("1e3")),
        (".5", ".5"),
        ("5.", "5."),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ('"42"', "42"),
        ("'true'", "true"),
        ('"null"', "null"),
        ('""', ""),
        ("|\n  19.99", "19.99\n"),
        (">-\n  one\n  two", "one two"),
        ("[]", []),
        ("{}", {}),
        ("99999999999999999999", 99999999999999999999),
    ],
)
def test_plain_scalars_have_jsons_types_and_no_others(written: str, value: Any) -> None:
    """What JSON would not read as a number or a word is text; what is quoted is text."""
    read = read_yaml(f"a: {written}\n", "a.yaml")["a"]
    assert (type(read), str(read)) == (type(value), str(value))


def test_members_keep_their_order_and_keys_are_text() -> None:
    """A status such as 200 is a key like any other."""
    assert list(read_yaml("b: 1\n200: 2\nnull: 3\na: 4\n", "a.yaml")) == ["b", "200", "null", "a"]


def test_an_empty_file_is_null() -> None:
    """So is one of comments only."""
    assert read_yaml("", "a.yaml") is None
    assert read_yaml("# nothing\n", "a.yaml") is None


def test_flow_style_reads_like_block_style() -> None:
    assert read_yaml('{"a": [1, {"b": null}]}', "a.yaml") == read_yaml("a:\n- 1\n- b:\n", "a.yaml")


@pytest.mark.parametrize(
    "value",
    ["!!int 5", '!!int "5"', "!date 2024-01-01", "!!python/name:os.system x", "!foo [1]", "!!set {b}", "!!str 5"],
)
def test_tags_are_refused(value: str) -> None:
    """With the line; a file says JSON's values and nothing else."""
    (finding,) = findings(f"ok: 1\na: {value}\n")
    assert finding.startswith(f"a.yaml:2: unknown tag {value.partition(' ')[0]};")


def test_a_tag_on_a_key_is_refused() -> None:
    """It would be lost silently."""
    assert findings("!!int 5: x\n")[0].startswith("a.yaml:1: ")


@pytest.mark.parametrize(
    "text",
    ["base: &x {a: 1}\nother: *x\n", "base: &x 1\nother:\n  <<: *x\n", "list: &x\n- *x\n", "base: &x 1\n*x : 2\n"],
    ids=["value", "merge key", "itself", "key"],
)
def test_aliases_are_refused(text: str) -> None:
    """A line that means another place cannot be pointed at."""
    assert any("alias" in finding for finding in findings(text))


def test_an_alias_is_found_on_its_own_line() -> None:
    """Not on the line of what it repeats; what is never repeated does no harm."""
    assert [finding.partition(": ")[0] for finding in findings("a: &x 1\nb: 2\nc: *x\n")] == ["a.yaml:3"]
    assert read_yaml("a: &x 1\n", "a.yaml") == {"a": 1}


@pytest.mark.parametrize("text", ['"a & b"', "'*'", "a!b", "R&D", "2*3", "'!x'", "|\n  *a &b !c", "x # & * !"])
def test_their_signs_inside_text_are_text(text: str) -> None:
    """Only where YAML takes them for more are they refused."""
    assert isinstance(read_yaml(f"a: {text}\n", "a.yaml")["a"], str)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a"),
        ("a:\n  b:\n    - {c: 1}\n    - {c: 1, d: 2, c: 3}\n", 4, "c"),
        ("'200': 1\n200: 2\n", 2, "200"),
    ],
)
def test_a_key_given_twice_is_refused_at_any_depth(text: str, line: int, key: str) -> None:
    assert findings(text) == [f"a.yaml:{line}: duplicate key {key!r}"]


def test_a_key_that_is_no_text_is_refused() -> None:
    """JSON has no such thing."""
    assert findings("a: 1\n? [b, c]\n: 2\n") == ["a.yaml:2: a key must be a string"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\na: 2\n? [k]\n: 4\nb: {c: 1, c: 2}\n", ["2", "3", "5"]),
        ("a: !x 1\nb: &y 2\nc: !z 3\nd: *y\n", ["1", "3", "4"]),
    ],
    ids=["keys", "what JSON has not"],
)
def test_everything_wrong_of_one_kind_is_told_at_once(text: str, lines: list[str]) -> None:
    assert [finding.split(":")[1] for finding in findings(text)] == lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\n\t- b\n", 2),
        ("a: b: c\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: *nothing\n", 1),
        ('a: 1\nb: "unclosed\n', 3),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    """In one line of words, without a traceback."""
    (finding,) = findings(text)
    assert finding.startswith(f"a.yaml:{line}: ")
    assert "\n" not in finding


def test_a_control_character_is_refused() -> None:
    """A file with one is damaged."""
    assert findings("a: 1\nb: \x07\n")[0].startswith("a.yaml:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: " + "[" * 64 + "]" * 64, 1),
        ("a: " + "[" * 100_000, 1),
        ("{a: " * 65 + "1" + "}" * 65, 1),
        ("- " * 65 + "x", 1),
        ("? " * 65 + "x", 1),
        ("\n".join(" " * level + "a:" for level in range(66)), 65),
    ],
    ids=["lists", "no end", "objects", "dashes", "keys of keys", "indented"],
)
def test_what_is_nested_too_deep_is_refused(text: str, line: int) -> None:
    """With the line where it becomes so; what composes it would end the whole process."""
    assert findings(text) == [f"a.yaml:{line}: nested deeper than 64 levels"]


def test_64_levels_are_read() -> None:
    value = read_yaml("[" * 64 + "]" * 64, "a.yaml")
    for _ in range(63):
        (value,) = value
    assert value == []


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("9" * 301, "a number has 301 characters; the limit is 300"),
        ("9" * 5000, "a number has 5000 characters; the limit is 300"),
        ("0." + "3" * 299, "a number has 301 characters; the limit is 300"),
        ("1e309", "the number 1e309 is out of range"),
        ("1e99999999999999999999", "the number 1e99999999999999999999 is out of range"),
    ],
    ids=lambda value: value[:20],
)
def test_a_number_that_readers_of_json_would_refuse_is_refused(number: str, why: str) -> None:
    """What is kept of a file is JSON."""
    assert findings(f"ok: 1\na: [{number}]\n") == [f"a.yaml:2: {why}"]
    assert read_yaml(f"a: '{number}'", "a.yaml") == {"a": number}


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\ufffe"], ids=ascii)
def test_a_control_character_is_told_with_its_line(mark: str) -> None:
    (finding,) = findings(f"é: 1\nb: 2\nc: x{mark}\n")
    assert re.fullmatch(r"a\.yaml:3: [^\n]+", finding)


TEXT = """\
# a comment
tables:
  debts:
    - id: one
      amount: 1
    - id: two

      amount: 2
  "200": [a, b,
    c]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("tables",), 3),
        (("tables", "debts"), 4),
        (("tables", "debts", 0), 4),
        (("tables", "debts", 0, "amount"), 5),
        (("tables", "debts", 1, "amount"), 8),
        (("tables", "200", 2), 10),
        (("tables", 200, 1), 9),
        (("tables", "debts", 1, "missing"), 6),
        (("tables", "debts", 7), 4),
        (("tables", "debts", 0, "id", "deeper"), 4),
        (("missing", "below"), 2),
    ],
)
def test_the_line_of_a_place_is_that_of_its_deepest_part(path: tuple[str | int, ...], line: int) -> None:
    """What the file does not have is shown where it should be."""
    (finding,) = locate_errors(TEXT, "a.yaml", [(path, "wrong")])
    assert finding == f"a.yaml:{line}: {format_path(path)}: wrong"


def test_an_empty_file_has_its_first_line() -> None:
    """Something must be pointed at."""
    assert locate_errors("", "a.yaml", [(("tables",), "wrong")]) == ["a.yaml:1: $.tables: wrong"]


def test_paths_are_shown_as_people_read_them() -> None:
    """The root is a dollar sign."""
    assert format_path(()) == "$"
    assert format_path(("tables", "debts", 3, "number")) == "$.tables.debts[3].number"
