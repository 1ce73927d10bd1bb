"""Which calls a fault strikes: after, times, probability, and the first that strikes is the only one."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.store.faults import Effect, Faults, When

GONE = Effect(status=503)
SLOW = Effect(delay_ms=250)


def struck(when: When, calls: int) -> list[bool]:
    """Which of so many calls a fault strikes."""
    faults = Faults()
    faults.add(None, None, when, GONE)
    return [faults.find_firing("anybody", "anything") is not None for _ in range(calls)]


@pytest.mark.parametrize(
    ("when", "which"),
    [
        (When(), "xxxxxx"),
        (When(after=2), "--xxxx"),
        (When(times=2), "xx----"),
        (When(after=1, times=3), "-xxx--"),
        (When(after=6), "------"),
        (When(probability=Decimal(1)), "xxxxxx"),
        (When(probability=Decimal(0)), "------"),
        (When(probability=Decimal(1), after=1, times=1), "-x----"),
    ],
    ids=str,
)
def test_it_strikes_after_so_many_and_so_many_times(when: When, which: str) -> None:
    """Both count calls that match; `times` counts those that are struck."""
    assert struck(when, 6) == [mark == "x" for mark in which]


@given(st.integers(0, 2**32 - 1), st.decimals(0, 1, places=3), st.integers(0, 5))
def test_the_same_seed_picks_the_same_calls(seed: int, probability: Decimal, after: int) -> None:
    """Whatever the calls, and whatever `after` and `times` leave out of them."""
    when = When(probability=probability, seed=seed)
    picked = struck(when, 30)
    assert picked == struck(when, 30)
    later = struck(When(probability=probability, seed=seed, after=after, times=3), 30)
    assert later[:after] == [False] * after
    assert all(found for found, also in zip(picked, later, strict=True) if also)


def test_a_probability_is_about_the_share_of_calls_that_are_struck() -> None:
    """Of 1,000 calls 300 or so, and for another seed other ones."""
    one, other = (struck(When(probability=Decimal("0.3"), seed=seed), 1000) for seed in (1, 2))
    assert 250 < sum(one) < 350
    assert 250 < sum(other) < 350
    assert one != other


@pytest.mark.parametrize(
    ("provider", "operation", "which"),
    [
        (None, None, [True, True, True, True]),
        ("a", None, [True, True, True, False]),
        ("a", "pay", [True, False, False, False]),
        (None, "pay", [True, False, False, True]),
        ("b", "refund", [False, False, False, False]),
    ],
)
def test_it_strikes_only_those_it_is_meant_for(provider: str | None, operation: str | None, which: list[bool]) -> None:
    """None is any; a call of no operation at all is struck only by a fault for any operation."""
    faults = Faults()
    made = faults.add(provider, operation, When(), GONE)
    calls: list[tuple[str, Any]] = [("a", "pay"), ("a", "refund"), ("a", None), ("b", "pay")]
    assert [faults.find_firing(*call) is made for call in calls] == which
    assert made.fired == sum(which)


def test_a_call_that_does_not_match_is_not_counted() -> None:
    """`after` counts those that do."""
    faults = Faults()
    faults.add("a", None, When(after=1), GONE)
    assert [faults.find_firing(name, None) is not None for name in ("a", "b", "b", "a")] == [False, False, False, True]


def test_the_first_that_strikes_is_the_only_one() -> None:
    """What it has struck is not seen by those after it; what it lets pass is."""
    faults = Faults()
    first = faults.add(None, None, When(times=2), GONE)
    second = faults.add(None, None, When(after=1), SLOW)
    assert [faults.find_firing("a", None) for _ in range(5)] == [first, first, None, second, second]
    assert (first.fired, second.fired) == (2, 2)


def test_faults_have_numbers_that_are_never_used_twice() -> None:
    """In the order of their making, also after one was called off."""
    faults = Faults()
    assert not faults
    assert [faults.add(None, None, When(), GONE).id for _ in range(2)] == ["fault-1", "fault-2"]
    assert faults.remove("fault-2")
    assert not faults.remove("fault-2")
    assert faults.add(None, None, When(), GONE).id == "fault-3"
    faults.clear()
    assert (len(faults), list(faults)) == (0, [])
    assert faults.add(None, None, When(), GONE).id == "fault-4"


def test_a_fault_that_was_called_off_strikes_no_more() -> None:
    faults = Faults()
    first, second = faults.add(None, None, When(), GONE), faults.add(None, None, When(), SLOW)
    assert faults.find_firing("a", None) is first
    faults.remove(first.id)
    assert faults.find_firing("a", None) is second
