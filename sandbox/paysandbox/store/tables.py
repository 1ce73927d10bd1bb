"""Tables of frozen records: a transactional overlay of each namespace over the shared fixtures.

A read looks in the overlay first, then in the fixtures, which never change.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final, Generic, Protocol, TypeVar, overload

from msgspec import Struct

from paysandbox.store.overlays import Bucket, Difference, Keys, Overlay, slice_keys
from paysandbox.store.sealing import LazyRecords
from paysandbox.store.transaction import Transaction


class Record(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A row of a table. Frozen: a change is a new record under the same key."""


R = TypeVar("R", bound=Record)
Getter = Callable[[Any], Any]
_NO_KEYS: Final[list[Hashable]] = []


class Holder(Protocol):
    """An object with tables: a State."""

    def open_table(self, name: str) -> "Table[Any]":
        """Create a table on its first use, and keep it as an attribute."""


class TableDef(Generic[R]):
    """The declaration of a table in a State; see `table`."""

    __slots__ = ("indexed", "indexes", "key", "key_name", "multikeys", "name", "paths", "record", "refers")

    def __init__(
        self,
        record: type[R],
        key: str,
        indexes: Mapping[str, str | tuple[str, ...]],
        multikeys: Mapping[str, str],
        refers: Mapping[str, str],
    ) -> None:
        self.name = ""
        self.record = record
        self.key_name = key
        self.key: Getter = attrgetter(key)
        attributes = {name: (path,) if isinstance(path, str) else path for name, path in indexes.items()}
        self.indexes: dict[str, Getter] = {name: attrgetter(*paths) for name, paths in attributes.items()}
        self.multikeys: dict[str, Getter] = {name: attrgetter(path) for name, path in multikeys.items()}
        # Everything that any index reads, in one call: most changes of a record leave all of it as it is.
        paths = (path for several in attributes.values() for path in several)
        self.paths = (key, *dict.fromkeys([*paths, *multikeys.values()]))
        self.indexed: Getter = attrgetter(*self.paths)
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
    multikeys: Mapping[str, str] | None = None,
    refers: Mapping[str, str] | None = None,
) -> TableDef[R]:
    """Declare a table of a State.

    `key` is the attribute that identifies a record. `indexes` maps the name of each index to its attribute or
    attributes; `multikeys` are indexes on an attribute that is a tuple, which have a record under each of its values.
    `refers` maps an attribute to the table that its value must be a key of.
    """
    return TableDef(record, key, indexes or {}, multikeys or {}, refers or {})


class FixtureRows(Generic[R]):
    """The fixtures of a table: shared by all namespaces, never changed."""

    __slots__ = ("_indexes", "records", "table_def")

    def __init__(self, table_def: TableDef[R], records: Mapping[Hashable, R]) -> None:
        self.table_def = table_def
        self.records = records
        self._indexes: dict[str, dict[Any, list[Hashable]]] = {}

    def keys(self, index: str, value: Any) -> list[Hashable]:
        """Return the keys under a value of an index."""
        found = self._indexes.get(index)
        if found is None:
            found = self.index(index)
        return found.get(value, _NO_KEYS)

    def index(self, name: str) -> dict[Any, list[Hashable]]:
        """Return the keys by the values of an index, which is built on first use."""
        found = self._indexes.get(name)
        if found is None:
            found = self._indexes[name] = {}
            multikey = self.table_def.multikeys.get(name)
            getter = multikey or self.table_def.indexes[name]
            for key, record in self.records.items():
                for each in (getter(record),) if multikey is None else dict.fromkeys(getter(record)):
                    found.setdefault(each, []).append(key)
        return found


class Table(Generic[R]):
    """The records of one kind in one namespace."""

    __slots__ = ("_base", "_buckets", "_own", "_table_def", "_transaction")

    def __init__(self, base: FixtureRows[R], transaction: Transaction) -> None:
        self._base = base
        self._table_def = base.table_def
        self._transaction = transaction
        self._own: dict[Hashable, R | None] = {}
        self._buckets: dict[str, dict[Any, Bucket]] = {}

    @property
    def own(self) -> dict[Hashable, R | None]:
        """The records that the namespace has changed; None where one was deleted."""
        return self._own

    def hold_sealed(self) -> None:
        """Let the table hold sealed records. Must not be called within a transaction."""
        self._own = self._own if isinstance(self._own, LazyRecords) else LazyRecords(self._own)

    @property
    def overlay(self) -> Overlay:
        """What the namespace has changed: not a copy, and another one after `restore`."""
        return Overlay(self._own, self._buckets)

    def get(self, key: Hashable) -> R | None:
        if key in self._own:
            return self._own[key]
        return self._base.records.get(key)

    def find(self, index: str, value: Any) -> R | None:
        """Return the first record under a value of an index."""
        for key in self._keys(index, value):
            return self._own[key] if key in self._own else self._base.records.get(key)
        return None

    def all(self, index: str, value: Any) -> list[R]:
        """Return all records under a value of an index, oldest first."""
        own, base = self._own, self._base.records
        # As `get` does, whose call would cost as much as the look-up.
        found = [own[key] if key in own else base.get(key) for key in self._keys(index, value)]
        return [record for record in found if record is not None]

    def page(self, index: str, value: Any, start: int, size: int) -> list[R]:
        """Return at most `size` records under a value of an index, from position `start` (0 is the oldest)."""
        keys = slice_keys(self._keys(index, value), start, start + size)
        return [record for key in keys if (record := self.get(key)) is not None]

    def count(self, index: str, value: Any) -> int:
        """Count the records under a value of an index."""
        bucket = self._bucket(index, value)
        if bucket is None:
            return len(self._base.keys(index, value))
        if not isinstance(bucket, dict):
            return 1
        return sum(bucket.values()) if self._transaction.sweeping else len(bucket)

    def records(self) -> Iterator[R]:
        """Iterate over all records: the fixtures' in their order, then the namespace's own in theirs."""
        for key in self._base.records:
            record = self.get(key)
            if record is not None:
                yield record
        for key, own in self._own.items():
            if own is not None and key not in self._base.records:
                yield own

    def put(self, record: R) -> None:
        """Add a record, or replace the record under the same key."""
        table_def = self._table_def
        key = table_def.key(record)
        own = self._own
        old = own[key] if key in own else self._base.records.get(key)
        self._transaction.write(table_def.name, own, key, old, record)
        if old is None:
            for name, getter in table_def.indexes.items():
                self._link(name, getter(record), key)
            for name, getter in table_def.multikeys.items():
                for value in dict.fromkeys(getter(record)):
                    self._link(name, value, key)
        elif table_def.indexed(old) != table_def.indexed(record):
            self._relink(old, record, key)

    def delete(self, key: Hashable) -> None:
        """Delete the record under a key, if there is one."""
        old = self.get(key)
        if old is None:
            return
        self._transaction.write(self._table_def.name, self._own, key, old, None)
        if key not in self._base.records:
            self._transaction.sweep(self._own, key)
        for name, getter in self._table_def.indexes.items():
            self._unlink(name, getter(old), key)
        for name, getter in self._table_def.multikeys.items():
            for value in dict.fromkeys(getter(old)):
                self._unlink(name, value, key)

    def snapshot(self) -> Overlay:
        """Return the overlay as it is now; later changes do not affect the copy."""
        return self.overlay.copy()

    def restore(self, overlay: Overlay) -> None:
        """Return to a snapshot. Must not be called within a transaction."""
        self._own, self._buckets = overlay.copy()

    def diff(self, overlay: Overlay) -> Difference:
        """Compare the table with a snapshot."""
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
        """Return the namespace's own keys under a value; None if they are the fixtures'."""
        changed = self._buckets.get(index)
        return None if changed is None else changed.get(value)

    def _own_buckets(self, index: str) -> dict[Any, Bucket]:
        """Return the changed buckets of an index, created on the first change; an empty dict means no change."""
        changed = self._buckets.get(index)
        if changed is None:
            changed = self._buckets[index] = {}
        return changed

    def _keys(self, index: str, value: Any) -> Keys:
        """Return the keys under a value, in order and without a copy where no deletion waits for the commit."""
        bucket = self._bucket(index, value)
        if bucket is None:
            return self._base.keys(index, value)
        if not isinstance(bucket, dict):
            return (bucket,)
        return [key for key, is_present in bucket.items() if is_present] if self._transaction.sweeping else bucket

    def _relink(self, old: R, record: R, key: Hashable) -> None:
        """Bring the indexes up to date with a record that takes the place of another."""
        self._transaction.moves = True
        for name, getter in self._table_def.indexes.items():
            if (before := getter(old)) != (value := getter(record)):
                self._unlink(name, before, key)
                self._link(name, value, key)
        for name, getter in self._table_def.multikeys.items():
            former, values = dict.fromkeys(getter(old)), dict.fromkeys(getter(record))
            for value in [value for value in former if value not in values]:
                self._unlink(name, value, key)
            for value in [value for value in values if value not in former]:
                self._link(name, value, key)

    def _link(self, index: str, value: Any, key: Hashable) -> None:
        changed = self._buckets.get(index)
        if changed is None:
            changed = self._own_buckets(index)
        bucket = changed.get(value)
        if isinstance(bucket, dict):
            self._transaction.set(bucket, key, True)  # noqa: FBT003 - by its place, because a call is half of a link
        elif bucket is None and not self._base.keys(index, value):
            self._transaction.set(changed, value, key)
        else:
            self._transaction.set(self._own_keys(index, value), key, value=True)

    def _unlink(self, index: str, value: Any, key: Hashable) -> None:
        keys = self._own_keys(index, value)
        # Removed only at the commit, because a record put back before that must keep its place in the order.
        self._transaction.set(keys, key, value=False)
        self._transaction.sweep(keys, key)
        if not self._base.keys(index, value):
            self._transaction.sweep(self._own_buckets(index), value)

    def _own_keys(self, index: str, value: Any) -> dict[Hashable, bool]:
        """Return the namespace's own keys under a value, copied from the fixtures on the first change."""
        changed = self._own_buckets(index)
        bucket = changed.get(value)
        if isinstance(bucket, dict):
            return bucket
        keys = dict.fromkeys(self._base.keys(index, value) if bucket is None else (bucket,), True)
        self._transaction.set(changed, value, keys)
        return keys
