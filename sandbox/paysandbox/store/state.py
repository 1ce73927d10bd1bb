"""What a provider remembers in one namespace, how it makes ids, and how one call's changes stay or go together.

Nothing here knows JSON, HTTP or a provider.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from paysandbox.core.clock import Clock
from paysandbox.store.tables import Difference, FixtureRows, Overlay, Record, Table, TableDef, table
from paysandbox.store.transaction import Transaction

__all__ = ["Baseline", "Record", "State", "StateSnapshot", "Table", "table"]

_NOTHING: Final = Overlay({}, {})


class Baseline:
    """What a provider's state starts from: its State class, the fixtures' tables and its variants."""

    __slots__ = ("fixture_rows", "provider", "state", "variants")

    def __init__(
        self,
        provider: str,
        state: "type[State]",
        fixture_rows: Mapping[str, FixtureRows[Any]],
        variants: Mapping[str, str],
    ) -> None:
        self.provider = provider
        self.state = state
        self.fixture_rows = fixture_rows
        self.variants = variants


class StateSnapshot(NamedTuple):
    """What a state has beyond the fixtures, at one moment: changed tables, and how many ids of each kind were made."""

    tables: dict[str, Overlay]
    counters: dict[str, int]


class State:
    """All that one provider remembers in one namespace. A provider's own State declares its tables with `table`."""

    def __init__(self, origin: Baseline, clock: Clock, seed: str, variants: Mapping[str, str] | None = None) -> None:
        """`variants` are choices in the place of those of the fixture file."""
        self.variants: Mapping[str, str] = origin.variants if variants is None else {**origin.variants, **variants}
        self._baseline = origin
        self._clock = clock
        self._seed = seed
        self._transaction = Transaction()
        self._counters: dict[str, int] = {}

    @classmethod
    def table_defs(cls) -> dict[str, TableDef[Any]]:
        """The declared tables by name, in their order."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, TableDef)}

    def table(self, name: str) -> Table[Any]:
        """One of the tables.

        Raises:
            KeyError: none is declared under this name.
        """
        if name not in self._baseline.fixture_rows:
            raise KeyError(name)
        found: Table[Any] = getattr(self, name)
        return found

    def open_table(self, name: str) -> Table[Any]:
        """A table that is asked for for the first time, and has no overlay yet."""
        made: Table[Any] = Table(self._baseline.fixture_rows[name], self._transaction)
        # Under the name of its declaration, so that from now on `state.payments` finds it without any call; and not by
        # way of `__dict__`, which would come into being then, for 200 bytes in every namespace.
        setattr(self, name, made)
        return made

    def snapshot(self) -> StateSnapshot:
        """What it remembers now; what comes later does not change it."""
        return StateSnapshot({name: held.snapshot() for name, held in self._tables().items()}, dict(self._counters))

    def restore(self, memory: StateSnapshot) -> None:
        """Be as captured. Not for the middle of a call."""
        for name in {*self._tables(), *memory.tables}:
            self.table(name).restore(memory.tables.get(name, _NOTHING))
        self._counters = dict(memory.counters)

    def diff(self, memory: StateSnapshot) -> dict[str, Difference]:
        """How each table differs from what was captured; only those that do."""
        names = {**self._tables(), **memory.tables}
        found = {
            name: self.table(name).diff(memory.tables.get(name, _NOTHING))
            for name in self.table_defs()
            if name in names
        }
        return {name: difference for name, difference in found.items() if any(difference)}

    def _tables(self) -> dict[str, Table[Any]]:
        """The tables that anybody has asked for, by name: all others are as in the fixtures."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    def counters(self) -> dict[str, int]:
        """How many ids of each kind have been made."""
        return dict(self._counters)

    def now(self) -> datetime:
        """The present moment of this namespace, in UTC."""
        return self._clock.now()

    def today(self) -> date:
        """The present date of this namespace, in UTC."""
        return self._clock.now().date()

    def hex_id(self, kind: str, length: int) -> str:
        """A new id of at most 128 lower-case hex digits: the same after every reset, another in every namespace."""
        count = self._counters.get(kind, 0) + 1
        self._transaction.set(self._counters, kind, count)
        return blake2b(f"{self._seed}/{self._baseline.provider}/{kind}/{count}".encode()).hexdigest()[:length]

    def uuid(self, kind: str) -> str:
        """A new id in the form of a random (version 4) UUID, made like `hex_id`."""
        digits = self.hex_id(kind, 32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def transaction(self) -> Transaction:
        """A block after which everything stays, or nothing if it raised."""
        return self._transaction
