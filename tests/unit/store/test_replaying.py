"""A table that is brought on by what another one has written is like it, to the order of its indexes."""

from collections.abc import Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from paysandbox.store.overlays import Overlay
from paysandbox.store.replaying import TableReplay, TableWrites, WriteColumns
from paysandbox.store.sealing import SealedRecord, open_record
from paysandbox.store.state import Baseline, State
from paysandbox.store.tables import FixtureRows
from paysandbox.store.transaction import SweepMark
from paysandbox.store.writes import Writes
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
    state.defer(SweepMark())
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


def _put(key: str, group: str, size: int = 1) -> list[tuple[str, Thing | None]]:
    return [(key, Thing(id=key, group=group, size=size))]


def _add_many(first: int) -> list[tuple[str, Thing | None]]:
    """More new records than are linked one by one, each behind a value of its own but for one of the fixtures'."""
    names = [f"n{number}" for number in range(first, first + 6)]
    return [(name, Thing(id=name, group=name if number else "x", size=number)) for number, name in enumerate(names)]


def _add_alike(first: int, group: str) -> list[tuple[str, Thing | None]]:
    """More new records than are linked one by one, with the same value of each index."""
    return [(f"n{number}", Thing(id=f"n{number}", group=group, size=1)) for number in range(first, first + 6)]


# What the indexes read of a record is remembered once it was replaced: until it is another one, or is gone.
@example(calls=[_put("x", "a"), _put("x", "a"), _put("x", "b"), _put("x", "a")], sealed=0, joined=0)
@example(calls=[_put("x", "a"), _put("x", "a"), [("x", None)], _put("x", "b"), _put("x", "a")], sealed=0, joined=0)
# A record that is put back has its old place within a call, and a new one behind it.
@example(calls=[_put("x", "a"), _put("y", "a"), [("x", None)], _put("x", "a")], sealed=0, joined=-1)
@example(calls=[_put("x", "a"), _put("y", "a"), [("x", None), *_put("x", "a")]], sealed=0, joined=-1)
@example(calls=[_put("x", "a"), _put("y", "a"), _put("x", "b"), _put("x", "a")], sealed=-1, joined=-1)
@example(calls=[_put("x", "a", 1), _put("x", "a", 2), _put("y", "a", 3), _put("x", "a", 3)], sealed=-1, joined=-1)
@example(calls=[_add_many(0), _add_many(6), _put("n7", "n7", 8)], sealed=0, joined=-1)
@example(calls=[_add_many(0), _add_many(6), _put("n7", "b")], sealed=-1, joined=0)
@example(calls=[_add_alike(0, "x"), _add_alike(6, "x"), _put("n7", "n7")], sealed=0, joined=0)
@example(calls=[_add_alike(0, "n"), _put("y", "n"), _add_alike(6, "n")], sealed=-1, joined=-1)
@example(calls=[[("y", None)], _add_alike(0, "n"), _put("y", "n"), _add_alike(6, "n")], sealed=-1, joined=0)
# One record again and again, indexed in the same way or not.
@example(calls=[_put("x", "a"), *[_put("x", "a", size) for size in (1, 1, 2)]], sealed=-1, joined=-2)
@example(calls=[_put("x", "a"), *[_put("x", "b")] * 3, *[_put("x", "a")] * 3], sealed=-1, joined=2 + 4 + 16 + 32)
@given(calls=CALLS, sealed=st.integers(0, 2**12 - 1), joined=st.integers(0, 2**12 - 1))
def test_a_replayed_table_has_the_same_records_and_indexes(
    calls: list[list[tuple[str, Thing | None]]], sealed: int, joined: int
) -> None:
    """Whether a call has sealed records is a bit of `sealed`; whether it is replayed with the next, of `joined`."""
    writer, reader = _create_state(), _create_state()
    tables: dict[str, TableReplay] = {}
    waiting: list[tuple[int, object, object, object]] = []
    expected: list[tuple[Any, ...]] = []  # of each call that waits
    is_told = True  # whether a call is told by as many writes as it has made
    for number, call in enumerate(calls):
        writes, written = _write(writer, call)
        is_told = is_told and len(writes) * 4 == len(written)
        expected.append(written)
        is_sealed = bool(sealed >> number & 1)
        waiting += [
            (number, key, None, None) if record is None else (number, None, *seal(record, is_sealed=is_sealed))
            for key, record in writes
        ]
        if joined >> number & 1 and number < len(calls) - 1:
            continue
        columns = TableWrites(*map(list, zip(*waiting, strict=True))) if waiting else TableWrites([], [], [], [])
        found = reader.replay({"things": columns}, tables)["things"]
        each = zip(*found, strict=True) if isinstance(found, WriteColumns) else found
        replayed = list(chain.from_iterable(each))
        if is_told:
            assert tuple(map(open_record, replayed)) == tuple(item for each in expected for item in each)
        waiting, expected, is_told = [], [], True
        _compare(writer.table("things").snapshot(), reader.table("things").snapshot())


def _write(state: State, call: list[tuple[str, Thing | None]]) -> tuple[Sequence[tuple[Any, Thing | None]], Writes]:
    """Make a call; return what a log is told of it, and what a journal is."""
    table = state.table("things")
    state.open_call()
    with state.transaction():
        for key, thing in call:
            if thing is None:
                table.delete(key)
            else:
                table.put(thing)
    told = state.end_call()
    writes, _ = state.list_writes(msgspec.json.encode)
    state.commit()
    return [(key, None if thing is None else msgspec.json.decode(thing, type=Thing)) for _, key, thing in writes], told


def _compare(ours: Overlay, theirs: Overlay) -> None:
    """Compare records and indexes, to their order."""
    assert list(ours.records.items()) == list(theirs.records.items())
    for index in ("group", "both", "sizes"):
        mine, other = ours.buckets.get(index, {}), theirs.buckets.get(index, {})
        assert [(value, _list(keys)) for value, keys in mine.items()] == [
            (value, _list(keys)) for value, keys in other.items()
        ]


def _list(keys: object) -> object:
    return list(keys.items()) if isinstance(keys, dict) else keys
