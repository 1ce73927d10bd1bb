"""Tables of frozen records, kept as an overlay over the fixtures, which undo what a refused call did.

Reading goes through the overlay to the fixtures below, which all namespaces share and which never change.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, overload

from msgspec import Struct

from paysandbox.store.transaction import Transaction


class Record(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One thing that a provider remembers. Frozen: a change is a new record under the same key."""


R = TypeVar("R", bound=Record)
Getter = Callable[[Any], Any]
Bucket = tuple[Hashable, ...] | dict[Hashable, bool]


class Holder(Protocol):
    """What has tables by name: a State."""

    def open_table(self, name: str) -> "Table[Any]":
        """A table that is asked for for the first time; from then on its name leads to it."""


class TableDef(Generic[R]):
    """How records of one kind are kept, as a State declares it: see `table`."""

    __slots__ = ("indexes", "key", "name", "record", "refers")

    def __init__(
        self, record: type[R], key: str, indexes: Mapping[str, str | tuple[str, ...]], refers: Mapping[str, str]
    ) -> None:
        self.name = ""
        self.record = record
        self.key: Getter = attrgetter(key)
        self.indexes: dict[str, Getter] = {
            name: attrgetter(*([path] if isinstance(path, str) else path)) for name, path in indexes.items()
        }
        self.refers = dict(refers)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, state: None, owner: type) -> "TableDef[R]": ...
    @overload
    def __get__(self, state: Holder, owner: type) -> "Table[R]": ...
    def __get__(self, state: Holder | None, owner: type) -> "TableDef[R] | Table[R]":
        return self if state is None else state.open_table(self.name)


def table(
    record: type[R],
    *,
    key: str,
    indexes: Mapping[str, str | tuple[str, ...]] | None = None,
    refers: Mapping[str, str] | None = None,
) -> TableDef[R]:
    """Declare a table of a State.

    `key` is the attribute that names a record, `indexes` gives each way of finding records by an attribute (or
    several at once), `refers` says which attribute must name a record of which other table.
    """
    return TableDef(record, key, indexes or {}, refers or {})


class Overlay(NamedTuple):
    """What a namespace has changed in one table, at one moment: `records` by key, None where one was deleted."""

    records: dict[Hashable, Any]
    buckets: dict[str, dict[Any, Bucket]]


class Difference(NamedTuple):
    """How one table differs between two moments, by key; `changed` has the record before and after."""

    added: dict[Hashable, Any]
    changed: dict[Hashable, tuple[Any, Any]]
    removed: dict[Hashable, Any]


class FixtureRows(Generic[R]):
    """The fixtures' side of a table: shared by all namespaces, never changed."""

    __slots__ = ("_indexes", "records", "table_def")

    def __init__(self, table_def: TableDef[R], records: Mapping[Hashable, R]) -> None:
        self.table_def = table_def
        self.records = records
        self._indexes: dict[str, dict[Any, list[Hashable]]] = {}

    def keys(self, index: str, value: Any) -> list[Hashable]:
        """Keys of the fixtures' records under one value of an index, which is built when first asked for."""
        if index not in self._indexes:
            getter = self.table_def.indexes[index]
            made: dict[Any, list[Hashable]] = {}
            for key, record in self.records.items():
                made.setdefault(getter(record), []).append(key)
            self._indexes[index] = made
        return self._indexes[index].get(value, [])


class Table(Generic[R]):
    """The records of one kind in one namespace. Everything above reads and writes through these few methods."""

    __slots__ = ("_base", "_buckets", "_own", "_table_def", "_transaction")

    def __init__(self, base: FixtureRows[R], transaction: Transaction) -> None:
        self._base = base
        self._table_def = base.table_def
        self._transaction = transaction
        self._own: dict[Hashable, R | None] = {}
        # For each index that has changed, the keys under a value where they differ from the fixtures': a tuple for one
        # key, else a dict that says of each key whether it stands. Most values have one key, and a dict for each would
        # keep the garbage collector busy.
        self._buckets: dict[str, dict[Any, Bucket]] = {}

    def get(self, key: Hashable) -> R | None:
        """The record under a key."""
        if key in self._own:
            return self._own[key]
        return self._base.records.get(key)

    def find(self, index: str, value: Any) -> R | None:
        """The first record under one value of an index."""
        for key in self._keys(index, value):
            return self.get(key)
        return None

    def all(self, index: str, value: Any) -> list[R]:
        """Every record under one value of an index, oldest first."""
        return [record for key in self._keys(index, value) if (record := self.get(key)) is not None]

    def page(self, index: str, value: Any, start: int, size: int) -> list[R]:
        """At most `size` records under one value of an index, from the `start`-th (0 is the oldest)."""
        keys = islice(self._keys(index, value), start, start + size)
        return [record for key in keys if (record := self.get(key)) is not None]

    def count(self, index: str, value: Any) -> int:
        """How many records stand under one value of an index."""
        bucket = self._bucket(index, value)
        if bucket is None:
            return len(self._base.keys(index, value))
        return sum(bucket.values()) if type(bucket) is dict and self._transaction.sweeping else len(bucket)

    def records(self) -> Iterator[R]:
        """Every record: the fixtures' in their order, then the namespace's own in theirs."""
        for key in self._base.records:
            record = self.get(key)
            if record is not None:
                yield record
        for key, own in self._own.items():
            if own is not None and key not in self._base.records:
                yield own

    def put(self, record: R) -> None:
        """Keep a record, in the place of the one under the same key if there is one."""
        key = self._table_def.key(record)
        old = self.get(key)
        self._transaction.set(self._own, key, record)
        for name, getter in self._table_def.indexes.items():
            value = getter(record)
            if old is None:
                self._link(name, value, key)
            elif (before := getter(old)) != value:
                self._unlink(name, before, key)
                self._link(name, value, key)

    def delete(self, key: Hashable) -> None:
        """Forget the record under a key, if there is one."""
        old = self.get(key)
        if old is None:
            return
        self._transaction.set(self._own, key, None)
        if key not in self._base.records:
            self._transaction.sweep(self._own, key)
        for name, getter in self._table_def.indexes.items():
            self._unlink(name, getter(old), key)

    def snapshot(self) -> Overlay:
        """The overlay as it is now; what comes later does not change it."""
        return _copied(Overlay(self._own, self._buckets))

    def restore(self, overlay: Overlay) -> None:
        """Be as captured. Not for the middle of a call."""
        self._own, self._buckets = _copied(overlay)

    def diff(self, overlay: Overlay) -> Difference:
        """How the table differs from what was captured."""
        found = Difference({}, {}, {})
        for key in {**overlay.records, **self._own}:
            before = overlay.records[key] if key in overlay.records else self._base.records.get(key)
            after = self.get(key)
            if before is None and after is not None:
                found.added[key] = after
            elif before is not None and after is None:
                found.removed[key] = before
            elif before != after:
                found.changed[key] = (before, after)
        return found

    def _bucket(self, index: str, value: Any) -> Bucket | None:
        """The namespace's own keys under a value; None where they are the fixtures'."""
        changed = self._buckets.get(index)
        return None if changed is None else changed.get(value)

    def _changing(self, index: str) -> dict[Any, Bucket]:
        """Where the namespace's own keys of an index stand; one that is left empty after all says nothing."""
        changed = self._buckets.get(index)
        if changed is None:
            changed = self._buckets[index] = {}
        return changed

    def _keys(self, index: str, value: Any) -> Iterable[Hashable]:
        bucket = self._bucket(index, value)
        if bucket is None:
            return self._base.keys(index, value)
        return (key for key, stands in bucket.items() if stands) if type(bucket) is dict else bucket

    def _link(self, index: str, value: Any, key: Hashable) -> None:
        changed = self._changing(index)
        if changed.get(value) is None and not self._base.keys(index, value):
            self._transaction.set(changed, value, (key,))
        else:
            self._transaction.set(self._several(index, value), key, value=True)

    def _unlink(self, index: str, value: Any, key: Hashable) -> None:
        several = self._several(index, value)
        # Marked now and removed on commit: putting it back after a removal would lose its place in the order.
        self._transaction.set(several, key, value=False)
        self._transaction.sweep(several, key)
        if not self._base.keys(index, value):
            self._transaction.sweep(self._changing(index), value)

    def _several(self, index: str, value: Any) -> dict[Hashable, bool]:
        """The namespace's own keys under a value, ready to be changed; the fixtures' until something changes."""
        changed = self._changing(index)
        bucket = changed.get(value)
        if type(bucket) is dict:
            return bucket
        several: dict[Hashable, bool] = dict.fromkeys(self._base.keys(index, value) if bucket is None else bucket, True)
        self._transaction.set(changed, value, several)
        return several


def _copied(overlay: Overlay) -> Overlay:
    return Overlay(
        dict(overlay.records),
        {
            index: {value: dict(bucket) if type(bucket) is dict else bucket for value, bucket in buckets.items()}
            for index, buckets in overlay.buckets.items()
        },
    )
