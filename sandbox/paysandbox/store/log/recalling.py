"""The journal of a log that is folded: most entries are pushed out by later ones, so they are held at the end only."""

from collections import deque
from collections.abc import Mapping
from typing import Final, cast

from paysandbox.store.journal import Entry
from paysandbox.store.log.parts import StagedJournal
from paysandbox.store.log.sealed import RawChange, SealedEntries
from paysandbox.store.log.written import attribute_writes
from paysandbox.store.writes import Writes

Written = Mapping[str, Writes] | None  # what the calls of a change have written, by provider; None if unknown

_UNKNOWN: Final[Written] = None


class Recalling:
    """The latest changes with journal entries, as many as a journal of `limit` entries can hold.

    All methods raise `StoreError` for entries that cannot be read.
    """

    __slots__ = ("_changes", "_clears", "_evicted", "_expected", "_held", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changes: deque[tuple[SealedEntries, Written, int]] = deque()  # each with the number of its entries
        self._held = 0
        self.clear(clears=False)

    def clear(self, *, clears: bool = True) -> None:
        """Forget what was added. If it `clears`, the entries that the journal has are dropped as well."""
        self._changes.clear()
        self._held = self._evicted = 0
        self._clears = clears
        self._expected: list[int] = []

    def add(self, change: RawChange, written: Written = _UNKNOWN) -> None:
        """Note the journal entries of a change."""
        if change.clears_journal:
            self.clear()
        notes = change.notes
        sealed = SealedEntries(bytes(change.entries), notes)  # and not the change, which keeps all of its entry
        count = len(notes) or sealed.count()
        if count:
            self._changes.append((sealed, written, count))
            self._held += count
            while self._held - self._changes[0][2] >= self._limit:
                pushed_out = self._changes.popleft()[2]
                self._held -= pushed_out
                self._evicted += pushed_out
        if change.expected:
            self._expected += change.expected

    def bring(self, journal: StagedJournal) -> None:
        """Bring the journal on by what was added, and forget that."""
        if self._clears:
            journal.recall_clearing()
        if self._evicted:
            journal.recall_evicted(self._evicted)
        for sealed, written, _ in self._changes:
            for entry, writes in attribute_writes(sealed.list_entries(), written):
                journal.hold(cast("Entry", entry), writes)  # which the journal opens when it is read
        if self._expected:
            journal.recall_expected(tuple(self._expected))
        self.clear(clears=False)
