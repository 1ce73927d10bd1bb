"""Records that no call could have left, and the invariants that notice them."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from paysandbox.kit.provider import Invariant
from paysandbox.store.state import Record, State

Change = Callable[[Any], None]
Wrong = Callable[[Any], tuple[str, Record]]


def broken(invariants: Sequence[Invariant], state: State) -> dict[str, list[str]]:
    """The invariants that do not hold, each with where."""
    found = {invariant.id: list(invariant.broken(state)) for invariant in invariants}
    return {invariant: lines for invariant, lines in found.items() if lines}


def changed(table: str, key: Any, **members: Any) -> Wrong:
    """A record of the fixtures with other members than it had, and its table."""

    def made(state: State) -> tuple[str, Record]:
        held = state.table(table).get(key)
        assert held is not None
        return table, replace(held, **members)

    return made


def put(table: str, key: Any, **members: Any) -> Change:
    """Keeps a record with other members than it had."""

    def change(state: State) -> None:
        state.table(table).put(changed(table, key, **members)(state)[1])

    return change


def gone(table: str, key: Any) -> Change:
    """Deletes a record."""
    return lambda state: state.table(table).delete(key)


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(state: State) -> None:
        for one in changes:
            one(state)

    return change
