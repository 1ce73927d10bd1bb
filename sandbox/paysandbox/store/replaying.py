"""Bring a table on by records that another state has written, with less work than writing them took."""

from typing import Any, Final

from paysandbox.store.sealing import open_record, outline_record
from paysandbox.store.tables import FixtureRows, Table
from paysandbox.store.transaction import Transaction

_NOTHING: Final = object()


class TableReplay:
    """Puts records into a table for good: as `Table.put` does, without noting what an undo needs.

    Ends with the next restoring of the table.
    """

    __slots__ = ("_base", "_buckets", "_indexed", "_indexes", "_key", "_multikeys", "_name", "_own", "_rest")

    def __init__(self, table: Table[Any], rows: FixtureRows[Any], transaction: Transaction) -> None:
        table.hold_sealed()
        self._rest = table, transaction
        table_def = rows.table_def
        self._key, self._indexed, self._name = table_def.key, table_def.indexed, table_def.name
        self._base = rows.records
        self._own, self._buckets = table.overlay
        self._indexes = [(name, getter, rows.index(name)) for name, getter in table_def.indexes.items()]
        self._multikeys = [(name, getter, rows.index(name)) for name, getter in table_def.multikeys.items()]

    def put(self, outline: Any, record: Any) -> None:
        """Add a record, or replace the record under the same key.

        The record may be sealed; `outline` has its key and what the indexes read of it, as the record itself has.
        """
        own, (table, transaction) = self._own, self._rest
        key = self._key(outline)
        old = own.get(key, _NOTHING)
        if old is _NOTHING:
            old = self._base.get(key)
        if old is not None and self._indexed(outline_record(old)) != self._indexed(outline):
            table.put(open_record(record))  # because a key that leaves a bucket is gone only at the commit
            return
        own[key] = record
        if old is None:
            for name, getter, fixtures in self._indexes:
                self._link(name, getter(outline), key, fixtures)
            for name, getter, fixtures in self._multikeys:
                for value in dict.fromkeys(getter(outline)):
                    self._link(name, value, key, fixtures)
        if transaction.writes is not None:
            transaction.writes += (self._name, key, old, record)

    def delete(self, key: Any) -> None:
        """Delete the record under a key, if there is one."""
        self._rest[0].delete(key)

    def _link(self, index: str, value: Any, key: Any, fixtures: Any) -> None:
        buckets = self._buckets.get(index)
        if buckets is None:
            buckets = self._buckets[index] = {}
        bucket = buckets.get(value)
        if isinstance(bucket, dict):
            bucket[key] = True
        elif bucket is None and value not in fixtures:
            buckets[value] = key
        else:
            keys = buckets[value] = dict.fromkeys(fixtures.get(value, ()) if bucket is None else (bucket,), True)
            keys[key] = True
