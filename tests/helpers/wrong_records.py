"""Cases for the test of every provider's invariants: calls that keep them, and records that break one."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from paysandbox.kit.provider import Invariant
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import Record, State
from tests.helpers.runtimes import Client

Edit = Callable[[Any], None]  # changes a provider's state by hand, as no call could
Calls = Callable[[Client], Iterator[object]]  # pauses after each call


class WrongRecord(Struct, frozen=True):
    """An edit that breaks an invariant.

    Attributes:
        invariant: the id of the invariant.
        edit: puts the wrong record into the state.
        line: how the invariant's line begins; a tuple if it has several.
        others: further invariants that break too, because the edit is wrong in more than one way.
    """

    invariant: str
    edit: Edit
    line: str | tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """How each of the invariant's lines begins."""
        return self.line if isinstance(self.line, tuple) else (self.line,)


class InvariantCases(Struct, frozen=True):
    """What the test needs to know of one provider.

    Attributes:
        provider: its name.
        make_client: a client below the provider's root, with its test credential.
        calls: calls after each of which all invariants hold, by a name.
        wrong: edits that break an invariant.
        emptied: the invariants that break when a table is emptied, by its name.
        prepare: calls to make before a table is emptied, so that none is empty already.
    """

    provider: str
    make_client: Callable[[Runtime], Client]
    calls: Mapping[str, Calls]
    wrong: Sequence[WrongRecord]
    emptied: Mapping[str, set[str]] = {}
    prepare: Callable[[Client], object] | None = None


def find_broken(invariants: Sequence[Invariant], state: State) -> dict[str, list[str]]:
    """Return the places where each invariant does not hold, by its id."""
    found = {invariant.id: [str(breach) for breach in invariant.find_breaches(state)] for invariant in invariants}
    return {invariant: lines for invariant, lines in found.items() if lines}


def edit(table: str, key: Any, **fields: Any) -> Edit:
    """Change fields of a record; a changed id leaves the old record and adds one."""
    return lambda state: state.table(table).put(replace(_get(state, table, key), **fields))


def force(table: str, key: Any, **fields: Any) -> Edit:
    """Change fields of a record to values that its own check refuses."""

    def change(state: State) -> None:
        record = copy.copy(_get(state, table, key))
        for name, value in fields.items():
            force_setattr(record, name, value)
        state.table(table).put(record)

    return change


def insert(table: str, record: Record) -> Edit:
    """Put a record into a table, in the place of any with its key."""
    return lambda state: state.table(table).put(record)


def delete(table: str, key: Any) -> Edit:
    return lambda state: state.table(table).delete(key)


def combine(*edits: Edit) -> Edit:
    """Make one edit after the other."""

    def change(state: State) -> None:
        for each in edits:
            each(state)

    return change


def _get(state: State, table: str, key: Any) -> Record:
    record: Record | None = state.table(table).get(key)
    assert record is not None
    return record
