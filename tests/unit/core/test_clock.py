"""The sandbox's time: running, set, advanced, frozen."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from paysandbox.core.clock import Clock, system_time

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


class Source:
    """A time that goes only when it is told to."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def source() -> Source:
    return Source()


def test_a_new_clock_runs_with_its_source(source: Source) -> None:
    clock = Clock(source)
    source.passes(5)
    assert clock.now() == NOON + timedelta(seconds=5)


def test_a_clock_that_was_set_runs_on(source: Source) -> None:
    """From the moment that it was set to."""
    clock = Clock(source)
    source.passes(100)
    clock.set(datetime(2030, 1, 1, tzinfo=UTC), frozen=False)
    source.passes(5)
    assert clock.now() == datetime(2030, 1, 1, 0, 0, 5, tzinfo=UTC)


def test_a_frozen_clock_stands_still(source: Source) -> None:
    clock = Clock(source)
    clock.set(NOON, frozen=True)
    source.passes(5)
    assert clock.now() == NOON


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("seconds", [90, 0, -90])
def test_advancing_moves_by_exactly_that_much(source: Source, *, frozen: bool, seconds: int) -> None:
    """A frozen clock stays frozen, a running one runs on."""
    clock = Clock(source)
    clock.set(NOON, frozen=frozen)
    clock.advance(seconds)
    source.passes(5)
    assert clock.now() == NOON + timedelta(seconds=seconds + (0 if frozen else 5))


def test_a_clock_let_go_runs_from_where_it_stood(source: Source) -> None:
    clock = Clock(source)
    clock.set(NOON, frozen=True)
    source.passes(1000)
    clock.set(clock.now(), frozen=False)
    source.passes(5)
    assert clock.now() == NOON + timedelta(seconds=5)


def test_it_is_always_utc(source: Source) -> None:
    """A moment given in another zone is the same moment."""
    clock = Clock(source)
    clock.set(datetime(2026, 7, 1, 14, 0, tzinfo=timezone(timedelta(hours=2))), frozen=True)
    assert clock.now().isoformat() == "2026-07-01T12:00:00+00:00"


def test_two_clocks_of_one_source_are_independent(source: Source) -> None:
    """Each namespace has its own."""
    one, other = Clock(source), Clock(source)
    one.advance(3600)
    assert (one.now(), other.now()) == (NOON + timedelta(hours=1), NOON)


@pytest.mark.parametrize("frozen", [True, False])
def test_it_begins_with_the_year_1000_and_ends_before_9999(source: Source, *, frozen: bool) -> None:
    """Beyond that nothing is set or advanced: it stays what it was, and as it was."""
    clock = Clock(source)
    last = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
    for moment in (datetime(1000, 1, 1, tzinfo=UTC), last):
        clock.set(moment, frozen=frozen)
        assert (clock.now(), clock.frozen) == (moment, frozen)
    for moment in (datetime(999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)):
        with pytest.raises(OverflowError, match="the year"):
            clock.set(moment, frozen=not frozen)
    for seconds in (1, 10**10, 10**12):
        with pytest.raises(OverflowError):
            clock.advance(seconds)
    assert (clock.now(), clock.frozen) == (last, frozen)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_copy_shows_the_same_time_and_goes_its_own_way(source: Source, *, frozen: bool) -> None:
    """It runs, or stands still, as the first one does."""
    clock = Clock(source)
    clock.set(NOON + timedelta(days=3), frozen=frozen)
    source.passes(5)
    copied = clock.copy()
    assert (copied.now(), copied.frozen) == (clock.now(), clock.frozen)
    copied.advance(60)
    source.passes(5)
    assert copied.now() - clock.now() == timedelta(seconds=60)
    assert clock.now() == NOON + timedelta(days=3, seconds=0 if frozen else 10)


def test_the_systems_time_is_in_utc() -> None:
    assert system_time().utcoffset() == timedelta(0)
