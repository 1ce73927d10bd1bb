"""Changes that are made together: which can be, and what each of them has written."""

from collections.abc import Iterator, Mapping
from itertools import chain

from paysandbox.store.log.sealed import RawChange
from paysandbox.store.writes import Writes


def is_plain(change: RawChange) -> bool:
    """Tell whether a change takes no snapshot and goes back to none, so that it can be made together with others."""
    for state in change.states:
        if state.begins_at is not None:
            return False
    return not (change.removed or change.saved or change.unsaved)


def list_written(change: RawChange, replayed: Mapping[str, Mapping[str, Iterator[Writes]]]) -> dict[str, Writes]:
    """List what a change has written, by provider, from what the tables have replayed."""
    found: dict[str, Writes] = {}
    for state in change.states:
        of_tables = replayed.get(state.provider, {})
        found[state.provider] = tuple(chain.from_iterable([next(of_tables[write[0]]) for write in state.writes]))
    return found
