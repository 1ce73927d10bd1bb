"""What folding entry after entry keeps from one to the next, so that each costs less."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from paysandbox.store.log.changes import Counts, StateChange
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import StoreError
from paysandbox.store.log.sealed import RawChange
from paysandbox.store.replaying import TableReplay
from paysandbox.store.sealing import SealedRecord

_AHEAD: Final = 64  # changes; the memory of more would be new to the process, which costs as much as decoding it


class _Counted:
    """The counts of a call, and how many calls have them."""

    __slots__ = ("counts", "times")

    def __init__(self, counts: Counts) -> None:
        self.counts, self.times = counts, 0


class Progress:
    """What is read of records, for some changes ahead together; their tables; and counts, added at the end.

    The changes must be applied in their order, each once.
    """

    def __init__(self, codec: Codec, changes: deque[RawChange]) -> None:
        self.codec = codec
        self._changes = changes
        self._states: deque[tuple[StateChange, ...]] = deque()
        self._tables: defaultdict[str, dict[str, TableReplay]] = defaultdict(dict)
        self._counts: dict[bytes, _Counted] = {}
        self._sealed: dict[tuple[str, str], Iterator[tuple[Any, SealedRecord]]] = {}

    def read_states(self, change: RawChange) -> tuple[StateChange, ...]:
        """Return the changed records of the next change.

        Raises:
            StoreError: they cannot be read.
        """
        if not self._states:
            self._read_ahead()
        return self._states.popleft() if self._states else self.codec.read_states(change.states)

    def _read_ahead(self) -> None:
        ahead = [self._changes.popleft() for _ in range(min(_AHEAD, len(self._changes)))]
        self._sealed.clear()
        contents: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
        with suppress(StoreError):  # it is raised at the change, or record, that cannot be read
            self._states.extend([self.codec.read_states(change.states) for change in ahead])
        for states in self._states:
            for state in states:
                for table, _, content in state.writes:
                    if content is not None:
                        contents[state.provider, table].append(content)
        for name, found in contents.items():
            with suppress(StoreError):
                self._sealed[name] = iter(self.codec.seal_records(*name, found))

    def read_record(self, provider: str, table: str, content: bytes) -> tuple[Any, Any]:
        """Return the next record of a table, sealed, behind its outline.

        Raises:
            StoreError: it cannot be read.
        """
        sealed = self._sealed.get((provider, table))
        if sealed is None:
            record = self.codec.read_record(provider, table, content)
            return record, record
        return next(sealed)

    def tables(self, provider: str) -> dict[str, TableReplay]:
        return self._tables[provider]

    def count(self, change: RawChange) -> None:
        """Count the calls of a change. Most calls of one kind have the same counts, which are decoded once.

        Raises:
            StoreError: the counts cannot be read.
        """
        content = bytes(change.counts)
        counted = self._counts.get(content)
        if counted is None:
            counted = self._counts[content] = _Counted(self.codec.read_counts(content))
        counted.times += 1

    def begin_anew(self) -> None:
        """Forget the counts and tables, because the replica has others from now on."""
        self._counts.clear()
        self._tables.clear()

    def restore(self, provider: str) -> None:
        """Forget the tables of a provider, because its records are others from now on."""
        self._tables.pop(provider, None)

    def add_counts(self, merged: Counts) -> None:
        """Add what was counted to the counts of the replica."""
        for counted in self._counts.values():
            for provider, units in counted.counts.items():
                held = merged.setdefault(provider, {})
                for unit, count in units.items():
                    held[unit] = held.get(unit, 0) + count * counted.times
        self._counts.clear()
