"""A curve that grows is judged to grow, and noise is not."""

from random import Random

import pytest

from tools.soak.judgement import SLOPE, SPREAD, Claim, format_claims, have_passed, judge_memory, later_half, slope

SECONDS = range(300)
FULL_AT = 30.0


def curve(growth: float, *, noise: float = 0.5, start: float = 100) -> list[tuple[float, float]]:
    """MiB over five minutes: filling at first, then growing by so many MiB a minute, with noise around it."""
    chance = Random(7)  # noqa: S311 - the same every time
    return [(at, start + min(at, FULL_AT) + growth * at / 60 + chance.uniform(-noise, noise)) for at in SECONDS]


def test_the_slope_of_a_line_is_its_own() -> None:
    """And that of a single moment is none."""
    assert slope([(x, 3 - 0.25 * x) for x in range(10)]) == pytest.approx(-0.25)
    assert slope([(1, 5), (1, 9)]) == 0


@pytest.mark.parametrize("growth", [2 * SLOPE, 10, 100])
def test_a_curve_that_grows_is_found_to_grow(growth: float) -> None:
    """A journal that was full before does not excuse it."""
    assert judge_memory(curve(growth), FULL_AT).holds is False


@pytest.mark.parametrize("growth", [0, SLOPE / 2, -SLOPE])
def test_a_flat_noisy_curve_is_flat(growth: float) -> None:
    """That it filled in the first half is no growth."""
    assert judge_memory(curve(growth), FULL_AT).holds is True


def test_a_peak_in_the_later_half_is_too_much() -> None:
    """One above the spread that is allowed, on which the straight line hardly rises."""
    peak = [(at, 100 + (SPREAD + 1) * (at == 200)) for at in SECONDS]
    assert slope(later_half(peak)) * 60 <= SLOPE
    assert judge_memory(peak, FULL_AT).holds is False


@pytest.mark.parametrize("full_at", [None, 200.0])
def test_a_journal_that_was_not_full_by_half_time_fails_the_claim(full_at: float | None) -> None:
    """A level curve says nothing then."""
    assert judge_memory(curve(0), full_at).holds is False


def test_a_short_run_is_not_judged() -> None:
    """Neither way: seconds are too few for MiB a minute."""
    assert judge_memory([(at, 100 + at) for at in range(20)], 1).holds is None


def test_one_claim_that_fails_fails_the_run() -> None:
    """One that cannot be judged does not; each has its line with its figure."""
    fine, unsaid, wrong = Claim("a", "1", holds=True), Claim("b", "2", None), Claim("c", "3", holds=False)
    assert have_passed([fine, unsaid])
    assert not have_passed([fine, wrong])
    assert [line.split() for line in format_claims([fine, unsaid, wrong]).splitlines()] == [
        ["ok", "a:", "1"],
        ["not", "judged", "b:", "2"],
        ["FAILS", "c:", "3"],
    ]
