"""Since when a debt is paid: added up entry by entry, and found again once an entry was removed."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from paysandbox.core.money import ZERO
from paysandbox.providers.invisible_collector.records import Debt
from paysandbox.providers.invisible_collector.rules import Entry, add_entry, remove_entries

AMOUNTS = st.sampled_from([ZERO, Decimal("0.5"), Decimal(1), Decimal(2)])
ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from(["2016-01-01", "2016-01-02", "2016-01-03"]), AMOUNTS, AMOUNTS, AMOUNTS), max_size=6
)
DEBTS = st.builds(
    lambda gross, told: Debt(
        id="",
        company="",
        number="FT 1",
        customer_id="",
        type="FT",
        status="PENDING" if told is None else "PAID",
        date="2015-12-01",
        due_date="2015-12-31",
        gross_total=gross,
        paid_at=told,
        told_paid_at=told,
    ),
    AMOUNTS,
    st.sampled_from([None, "2015-12-15T09:00:00Z"]),
)


@given(DEBTS, ENTRIES)
def test_nothing_removed_changes_nothing(debt: Debt, entries: list[Entry]) -> None:
    for entry in entries:
        debt = add_entry(debt, entry)
    assert remove_entries(debt, [], entries) == debt


@given(DEBTS, ENTRIES, st.data())
def test_a_removed_entry_has_never_been(debt: Debt, entries: list[Entry], data: st.DataObject) -> None:
    """Wherever it stood among the others."""
    kept = expected = debt
    place = data.draw(st.integers(0, len(entries)))
    removed = data.draw(st.builds(Entry, st.just("2016-01-02"), AMOUNTS, AMOUNTS, AMOUNTS))
    for entry in [*entries[:place], removed, *entries[place:]]:
        kept = add_entry(kept, entry)
    for entry in entries:
        expected = add_entry(expected, entry)
    found = remove_entries(kept, [removed], entries)
    assert (found.status, found.paid_total, found.outstanding) == (
        expected.status, expected.paid_total, expected.outstanding,
    )  # fmt: skip
    if entries:
        assert found.paid_at == expected.paid_at
