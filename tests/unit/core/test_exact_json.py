"""The JSON door: what is read is exact, and what readers could disagree about does not come in."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.core.exact_json import NUMBER_LENGTH, read_json, write_canonical, write_json
from paysandbox.core.problems import Malformed

DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e200"), max_value=Decimal("1e200")
).filter(lambda number: len(str(number)) <= NUMBER_LENGTH)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**298), 10**298) | DECIMALS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)


def spelled(value: Any) -> Any:
    """The value with each decimal spelled out, so that 1.0 and 1.00 differ."""
    if isinstance(value, Decimal):
        return f"decimal {value}"
    if isinstance(value, dict):
        return {name: spelled(below) for name, below in value.items()}
    return [spelled(below) for below in value] if isinstance(value, list) else value


@given(DECIMALS.filter(lambda number: "." in str(number) or "E" in str(number)))
def test_a_decimal_comes_back_digit_by_digit(number: Decimal) -> None:
    """25.00 stays 25.00 and 0.1 is a tenth."""
    assert str(read_json(write_json(number))) == str(number)


@given(VALUES)
def test_what_is_written_reads_as_the_same_value(value: Any) -> None:
    """Nothing is lost on the way out and in again; a decimal without a fraction comes back as a whole number."""
    assert read_json(write_json(value)) == value


@given(VALUES)
def test_writing_what_was_read_gives_the_same_bytes(value: Any) -> None:
    content = write_json(value)
    assert write_json(read_json(content)) == content


@given(VALUES)
def test_an_independent_reader_reads_the_same(value: Any) -> None:
    """Python's own json, told to keep decimals, agrees."""
    content = write_json(value)
    assert spelled(read_json(content)) == spelled(json.loads(content, parse_float=Decimal))


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"19.99", Decimal("19.99")),
        (b"0.10", Decimal("0.10")),
        (b"-0.0", Decimal("-0.0")),
        (b"1E+2", Decimal("1E+2")),
        (b"100", 100),
        (b"18446744073709551616", 2**64),
        (b"1e308", Decimal("1e308")),
        (b"1e-400", Decimal("1e-400")),
        (b"0.00", Decimal("0.00")),
        (b"1" * 300, int("1" * 300)),
        (b"0." + b"1" * 298, Decimal("0." + "1" * 298)),
    ],
    ids=lambda part: str(part)[:30],
)
def test_numbers_are_exact_up_to_the_limits(content: bytes, value: Any) -> None:
    """Whole numbers are int, all others Decimal."""
    read = read_json(content)
    assert (type(read), str(read)) == (type(value), str(value))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"{", "the body is not JSON"),
        (b'{"a": 1} x', "trailing characters"),
        (b"[1,]", "trailing comma"),
        (b"{'a': 1}", "not JSON"),
        (b"{a: 1}", "not JSON"),
        (b'{"a" 1}', "not JSON"),
        (b"/* no */ 1", "not JSON"),
        (b"True", "not JSON"),
        (b"01", "not JSON"),
        (b"+1", "not JSON"),
        (b".5", "not JSON"),
        (b"1.", "not JSON"),
        (b"NaN", "not JSON"),
        (b"Infinity", "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'"a\nb"', "not JSON"),
        (b'"\\x"', "not JSON"),
        (b'"\\ud800"', "not JSON"),
        (b'"\\udc00\\ud800"', "not JSON"),
        (b'{"\\ud800": 1}', "not JSON"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "UTF-16"),
        ("{}".encode("utf-16-le"), "UTF-16"),
        (b"1e309", "out of range"),
        (b"-1e309", "out of range"),
        (b"1e400", "out of range"),
        (b"1e-401", "out of range"),
        (b"1e99999999999999999999", "out of range"),
        (b"1" * 301, "a number has 301 characters"),
        (b'{"a": [' + b"1" * 301 + b"]}", "a number has 301 characters"),
        (b"-" + b"1" * 300, "a number has 301 characters"),
        (b"0." + b"1" * 299, "a number has 301 characters"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_is_no_exact_json_is_refused(content: bytes, why: str) -> None:
    """Each with a reason that a person can act on."""
    with pytest.raises(Malformed) as refusal:
        read_json(content)
    assert why in refusal.value.message


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"[1,]", "(line 1, column 4)"),
        (b"x", "(line 1, column 1)"),
        (b'{\n  "a": 1,\n  b: 2\n}', "(line 3, column 3)"),
        ('{"é": "ü",\n"é": x}'.encode(), "(line 2, column 6)"),  # in characters, as an editor counts
    ],
)
def test_an_error_is_at_a_line_and_a_column(content: bytes, place: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_json(content)
    assert refusal.value.message.endswith(place)
    assert "byte" not in refusal.value.message


@pytest.mark.parametrize("content", [b"0e999999", b"0.0e999999", b"-0E+500", b"0e-999999"])
def test_a_zero_that_no_sum_can_hold_is_refused_or_plain(content: bytes) -> None:
    """Rounding 0E+999999 to cents fails, so it must not come in."""
    try:
        read = read_json(content)
    except Malformed:
        return
    assert Decimal(read).quantize(Decimal("0.01")) == 0


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":3}',
        b'{"a":1,"\\u0061":2}',
        b'{"":1,"":2}',
        b'[[{"x":[{"a":1 , "a" :2}]}]]',
        b'{"a":{"b":{"c":1,"c":null}}}',
        b'{"text":"\\":","a":1,"a":2}',
        b'{"a":{"b":1},"a":{"c":1}}',
        b'[{"a":1},{"a":1,"a":1}]',
    ],
)
def test_a_member_given_twice_is_refused_at_any_depth(content: bytes) -> None:
    """Which of them wins depends on the reader."""
    with pytest.raises(Malformed, match="is given twice in one object"):
        read_json(content)


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=3), st.integers(0, 3))
def test_any_repeated_member_is_found(members: dict[str, Any], depth: int) -> None:
    parts = [write_json(name) + b":" + write_json(value) for name, value in members.items()]
    content = b"[" * depth + b"{" + b" , ".join([*parts, parts[0]]) + b"}" + b"]" * depth
    with pytest.raises(Malformed, match="is given twice"):
        read_json(content)


@pytest.mark.parametrize(
    "value",
    [
        {"a": '":', "b": '"a":1'},
        {"a": '{"a":1,"a":2}'},
        {'a":': 1, "b": ['" :', '"\n:']},
        [{"a": 1}, {"a": 1}, {"b": {"a": 1}}],
        {"a": {"a": {"a": '"a":'}}},
    ],
    ids=str,
)
def test_text_that_looks_like_members_is_text(value: Any) -> None:
    """Equal names in different objects are no repetition either."""
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize("length", [301, 5000])
def test_long_digits_inside_text_are_fine(length: int) -> None:
    """A reference number may be as long as its schema lets it be."""
    value = {"number": "9" * length, "9" * length: Decimal("1.50")}
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
def test_64_levels_are_read_and_65_are_not(opening: bytes, closing: bytes) -> None:
    """The limit is far beyond any API's needs."""
    inner = b"[]" if opening == b"[" else b"{}"
    assert read_json(opening * 63 + inner + closing * 63)
    for depth in (64, 200, 100_000):
        with pytest.raises(Malformed, match="nested deeper than 64 levels"):
            read_json(opening * depth + inner + closing * depth)


def test_decimals_are_written_as_numbers_with_their_digits() -> None:
    """Never as text, never rounded."""
    assert write_json({"a": Decimal("25.00"), "b": Decimal("0.07"), "c": 3}) == b'{"a":25.00,"b":0.07,"c":3}'


def test_text_is_written_as_utf_8_without_blanks() -> None:
    """The bytes are the same on every machine."""
    assert write_json({"city": "Ílhavo", "list": [None, True]}) == '{"city":"Ílhavo","list":[null,true]}'.encode()


def respelled(value: Any) -> Any:
    """The value in another spelling: properties the other way round, whole numbers with a fraction of nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(f"{value}.00")
    if isinstance(value, dict):
        return {name: respelled(below) for name, below in reversed(value.items())}
    return [respelled(below) for below in value] if isinstance(value, list) else value


@given(VALUES)
def test_equal_values_have_one_canonical_form(value: Any) -> None:
    spaced = json.dumps(respelled(value), indent=1, default=str).encode()
    compact = write_json(json.loads(spaced))
    assert write_canonical(spaced) == write_canonical(compact)
    assert write_canonical(write_json(respelled(value))) == write_canonical(write_json(value))


@given(VALUES, VALUES)
def test_other_values_have_another_canonical_form(value: Any, other: Any) -> None:
    same = write_canonical(write_json(value)) == write_canonical(write_json(other))
    assert same == (marked(value) == marked(other))


def marked(value: Any) -> Any:
    """The value with each boolean marked, because True equals 1 in Python alone."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return {name: marked(below) for name, below in value.items()}
    return [marked(below) for below in value] if isinstance(value, list) else value


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'"\\ud800"', b"[" * 100_000, b"1e999999999999999999999"])
def test_what_is_no_json_is_its_own_canonical_form(content: bytes) -> None:
    assert write_canonical(content) == content


@pytest.mark.parametrize("content", [b"1e999999999", b"-1e-999999999", b"0e999999999", b"1" + b"0" * 5000])
def test_a_number_out_of_range_has_a_canonical_form(content: bytes) -> None:
    """Bodies that no operation reads may hold any; they are not written out digit by digit."""
    assert len(write_canonical(content)) <= len(content) + 2
