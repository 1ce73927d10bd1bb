"""Texts for patterns, and names in the forms of Python."""

import re

import pytest

from paysandbox.scaffold.literals import write_literal, write_string
from paysandbox.scaffold.names import make_camel, make_pascal, make_singular, make_snake, make_unique
from paysandbox.scaffold.patterns import make_text, normalize_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{3}-[0-9]{4}$",
        "^pay_[a-z0-9]{8}$",
        "^(cash|card)$",
        "^[^ ]{2,5}$",
        r"^\+?[0-9 ]+$",
        "^.{3}$",
        "^(?:[A-Z]{2})?[0-9]+$",
        "^[+-]?[0-9]*[.]?[0-9]+$",
    ],
)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    """Always the same one."""
    text = make_text(pattern)
    assert text is not None
    assert re.search(pattern, text)
    assert make_text(pattern) == text


@pytest.mark.parametrize("pattern", ["^(?=a)b$", "(", r"^(a)\1$"])
def test_no_text_is_better_than_a_wrong_one(pattern: str) -> None:
    """A pattern that is not understood, or that nothing matches."""
    assert make_text(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "normalized"),
    [
        (r"^\d{4}$", "^[0-9]{4}$"),
        (r"^[\d-]+\w$", "^[0-9-]+[A-Za-z0-9_]$"),
        (r"\\d", r"\\d"),
        (r"\p{L}", None),
        ("[", None),
    ],
)
def test_classes_are_those_of_ascii(pattern: str, normalized: str | None) -> None:
    """Because validators read them differently; what Python cannot read is left out."""
    assert normalize_pattern(pattern) == normalized


def test_names_have_the_forms_of_python() -> None:
    """Whatever form they have in the document."""
    assert [make_snake(name) for name in ("paymentID", "Payment-Id", "from", "2fa", "@type", "")] == [
        *("payment_id", "payment_id", "from_", "value_2fa", "type", "value"),
    ]
    assert (make_camel("list_all Things"), make_pascal("bank-transfer")) == ("listAllThings", "BankTransfer")
    singulars = [make_singular(name) for name in ("payments", "entries", "addresses", "status", "taxes", "batches")]
    assert singulars == ["payment", "entry", "address", "status", "tax", "batch"]
    assert make_unique("a", {"a", "a2"}) == "a3"


@pytest.mark.parametrize("text", ["", "a", "it's", 'say "x"', "both ' and \"", "line\nline", "back\\slash", "é\x00"])
def test_a_string_is_written_as_python_reads_it(text: str) -> None:
    """Whatever it holds."""
    assert eval(write_string(text)) == text  # noqa: S307 - the source that was just made


def test_a_long_value_is_laid_out_in_lines() -> None:
    """None of them is longer than the formatter allows."""
    value = {f"property_{number}": [{"name": "x" * 30, "value": number}] * 4 for number in range(3)}
    source = write_literal(value)
    assert eval(source) == value  # noqa: S307 - as above
    assert max(map(len, source.splitlines())) <= 120
