"""Exact amounts, rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.core.money import round_half_up, split_amount, strip_zeros

CENTS = st.integers(0, 10**11).map(lambda cents: Decimal(cents) / 100)
FINE = st.integers(-(10**15), 10**15).map(lambda millionths: Decimal(millionths) / 10**6)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
        ("0.0049999", "0.00"),
        ("-0.005", "-0.01"),
        ("-0.0049", "-0.00"),
        ("2.675", "2.68"),
        ("1", "1.00"),
        ("999999999.995", "1000000000.00"),
    ],
)
def test_half_a_cent_goes_away_from_zero(amount: str, rounded: str) -> None:
    """Also where binary fractions would go the other way (2.675)."""
    assert str(round_half_up(Decimal(amount))) == rounded


@pytest.mark.parametrize(("step", "rounded"), [("0.0001", "1.2346"), ("0.1", "1.2"), ("1", "1")])
def test_the_grid_may_be_finer_or_coarser(step: str, rounded: str) -> None:
    """Unit prices have four decimals."""
    assert str(round_half_up(Decimal("1.23456"), Decimal(step))) == rounded


@given(FINE)
def test_rounding_moves_by_half_a_cent_at_most_and_only_once(amount: Decimal) -> None:
    """Rounding what is rounded changes nothing."""
    rounded = round_half_up(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert round_half_up(rounded) == rounded


def test_a_whole_number_is_an_amount() -> None:
    """JSON's 100 is an int."""
    assert str(round_half_up(100)) == "100.00"
    assert strip_zeros(100) == 100


@pytest.mark.parametrize(
    ("amount", "spelled"),
    [
        ("225.00", "225"),
        ("0.070", "0.07"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("0.00", "0"),
        ("-0.00", "0"),
        ("-1.50", "-1.5"),
    ],
)
def test_the_plain_spelling_is_the_shortest(amount: str, spelled: str) -> None:
    """No trailing zeros, no exponent, no minus zero."""
    assert str(strip_zeros(Decimal(amount))) == spelled


@given(FINE)
def test_the_plain_spelling_is_the_same_number_without_exponent(amount: Decimal) -> None:
    """For amounts of up to six decimals."""
    assert strip_zeros(amount) == amount
    assert "E" not in str(strip_zeros(amount))


@given(CENTS, st.lists(st.integers(0, 10**6).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=12))
def test_shares_add_up_to_the_total_and_none_is_negative(total: Decimal, weights: list[Decimal]) -> None:
    shares = split_amount(total, weights)
    assert len(shares) == len(weights)
    assert sum(shares) == total
    assert all(share >= 0 and share == round_half_up(share) for share in shares)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.33", "3.33", "3.34"]),
        ("0.01", ["1", "1"], ["0.01", "0.00"]),
        ("100", ["3", "1"], ["75.00", "25.00"]),
        ("10", ["1", "1", "1", "0"], ["3.33", "3.33", "3.34", "0"]),
        ("0.05", ["1"] * 10, ["0.01"] * 5 + ["0"] * 5),
        ("5", ["0", "0"], ["0", "5"]),
        ("5", ["7"], ["5"]),
    ],
)
def test_shares_are_in_proportion(total: str, weights: list[str], shares: list[str]) -> None:
    """What rounding leaves over goes to the last that has a weight; without any weight all is the last's."""
    assert split_amount(Decimal(total), [Decimal(one) for one in weights]) == [Decimal(one) for one in shares]


def test_nobody_shares_nothing() -> None:
    assert split_amount(Decimal(5), []) == []
