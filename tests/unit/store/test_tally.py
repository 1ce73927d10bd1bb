"""Durations that are counted at once are counted as one by one."""

from hypothesis import given
from hypothesis import strategies as st

from paysandbox.store.tally import BOUNDS, add_duration, add_durations, create_row

DURATIONS = st.lists(st.integers(0, 2 * BOUNDS[-1]) | st.sampled_from(BOUNDS))


@given(DURATIONS, DURATIONS)
def test_many_durations_are_counted_as_each_is(before: list[int], durations: list[int]) -> None:
    each, at_once = create_row(), create_row()
    for duration in [*before, *durations]:
        add_duration(each, duration)
    add_durations(at_once, before)
    add_durations(at_once, durations)
    assert at_once == each
