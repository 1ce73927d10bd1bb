"""Changes that are made together: which can be, and what each of them has written."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from paysandbox.store.log.sealed import RawChange, RawEntry, SimpleEntry
from paysandbox.store.replaying import Replayed, TableWrites, WriteColumns
from paysandbox.store.writes import Writes


def can_join(entry: RawEntry) -> bool:
    """Tell whether an entry has a change that takes no snapshot and goes back to none, so that others can join it."""
    if type(entry) is SimpleEntry:
        return True
    change = entry.change
    if change is None:
        return False
    for state in change.states:
        if state.begins_at is not None:
            return False
    return not (change.removed or change.saved or change.unsaved)


def collect_counters(changes: Sequence[RawChange]) -> dict[str, dict[str, int]]:
    """Collect the id counters that changes have set, by provider. A change that goes back to a snapshot is left out."""
    found: dict[str, dict[str, int]] = {}
    for change in changes:
        for state in change.states:
            if state.begins_at is None:
                held = found.get(state.provider)
                if held is None:
                    found[state.provider] = dict(state.counters)
                else:
                    held.update(state.counters)
    return found


def walk_written(
    changes: Sequence[RawChange],
    writes: Mapping[str, Mapping[str, TableWrites]],
    replayed: Mapping[str, Mapping[str, Replayed]],
) -> Iterator[Mapping[str, Writes]]:
    """Walk over what each change has written, by provider, from what the tables have replayed of the writes."""
    columns = _list_columns(writes, replayed)
    if columns:
        provider = next(iter(replayed))
        return ({provider: written} for written in zip(*chain.from_iterable(columns), strict=True))
    iterators = {
        provider: {
            name: zip(*found, strict=True) if isinstance(found, WriteColumns) else iter(found)
            for name, found in tables.items()
        }
        for provider, tables in replayed.items()
    }
    return (_list_written(change, iterators) for change in changes)


def _list_columns(
    writes: Mapping[str, Mapping[str, TableWrites]], replayed: Mapping[str, Mapping[str, Replayed]]
) -> list[WriteColumns]:
    """List the columns of all tables if each change has written to each table once, in their order; else none."""
    if len(writes) != 1:
        return []
    ((provider, of_tables),) = writes.items()
    columns = [
        found
        for name, found in replayed[provider].items()
        if isinstance(found, WriteColumns) and isinstance(of_tables[name].calls, range)
    ]
    return columns if len(columns) == len(of_tables) else []


def _list_written(change: RawChange, replayed: Mapping[str, Mapping[str, Iterator[Writes]]]) -> dict[str, Writes]:
    found: dict[str, Writes] = {}
    for state in change.states:
        of_tables = replayed.get(state.provider, {})
        found[state.provider] = tuple(chain.from_iterable([next(of_tables[write[0]]) for write in state.writes]))
    return found
