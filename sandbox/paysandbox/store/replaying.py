"""Bring a table on by records that another state has written, with less work than writing them took."""

from collections.abc import Hashable
from typing import Any, Final

from paysandbox.store.overlays import Bucket
from paysandbox.store.sealing import open_record, outline_record
from paysandbox.store.tables import FixtureRows, Table
from paysandbox.store.transaction import Transaction

# A record, which may be sealed, behind what has its key and all that the indexes read of it, as the record itself has.
Outlined = tuple[Any, Any]

_NOTHING: Final = object()


class TableReplay:
    """Puts records into a table for good: as `Table.put` does, without noting what an undo needs.

    `transaction.writes` must be a list meanwhile. Ends with the next restoring of the table.
    """

    __slots__ = (
        "_base",
        "_buckets",
        "_indexed",
        "_indexed_last",
        "_indexes",
        "_key",
        "_multikeys",
        "_name",
        "_own",
        "_table",
        "_transaction",
    )

    def __init__(self, table: Table[Any], rows: FixtureRows[Any], transaction: Transaction) -> None:
        table.hold_sealed()
        self._table, self._transaction = table, transaction
        table_def = rows.table_def
        self._key, self._indexed, self._name = table_def.key, table_def.indexed, table_def.name
        self._base = rows.records
        self._own, self._buckets = table.overlay
        self._indexes = [(name, getter, rows.index(name)) for name, getter in table_def.indexes.items()]
        self._multikeys = [(name, getter, rows.index(name)) for name, getter in table_def.multikeys.items()]
        # What the indexes read of records that were replaced, which are likely to be replaced again.
        self._indexed_last: dict[Hashable, Any] = {}

    def put(self, outline: Any, record: Any) -> None:
        """Add a record, or replace the record under the same key."""
        own = self._own
        key = self._key(outline)
        old = own.get(key, _NOTHING)
        if old is _NOTHING:
            old = self._base.get(key)
        if old is None:
            own[key] = record
            self._link_all(outline, key)
        else:
            indexed = self._indexed(outline)
            if (self._indexed_last.get(key) or self._indexed(outline_record(old))) != indexed:
                self._indexed_last.pop(key, None)
                self._table.put(open_record(record))  # because a key that leaves a bucket is gone only at the commit
                return
            own[key] = record
            self._indexed_last[key] = indexed
        self._transaction.writes += (self._name, key, old, record)  # type: ignore[operator] # a list meanwhile

    def delete(self, key: Any) -> None:
        """Delete the record under a key, if there is one."""
        self._indexed_last.pop(key, None)
        self._table.delete(key)

    def _link_all(self, outline: Any, key: Hashable) -> None:
        for name, getter, fixtures in self._indexes:
            value = getter(outline)
            buckets = self._buckets.get(name)
            if buckets is None:
                buckets = self._buckets[name] = {}
            bucket = buckets.get(value)
            if bucket is None and value not in fixtures:
                buckets[value] = key
            elif type(bucket) is dict:
                bucket[key] = True
            else:
                _widen(buckets, value, key, bucket, fixtures)
        for name, getter, fixtures in self._multikeys:
            buckets = self._buckets.setdefault(name, {})
            for value in dict.fromkeys(getter(outline)):
                bucket = buckets.get(value)
                if bucket is None and value not in fixtures:
                    buckets[value] = key
                elif type(bucket) is dict:
                    bucket[key] = True
                else:
                    _widen(buckets, value, key, bucket, fixtures)


def _widen(buckets: dict[Any, Bucket], value: Any, key: Hashable, bucket: Any, fixtures: Any) -> None:
    """Put a key into a bucket that was a single key, or the fixtures'."""
    held = fixtures.get(value, ()) if bucket is None else (bucket,)
    keys = buckets[value] = dict.fromkeys(held, True)
    keys[key] = True
