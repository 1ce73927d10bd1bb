"""A transaction over dictionaries: all changes of one call, or none."""

from collections.abc import Hashable, Sequence
from types import TracebackType
from typing import Any, Final

MISSING: Final[Any] = object()
_START: Final = 0, 0, 0, 0


class Transaction:
    """Context manager: commit on success, roll back on exception.

    It records the previous values for a rollback, and the entries to remove at the commit. `writes` are the items
    of `Writes`, for the journal; None while they are not asked for. `records` takes them on if changes are deferred.
    `moves` tells whether a record was deleted, or has changed its place in an index.
    """

    __slots__ = ("_changes", "_sweeps", "moves", "records", "writes")

    def __init__(self) -> None:
        self.moves = False
        self.writes: list[Any] | None = None
        self.records: list[Any] | None = None
        self._changes: list[tuple[dict[Any, Any], Hashable, Any]] = []
        self._sweeps: list[tuple[dict[Any, Any], Hashable]] = []

    def __enter__(self) -> None:
        if self._changes:  # made before, outside of a transaction
            self.commit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()

    @property
    def sweeping(self) -> bool:
        """Whether entries that mean "deleted" wait for the commit."""
        return bool(self._sweeps)

    @property
    def changes(self) -> Sequence[tuple[dict[Any, Any], Hashable, Any]]:
        """The changes so far: mapping, key, and the value before or MISSING."""
        return self._changes

    def set(self, mapping: dict[Any, Any], key: Hashable, value: Any) -> None:
        self._changes.append((mapping, key, mapping.get(key, MISSING)))
        mapping[key] = value

    def advance(self, counters: dict[str, int], kind: str) -> int:
        """Count on by one, and return the number."""
        before = counters.get(kind, MISSING)
        self._changes.append((counters, kind, before))
        number = counters[kind] = 1 if before is MISSING else before + 1
        return number

    def write(self, table: str, records: dict[Any, Any], key: Hashable, old: Any, record: Any) -> None:
        """Set a record of a table; `old` is the one that it had under this key, or None."""
        self._changes.append((records, key, records.get(key, MISSING)))
        records[key] = record
        if self.writes is not None:
            self.writes += (table, key, old, record)

    def sweep(self, mapping: dict[Any, Any], key: Hashable) -> None:
        """Remove an entry at the commit if it still means "deleted"."""
        self._sweeps.append((mapping, key))

    def commit(self) -> None:
        if self._sweeps:
            for mapping, key in self._sweeps:
                if not mapping.get(key, True):
                    del mapping[key]
            self._sweeps.clear()
        self._changes.clear()

    def rollback(self) -> None:
        for mapping, key, old in reversed(self._changes):
            if old is MISSING:
                del mapping[key]
            else:
                mapping[key] = old
        self._changes.clear()
        self._sweeps.clear()
        if self.writes:
            self.writes.clear()


class SweepMark:
    """Whether a deleted record of any of several transactions waits for the commit."""

    __slots__ = ("is_set",)

    def __init__(self) -> None:
        self.is_set = False


class DeferredTransaction(Transaction):
    """A transaction that goes on when its block ends, until `commit` or `rollback`. A block that raises is rolled back.

    So what a call has changed can still be undone when it turns out that it cannot be kept. `records` are the items of
    `Writes` so far; those of a running call are added when it ends. `advanced` names the counters that went on.
    """

    __slots__ = ("_mark", "_starts", "advanced")

    records: list[Any]

    def __init__(self, mark: SweepMark) -> None:
        """`mark` is set with the first deletion; who commits all transactions that share it takes it back."""
        super().__init__()
        self._mark = mark
        self._starts: list[tuple[int, int, int, int]] = []
        self.records = []
        self.advanced: list[str] = []

    def __enter__(self) -> None:
        if self._changes:
            start = len(self._changes), len(self._sweeps), len(self.records), len(self.advanced)
            self._starts.append(start)
        else:
            self._starts.append(_START)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        start = self._starts.pop()
        if kind is not None:
            changes, sweeps, records, advanced = start
            before = self._changes[:changes], self._sweeps[:sweeps], self.records[:records], self.advanced[:advanced]
            self._changes, self._sweeps = self._changes[changes:], self._sweeps[sweeps:]
            super().rollback()
            self._changes, self._sweeps, self.records, self.advanced = before

    def advance(self, counters: dict[str, int], kind: str) -> int:
        before = counters.get(kind, MISSING)
        self._changes.append((counters, kind, before))  # as the base, whose call costs as much; so in `write`
        self.advanced.append(kind)
        number = counters[kind] = 1 if before is MISSING else before + 1
        return number

    def write(self, table: str, records: dict[Any, Any], key: Hashable, old: Any, record: Any) -> None:
        self._changes.append((records, key, records.get(key, MISSING)))
        records[key] = record
        if record is None:
            self.moves = True
        writes = self.writes
        if writes is None:
            writes = self.records
        writes += (table, key, old, record)

    def sweep(self, mapping: dict[Any, Any], key: Hashable) -> None:
        super().sweep(mapping, key)
        self._mark.is_set = True

    def commit(self) -> None:
        if self._sweeps:
            super().commit()
        self._changes.clear()
        self._forget_writes()

    def rollback(self) -> None:
        super().rollback()
        self._forget_writes()

    def _forget_writes(self) -> None:
        self.writes = None  # of a call that ended with an error
        self.records.clear()
        self.advanced.clear()
        self.moves = False
