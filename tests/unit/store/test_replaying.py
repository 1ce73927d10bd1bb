"""A table that is brought on by what another one has written is like it, to the order of its indexes."""

from hypothesis import given
from hypothesis import strategies as st

from paysandbox.store.replaying import TableReplay
from paysandbox.store.state import Baseline, State
from paysandbox.store.tables import FixtureRows
from tests.unit.store.test_tables_model import FIXTURES, GROUPS, KEYS, SIZES, Thing, Things

PUT = st.builds(lambda key, group, size: (key, Thing(id=key, group=group, size=size)), KEYS, GROUPS, SIZES)
DELETE = KEYS.map(lambda key: (key, None))
CALLS = st.lists(st.lists(PUT | DELETE, min_size=1, max_size=4), max_size=12)


class ThingState(State):
    """The records of a provider with one table."""

    things = Things.things


def _create_state() -> State:
    rows = FixtureRows(ThingState.things, dict(FIXTURES))
    clock = None  # of which nothing here asks the time
    state = ThingState(Baseline("toy", ThingState, {"things": rows}, {}), clock, "seed")  # type: ignore[arg-type]
    state.defer()
    return state


@given(calls=CALLS)
def test_a_replayed_table_has_the_same_records_and_indexes(calls: list[list[tuple[str, Thing | None]]]) -> None:
    writer, reader = _create_state(), _create_state()
    tables: dict[str, TableReplay] = {}
    for call in calls:
        writer.open_call()
        with writer.transaction():
            for key, thing in call:
                if thing is None:
                    writer.table("things").delete(key)
                else:
                    writer.table("things").put(thing)
        writes, _ = writer.list_writes()
        writer.commit()
        written = writer.end_call()
        replayed = reader.replay(writes, tables)
        if len(writes) * 4 == len(written):  # else a record was written several times
            assert replayed == written
        ours, theirs = (state.table("things").snapshot() for state in (writer, reader))
        assert list(ours.records.items()) == list(theirs.records.items())
        for index in ("group", "both", "sizes"):
            mine, other = ours.buckets.get(index, {}), theirs.buckets.get(index, {})
            assert [(value, _list(keys)) for value, keys in mine.items()] == [
                (value, _list(keys)) for value, keys in other.items()
            ]


def _list(keys: object) -> object:
    return list(keys.items()) if isinstance(keys, dict) else keys
