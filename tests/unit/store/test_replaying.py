"""A table that is brought on by what another one has written is like it, to the order of its indexes."""

from types import SimpleNamespace

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from paysandbox.store.replaying import TableReplay
from paysandbox.store.sealing import SealedRecord, open_record
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


class ThingReader:
    """Reads sealed things; as an outline it returns another type, without what no index reads."""

    def read(self, content: bytes) -> Thing:
        return msgspec.json.decode(content, type=Thing)

    def read_outline(self, content: bytes) -> object:
        return SimpleNamespace(**{name: getattr(self.read(content), name) for name in Things.things.paths})


def seal(thing: Thing, *, is_sealed: bool) -> tuple[object, object]:
    """Return outline and record as a replay takes them."""
    if not is_sealed:
        return thing, thing
    sealed = SealedRecord(msgspec.json.encode(thing), ThingReader())
    return sealed.outline(), sealed


def _put(key: str, group: str) -> list[tuple[str, Thing | None]]:
    return [(key, Thing(id=key, group=group, size=1))]


# What the indexes read of a record is remembered once it was replaced: until it is another one, or is gone.
@example(calls=[_put("x", "a"), _put("x", "a"), _put("x", "b"), _put("x", "a")], sealed=0)
@example(calls=[_put("x", "a"), _put("x", "a"), [("x", None)], _put("x", "b"), _put("x", "a")], sealed=0)
@given(calls=CALLS, sealed=st.integers(0, 2**12 - 1))
def test_a_replayed_table_has_the_same_records_and_indexes(
    calls: list[list[tuple[str, Thing | None]]], sealed: int
) -> None:
    """Whether the records of a call are sealed is a bit of `sealed`."""
    writer, reader = _create_state(), _create_state()
    tables: dict[str, TableReplay] = {}
    for number, call in enumerate(calls):
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
        is_sealed = bool(sealed >> number & 1)
        records = iter([seal(record, is_sealed=is_sealed) for _, _, record in writes if record is not None])
        replayed = reader.replay(
            [(name, key, None if record is None else b"{}") for name, key, record in writes],
            {"things": records},
            tables,
        )
        if len(writes) * 4 == len(written):  # else a record was written several times
            assert tuple(map(open_record, replayed)) == written
        ours, theirs = (state.table("things").snapshot() for state in (writer, reader))
        assert list(ours.records.items()) == list(theirs.records.items())
        for index in ("group", "both", "sizes"):
            mine, other = ours.buckets.get(index, {}), theirs.buckets.get(index, {})
            assert [(value, _list(keys)) for value, keys in mine.items()] == [
                (value, _list(keys)) for value, keys in other.items()
            ]


def _list(keys: object) -> object:
    return list(keys.items()) if isinstance(keys, dict) else keys
