"""Changes that are made together are read as they would be one by one, whether they are alike or not."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.changes import (
    Change,
    ClockSetting,
    Deleted,
    FaultSettings,
    LogEntry,
    StateChange,
    WebhookChange,
)
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Stored
from paysandbox.store.log.gathering import gather_writes
from paysandbox.store.log.joining import can_join, collect_counters, walk_written
from paysandbox.store.log.sealed import RawChange, SimpleEntry
from paysandbox.store.replaying import Replayed, TableWrites, WriteColumns

Operation = Sequence[tuple[str, Sequence[str]]]  # the providers of a call, with the tables that it writes to
PAY: Operation = [("one", ["payments", "debts"])]
OPERATIONS: Sequence[Operation] = [
    PAY,
    [("one", ["debts", "payments"])],
    [("one", ["payments", "payments"])],
    [("one", ["payments"])],
    [("one", [])],
    [("other", ["payments", "debts"])],
    [("one", ["payments"]), ("other", ["debts"])],
    [],
]


def _change(number: int, operation: Operation, *, deletes: bool) -> RawChange:
    """Return the change of a call, whose writes can be told from those of all others."""
    states = []
    for provider, tables in operation:
        names = [f"{number} {provider} {place}" for place in range(len(tables))]
        writes = [
            (table, name, None) if deletes and not place else (table, None, name.encode())
            for place, (table, name) in enumerate(zip(tables, names, strict=True))
        ]
        states.append(StateChange(provider, None, writes, {"count": number, f"kind-{number % 3}": number}))
    return RawChange(requests=number, entries=msgspec.Raw(b"\x90"), states=tuple(states))


def _replay(writes: TableWrites, table: str) -> Replayed:
    """Replay as a table that has no records; in columns if nothing is deleted, as it does."""
    if any(key is not None for key in writes.deleted):
        return [(table, key, None, record) for key, record in zip(writes.deleted, writes.records, strict=True)]
    nothing = [None] * len(writes.records)
    return WriteColumns([table] * len(nothing), nothing, nothing, writes.records)


@example(operations=[PAY] * 5, deletes=set())
@example(operations=[PAY] * 5, deletes={3})
@example(operations=[PAY] * 5, deletes=set(range(5)))
@example(operations=[PAY] * 4 + [OPERATIONS[1]], deletes=set())
@given(
    operations=st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=10)
    | st.builds(lambda one, times: [one] * times, st.sampled_from(OPERATIONS), st.integers(1, 10)),
    deletes=st.sets(st.integers(0, 9)),
)
def test_each_change_has_what_it_has_written(operations: list[Operation], deletes: set[int]) -> None:
    changes = [_change(place, each, deletes=place in deletes) for place, each in enumerate(operations)]
    gathered = gather_writes(changes)
    expected: dict[str, dict[str, list[tuple[int, Any, bytes | None]]]] = {}
    counters: dict[str, dict[str, int]] = {}
    for number, change in enumerate(changes):
        for state in change.states:
            counters.setdefault(state.provider, {}).update(state.counters)
            for table, key, content in state.writes:
                expected.setdefault(state.provider, {}).setdefault(table, []).append((number, key, content))
    assert collect_counters(changes) == counters
    found = {
        name: {table: list(zip(*each, strict=True)) for table, each in of.items()} for name, of in gathered.items()
    }
    assert {name: tables for name, tables in found.items() if tables} == expected
    _check_written(changes, gathered)


def _check_written(changes: Sequence[RawChange], gathered: Mapping[str, Mapping[str, Any]]) -> None:
    writes = {
        provider: {
            name: TableWrites(columns.numbers, columns.keys, columns.contents, columns.contents)
            for name, columns in tables.items()
        }
        for provider, tables in gathered.items()
    }
    replayed = {
        provider: {name: _replay(each, name) for name, each in tables.items()} for provider, tables in writes.items()
    }
    expected = [
        {
            state.provider: tuple(
                chain.from_iterable((table, key, None, content) for table, key, content in state.writes)
            )
            for state in change.states
        }
        for change in changes
    ]
    assert list(walk_written(changes, writes, replayed)) == expected


WEBHOOKS = WebhookChange(endpoints=(), numbers={}, held={}, claims={}, evicted=0)
# What is more than records: each property of a change but those of `SIMPLE`.
SPECIAL: dict[str, Any] = {
    "states": (StateChange("one", "before", (), {}),),
    "removed": ("one",),
    "clock": ClockSetting(1, None),
    "faults": FaultSettings(),
    "variants": {},
    "saved": ("before",),
    "unsaved": ("before",),
    "webhooks": WEBHOOKS,
    "expected": (3,),
}
SIMPLE = {"requests", "entries", "counts", "clears_journal", "notes"}


def test_every_property_of_a_change_is_simple_or_special() -> None:
    assert {*Change.__struct_fields__} == SIMPLE | SPECIAL.keys()


@pytest.mark.parametrize("name", [*SPECIAL, None])
def test_a_change_of_more_than_records_is_no_simple_one(base_runtime: Runtime, name: str | None) -> None:
    """It is read with all that it has."""
    given = {} if name is None else {name: SPECIAL[name]}
    entry = LogEntry(b"token", b"before", change=Change(requests=3, clears_journal=True, **given))
    found = _decode(base_runtime, entry)
    assert isinstance(found, SimpleEntry) is (name is None)
    assert _encode(found) == _encode(entry)
    assert can_join(found) is (name not in {"states", "removed", "saved", "unsaved"})


def test_a_deleted_namespace_is_no_simple_entry(base_runtime: Runtime) -> None:
    found = _decode(base_runtime, LogEntry(b"token", b"before", deleted=Deleted({})))
    assert (isinstance(found, SimpleEntry), can_join(found), found.deleted) == (False, False, Deleted({}))


def _encode(entry: LogEntry) -> bytes:
    return msgspec.msgpack.encode(entry)


def _decode(runtime: Runtime, entry: LogEntry) -> Any:
    codec = Codec(runtime.namespaces.baselines, "seed")
    return codec.decode_raw("default", Stored(3, codec.encode(entry)))
