"""The counts of coverage units: calls of one kind are counted together, and summed when they are asked for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from paysandbox.store.unit_counts import Exercised, UnitCounts, add_counts

CALLS = st.lists(
    st.tuples(st.sampled_from("ab"), st.lists(st.sampled_from("uvw"), unique=True, max_size=3).map(tuple)), max_size=20
)


@given(before=CALLS, after=CALLS)
def test_each_unit_of_each_call_is_counted(before: list[Exercised], after: list[Exercised]) -> None:
    """Also if the counts were asked for between two calls."""
    counts = UnitCounts()
    for call in before:
        counts.add(call)
    counts.sum()
    for call in after:
        counts.add(call)
    expected = Counter((provider, unit) for provider, units in [*before, *after] for unit in units)
    assert {(name, unit): count for name, units in counts.sum().items() for unit, count in units.items()} == expected


def test_calls_are_counted_on_top_of_what_was_there() -> None:
    counts = UnitCounts({"a": {"u": 3}})
    counts.add(("a", ("u", "v")))
    counts.add_sums({"a": {"v": 2}, "b": {"w": 1}}, 2)
    assert counts.sum() == {"a": {"u": 4, "v": 5}, "b": {"w": 2}}


def test_calls_of_very_many_kinds_are_summed_before_they_take_memory() -> None:
    counts = UnitCounts()
    for number in range(10_000):
        counts.add(("a", (f"u{number % 1000}", "v")))
        assert len(counts._calls) <= 256  # noqa: SLF001 - what it takes of memory
    assert counts.sum()["a"]["v"] == 10_000
    assert set(counts.sum()["a"].values()) == {10, 10_000}


def test_counts_are_added_to_others() -> None:
    merged = {"a": {"u": 1}}
    add_counts(merged, {"a": {"u": 1, "v": 1}, "b": {"u": 7}})
    assert merged == {"a": {"u": 2, "v": 1}, "b": {"u": 7}}
