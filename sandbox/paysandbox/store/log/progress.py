"""What folding entry after entry keeps from one to the next, so that each costs less."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from paysandbox.store.log.changes import Counts
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import StoreError
from paysandbox.store.log.recalling import Recalling
from paysandbox.store.log.sealed import RawChange
from paysandbox.store.replaying import Outlined, TableReplay

if TYPE_CHECKING:  # which imports this module
    from paysandbox.store.log.replica import Replica


class _Counted:
    """The counts of a call, and how many calls have them."""

    __slots__ = ("counts", "times")

    def __init__(self, counts: Counts) -> None:
        self.counts, self.times = counts, 0


class Progress:
    """The tables of a replica, with what is read ahead of their records; and counts and journal, added at the end.

    The changes that are read ahead must be applied in their order, each once.
    """

    def __init__(self, codec: Codec, journal_limit: int) -> None:
        self._codec = codec
        self._tables: defaultdict[str, dict[str, TableReplay]] = defaultdict(dict)
        self._records: dict[str, dict[str, Iterator[Outlined]]] = {}
        self._counts: dict[bytes, _Counted] = {}
        self._journal = Recalling(journal_limit)
        self.recall = self._journal.add

    def read_ahead(self, changes: Iterable[RawChange]) -> None:
        """Read the records of some changes together; one that cannot be read raises `StoreError` at its change."""
        contents: dict[str, dict[str, list[bytes]]] = {}
        for change in changes:
            for state in change.states:
                of_tables = contents.setdefault(state.provider, {})
                for table, _, content in state.writes:
                    if content is not None:
                        found = of_tables.get(table)
                        if found is None:
                            found = of_tables[table] = []
                        found.append(content)
        self._records = {
            provider: {table: self._read_records(provider, table, found) for table, found in of_tables.items()}
            for provider, of_tables in contents.items()
        }

    def records(self, provider: str) -> dict[str, Iterator[Outlined]]:
        """Return what was read ahead of a provider's records, by table."""
        return self._records[provider]

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
            counted = self._counts[content] = _Counted(self._codec.read_counts(content))
        counted.times += 1

    def begin_anew(self) -> None:
        """Forget counts, tables and journal, because the replica has others from now on."""
        self._counts.clear()
        self._tables.clear()
        self._journal.clear(clears=False)

    def restore(self, provider: str) -> None:
        """Forget the tables of a provider, because its records are others from now on."""
        self._tables.pop(provider, None)

    def finish(self, replica: "Replica") -> None:
        """Add what was counted to the counts of the replica, and what was recalled to its journal."""
        merged = replica.counts
        for counted in self._counts.values():
            for provider, units in counted.counts.items():
                held = merged.setdefault(provider, {})
                for unit, count in units.items():
                    held[unit] = held.get(unit, 0) + count * counted.times
        self._counts.clear()
        self._journal.bring(replica.staged)

    def _read_records(self, provider: str, table: str, contents: list[bytes]) -> Iterator[Outlined]:
        try:
            return self._codec.seal_records(provider, table, contents)
        except StoreError:  # so that it is raised at the record that cannot be read
            return self._read_one_by_one(provider, table, contents)

    def _read_one_by_one(self, provider: str, table: str, contents: list[bytes]) -> Iterator[Outlined]:
        for content in contents:
            record: Any = self._codec.read_record(provider, table, content)
            yield record, record
