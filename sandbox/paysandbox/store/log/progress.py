"""What folding entry after entry keeps from one to the next, so that each costs less."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, cast

from paysandbox.store.log.codec import Codec
from paysandbox.store.log.gathering import Columns, gather_writes
from paysandbox.store.log.recalling import Recalling, Written
from paysandbox.store.log.sealed import RawChange
from paysandbox.store.replaying import TableReplay, TableWrites
from paysandbox.store.unit_counts import Counts

if TYPE_CHECKING:  # which imports this module
    from paysandbox.store.log.replica import Replica


class _Counted:
    """The counts of a call, and how many calls have them."""

    __slots__ = ("counts", "times")

    def __init__(self, counts: Counts) -> None:
        self.counts, self.times = counts, 0


class Progress:
    """The tables of a replica, as replays of them go on; and counts and journal, added at the end."""

    def __init__(self, codec: Codec, journal_limit: int) -> None:
        self._codec = codec
        self._tables: defaultdict[str, dict[str, TableReplay]] = defaultdict(dict)
        self._counts: dict[bytes, _Counted] = {}
        self._journal = Recalling(journal_limit)

    def read(self, changes: Sequence[RawChange]) -> dict[str, dict[str, TableWrites]]:
        """Read what some changes have written, by provider and table, and count their calls.

        Nothing is applied yet.

        Raises:
            StoreError: a record or the counts of a change cannot be read.
        """
        self._count(changes)
        return {
            provider: {table: self._read_table(provider, table, found) for table, found in of_tables.items()}
            for provider, of_tables in gather_writes(changes).items()
        }

    def tables(self, provider: str) -> dict[str, TableReplay]:
        return self._tables[provider]

    def recall(self, changes: Sequence[RawChange], written: Iterator[Written] | None = None) -> None:
        """Note the journal entries of changes, and what each of these has written if it is known.

        Raises:
            StoreError: entries cannot be read.
        """
        self._journal.add(changes, repeat(None) if written is None else written)

    def expect_end(self, requests: int) -> None:
        """Take the number of the namespace's last call, so that less of the journal is held until then."""
        self._journal.end = requests

    @property
    def lacks_journal(self) -> bool:
        """Whether journal entries were not held that are needed after all."""
        return self._journal.is_short

    def begin_anew(self) -> None:
        """Forget counts, tables and journal, because the namespace was deleted."""
        self._counts.clear()
        self._tables.clear()
        self._journal.clear(clears=False)

    def forget_tables(self) -> None:
        """Forget the tables, because the replica has others from now on."""
        self._tables.clear()

    def restore(self, provider: str) -> None:
        """Forget the tables of a provider, because its records are others from now on."""
        self._tables.pop(provider, None)

    def finish(self, replica: "Replica") -> None:
        """Add what was counted to the counts of the replica, and what was recalled to its journal."""
        for counted in self._counts.values():
            replica.unit_counts.add_sums(counted.counts, counted.times)
        self._counts.clear()
        self._journal.bring(replica.staged)

    def _count(self, changes: Sequence[RawChange]) -> None:
        """Count the calls of some changes. Most calls of one kind have the same counts, which are decoded once."""
        contents = [change.counts for change in changes]
        number = len(contents)
        are_alike = contents.count(contents[0]) == number
        found = {bytes(contents[0]): number} if are_alike else Counter(map(bytes, contents))
        for content, times in found.items():
            counted = self._counts.get(content)
            if counted is None:
                counted = self._counts[content] = _Counted(self._codec.read_counts(content))
            counted.times += times

    def _read_table(self, provider: str, table: str, columns: Columns) -> TableWrites:
        numbers, keys, given = columns
        has_all = keys.count(None) == len(keys)
        contents = cast("Sequence[bytes]", given) if has_all else [each for each in given if each is not None]
        outlines: list[Any]
        outlines, records = self._codec.seal_records(provider, table, contents)
        if has_all:
            return TableWrites(numbers, keys, outlines, records)
        found = zip(outlines, records, strict=True)
        pairs = [(None, None) if content is None else next(found) for content in given]
        return TableWrites(numbers, keys, *zip(*pairs, strict=True))
