"""What a call has changed, as a log is told of it before it is kept."""

from collections.abc import Hashable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from paysandbox.store.state import Baseline, State
from paysandbox.store.tables import FixtureRows, Record, table
from paysandbox.store.transaction import SweepMark


class Thing(Record, frozen=True):
    """A record with a number that no index reads."""

    id: str
    group: str
    size: int


class ThingState(State):
    """The records of a provider with one table."""

    things = table(Thing, key="id", indexes={"group": "group"})


@pytest.fixture
def state() -> ThingState:
    rows = FixtureRows(ThingState.things, {})
    clock = None  # of which nothing here asks the time
    created = ThingState(Baseline("toy", ThingState, {"things": rows}, {}), clock, "seed")  # type: ignore[arg-type]
    created.defer(SweepMark())
    return created


def put(state: ThingState, key: str, group: str, size: int = 1) -> Thing:
    thing = Thing(id=key, group=group, size=size)
    state.things.put(thing)
    return thing


def list_written(state: State) -> list[tuple[Hashable, Any]]:
    """List keys and records as they are told."""
    told, _ = state.list_writes(msgspec.json.encode)
    read = [(key, None if content is None else msgspec.json.decode(content, type=Thing)) for _, key, content in told]
    return [(key if record is None else record.id, record) for key, record in read]


def test_a_record_that_was_written_several_times_is_listed_once(state: ThingState) -> None:
    state.open_call()
    put(state, "new", "a", 1)
    other = put(state, "other", "a")
    last = put(state, "new", "a", 2)
    assert len(state.end_call()) == 3 * 4  # but the journal has each of them
    assert list_written(state) == [("new", last), ("other", other)]


@pytest.mark.parametrize("again", [True, False])
def test_each_write_is_listed_once_a_record_has_moved(state: ThingState, *, again: bool) -> None:
    """Because the order under a value of an index tells in which place it was."""
    first, second = put(state, "new", "a"), put(state, "new", "b")
    third = put(state, "new", "a") if again else None
    if third is None:
        state.things.delete("new")
    assert list_written(state) == [("new", first), ("new", second), ("new", third)]
    state.commit()
    put(state, "other", "a", 1)
    last = put(state, "other", "a", 2)
    assert list_written(state) == [("other", last)]


def test_a_block_that_raises_leaves_what_was_before_it(state: ThingState) -> None:
    """Neither its records nor its numbers are told."""
    with state.transaction():
        kept = put(state, "kept", "a")
        assert state.next_number("thing") == 1
    state.open_call()
    with suppress(KeyError), state.transaction():
        put(state, "kept", "b")
        put(state, "gone", "a")
        assert [state.next_number(kind) for kind in ("thing", "other")] == [2, 1]
        raise KeyError
    assert state.end_call() == ()
    assert list_written(state) == [("kept", kept)]
    assert state.list_writes(msgspec.json.encode)[1] == {"thing": 1}
    assert state.counters() == {"thing": 1}


def test_nothing_is_told_after_a_rollback(state: ThingState) -> None:
    before = state.counters()
    state.open_call()
    put(state, "new", "a")
    put(state, "new", "b")
    state.next_number("thing")
    state.end_call()
    state.rollback()
    assert list_written(state) == []
    assert state.list_writes(msgspec.json.encode)[1] == {}
    assert (state.counters(), state.things.get("new")) == (before, None)
    put(state, "new", "a", 1)
    last = put(state, "new", "a", 2)
    assert list_written(state) == [("new", last)]  # as nothing has moved since then
