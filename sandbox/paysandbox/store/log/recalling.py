"""The journal of a log that is folded: most entries are pushed out by later ones, so they are held at the end only."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from paysandbox.store.journal import Entry
from paysandbox.store.log.parts import StagedJournal
from paysandbox.store.log.sealed import RawChange, SealedEntry, count_entries, seal_entries
from paysandbox.store.log.written import attribute_writes
from paysandbox.store.writes import Writes

Written = Mapping[str, Writes] | None  # what the calls of a change have written, by provider; None if unknown


class _Run(NamedTuple):
    """Changes that were made together, with an iterator over what each of them has written."""

    changes: Sequence[RawChange]
    written: Iterator[Written]
    size: int  # journal entries


class Recalling:
    """The latest changes with journal entries: at least as many as a journal of `limit` entries can hold.

    `end` is the number of the namespace's last call, if it is known from the beginning. Then changes that later ones
    are sure to push out are not held, as long as each call has an entry; `is_short` tells if that was wrong.

    All methods raise `StoreError` for entries that cannot be read.
    """

    __slots__ = ("_clears", "_evicted", "_expected", "_held", "_kept", "_limit", "_runs", "_skipped", "end")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._runs: deque[_Run] = deque()
        self.end: int | None = None
        self.clear(clears=False)

    @property
    def is_short(self) -> bool:
        """Whether entries were left out that the journal can hold."""
        return self._skipped > 0 and self._kept < self._limit

    def clear(self, *, clears: bool = True) -> None:
        """Forget what was added. If it `clears`, the entries that the journal has are dropped as well."""
        self._forget_runs()
        self._kept = self._skipped = 0
        self._clears = clears

    def add(self, changes: Sequence[RawChange], written: Iterator[Written]) -> None:
        """Note the journal entries of changes that were made together; `written` has an item for each of them.

        It is read when the journal is brought on, because the writes of most calls are never needed.
        """
        clearing = [change.clears_journal for change in changes]
        if True in clearing:
            start = len(clearing) - 1 - clearing[::-1].index(True)
            self.clear()
            changes, written = changes[start:], islice(written, start, None)
        size = sum([len(change.notes) or count_entries(change) for change in changes])
        if self.end is not None and changes[-1].requests <= self.end - self._limit:
            self._skipped += size
            self._evicted += size
        elif size:
            self._hold(_Run(changes, written, size))
        for expected in [change.expected for change in changes if change.expected]:
            self._expected += expected

    def bring(self, journal: StagedJournal) -> None:
        """Bring the journal on by what was added, and forget that."""
        if self._clears:
            journal.recall_clearing()
        if self._evicted:
            journal.recall_evicted(self._evicted)
        while self._runs:
            run = self._runs.popleft()  # so that the memory of its changes is there for what is taken out of the next
            entries: list[Entry | SealedEntry] = []
            writes: list[Writes | None] = []
            for change, written in zip(run.changes, run.written, strict=False):  # what is unknown has no end
                sealed = seal_entries(change)
                entries += sealed
                writes += attribute_writes(sealed, written)
            journal.recall_entries(entries, writes)
        if self._expected:
            journal.recall_expected(tuple(self._expected))
        self._forget_runs()
        self._clears = False

    def _hold(self, run: _Run) -> None:
        self._runs.append(run)
        self._held += run.size
        self._kept += run.size
        while self._held - self._runs[0].size >= self._limit:
            pushed_out = self._runs.popleft().size
            self._held -= pushed_out
            self._evicted += pushed_out

    def _forget_runs(self) -> None:
        self._runs.clear()
        self._held = self._evicted = 0
        self._expected: list[int] = []
