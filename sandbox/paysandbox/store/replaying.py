"""Bring a table on by records that another state has written, with less work than writing them took."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

from paysandbox.store.overlays import Bucket
from paysandbox.store.sealing import open_record, outline_record
from paysandbox.store.tables import FixtureRows, Table
from paysandbox.store.transaction import Transaction
from paysandbox.store.writes import Writes

_NOTHING: Final = object()
_FEW: Final = 4  # records; to link so many by columns takes as long as one by one


class TableWrites(NamedTuple):
    """What one or more calls have written to a table, in order, in columns.

    `calls` has the number of each write's call, `deleted` the key of a record that it deletes. Else `outlines` has what
    has the key of the record and all that the indexes read of it, as the record itself has; `records` the record, which
    may be sealed. What a write does not have is None.
    """

    calls: Sequence[int]
    deleted: Sequence[Hashable]
    outlines: Sequence[Any]
    records: Sequence[Any]


class WriteColumns(NamedTuple):
    """Writes as a journal keeps them, in columns."""

    tables: Sequence[str]
    keys: Sequence[Hashable]
    before: Sequence[Any]
    after: Sequence[Any]


Replayed = WriteColumns | Sequence[Writes]  # one for each write; empty if that changes nothing


class TableReplay:
    """Makes writes to a table for good: as `Table.put` does, without noting what an undo needs.

    Ends with the next restoring of the table.
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

    def replay(self, writes: TableWrites) -> Replayed:
        """Make the writes, and return them as a journal keeps them."""
        if writes.calls and writes.deleted.count(None) == len(writes.deleted):
            keys = list(map(self._key, writes.outlines))
            replaced = self._add_all(keys, writes) or self._put_one(keys, writes) or self._put_all(keys, writes)
            if replaced is not None:
                return WriteColumns([self._name] * len(keys), keys, replaced, writes.records)
        return self._replay_calls(writes)

    def _add_all(self, keys: list[Hashable], writes: TableWrites) -> Sequence[None] | None:
        """Add records that are all new, and return what they replace; None, and nothing is changed, if one is not."""
        own, added = self._own, dict(zip(keys, writes.records, strict=True))
        if len(added) < len(keys) or not (own.keys().isdisjoint(added) and self._base.keys().isdisjoint(added)):
            return None
        own.update(added)
        if len(keys) < _FEW:
            for key, outline in zip(keys, writes.outlines, strict=True):
                self._link(outline, key)
        else:
            self._link_all(keys, writes.outlines)
        return [None] * len(keys)

    def _put_one(self, keys: list[Hashable], writes: TableWrites) -> Sequence[Any] | None:
        """Put one record again and again, such as a balance that each call changes; otherwise as `_put_all`."""
        key, own = keys[0], self._own
        if keys.count(key) < len(keys):
            return None
        old = own.get(key, _NOTHING)
        if old is _NOTHING:
            old = self._base.get(key)
        if old is None:
            return None
        indexed = list(map(self._indexed, writes.outlines))
        before = self._indexed_last.get(key) or self._indexed(outline_record(old))
        if indexed.count(before) < len(indexed):
            return None
        own[key], self._indexed_last[key] = writes.records[-1], before
        return [old, *writes.records[:-1]]

    def _put_all(self, keys: list[Hashable], writes: TableWrites) -> Sequence[Any] | None:
        """Put records, and return what each replaces; None, and nothing is changed, if one is indexed in another way.

        What leaves a place in an index is gone only at the end of its call, so such calls are made one by one.
        """
        own, base, replaced = self._own, self._base, []
        added: dict[Hashable, Any] = {}
        latest: dict[Hashable, Any] = {}
        indexed_last: dict[Hashable, Any] = {}
        for key, outline, record in zip(keys, writes.outlines, writes.records, strict=True):
            old = latest.get(key, _NOTHING)
            if old is _NOTHING:
                old = own.get(key, _NOTHING)
                if old is _NOTHING:
                    old = base.get(key)
            if old is None:
                added[key] = outline
            else:
                indexed = self._indexed(outline)
                before = indexed_last.get(key) or self._indexed_last.get(key)
                if (before or self._indexed(added.get(key) or outline_record(old))) != indexed:
                    return None
                indexed_last[key] = indexed
            latest[key] = record
            replaced.append(old)
        own.update(latest)
        self._indexed_last.update(indexed_last)
        for key, outline in added.items():
            self._link(outline, key)
        return replaced

    def _replay_calls(self, writes: TableWrites) -> Sequence[Writes]:
        """Make the writes of one call after another."""
        transaction, last = self._transaction, None
        made: list[Writes] = []
        for call, deleted, outline, record in zip(*writes, strict=True):
            if call != last and transaction.changes:
                transaction.commit()
            last = call
            transaction.writes = []
            if outline is None:
                self._indexed_last.pop(deleted, None)
                self._table.delete(deleted)
            else:
                self._put(outline, record)
            made.append(tuple(transaction.writes))
        transaction.commit()
        transaction.writes = None
        return made

    def _put(self, outline: Any, record: Any) -> None:
        """Add a record, or replace the record under the same key; `transaction.writes` must be a list."""
        own = self._own
        key = self._key(outline)
        old = own.get(key, _NOTHING)
        if old is _NOTHING:
            old = self._base.get(key)
        if old is None:
            own[key] = record
            self._link(outline, key)
        else:
            indexed = self._indexed(outline)
            if (self._indexed_last.get(key) or self._indexed(outline_record(old))) != indexed:
                self._indexed_last.pop(key, None)
                self._table.put(open_record(record))  # because a key that leaves a bucket is gone only at the commit
                return
            own[key] = record
            self._indexed_last[key] = indexed
        self._transaction.writes += (self._name, key, old, record)  # type: ignore[operator] # a list meanwhile

    def _link_all(self, keys: Sequence[Hashable], outlines: Sequence[Any]) -> None:
        """Put new records into the indexes."""
        for name, getter, fixtures in self._indexes:
            values = list(map(getter, outlines))
            buckets = self._buckets.setdefault(name, {})
            singles = dict(zip(values, keys, strict=True))
            if len(singles) == 1:
                _place_together(buckets, values[0], keys, fixtures)
            elif (
                len(singles) == len(keys)
                and buckets.keys().isdisjoint(singles)
                and singles.keys().isdisjoint(fixtures.keys())
            ):
                buckets.update(singles)
            else:
                _place_all(buckets, zip(values, keys, strict=True), fixtures)
        for name, getter, fixtures in self._multikeys:
            several = list(map(getter, outlines))
            buckets = self._buckets.setdefault(name, {})
            if several.count(several[0]) == len(several):
                for value in dict.fromkeys(several[0]):
                    _place_together(buckets, value, keys, fixtures)
            else:
                pairs = [
                    (value, key)
                    for key, values in zip(keys, several, strict=True)
                    for value in (values if len(values) == 1 else dict.fromkeys(values))
                ]
                _place_all(buckets, pairs, fixtures)

    def _link(self, outline: Any, key: Hashable) -> None:
        """Put a new record into the indexes."""
        for name, getter, fixtures in self._indexes:
            _place(self._buckets.setdefault(name, {}), getter(outline), key, fixtures)
        for name, getter, fixtures in self._multikeys:
            buckets = self._buckets.setdefault(name, {})
            for value in dict.fromkeys(getter(outline)):
                _place(buckets, value, key, fixtures)


def _place_all(buckets: dict[Any, Bucket], pairs: Iterable[tuple[Any, Hashable]], fixtures: Any) -> None:
    """Put keys under values of an index; most values have several keys already."""
    for value, key in pairs:
        bucket = buckets.get(value)
        if type(bucket) is dict:
            bucket[key] = True
        else:
            _place(buckets, value, key, fixtures)


def _place_together(buckets: dict[Any, Bucket], value: Any, keys: Sequence[Hashable], fixtures: Any) -> None:
    """Put keys, which are not under it yet, under one value of an index."""
    bucket = buckets.get(value)
    if type(bucket) is dict:
        bucket.update(dict.fromkeys(keys, True))
    else:
        _place_all(buckets, zip(repeat(value), keys), fixtures)


def _place(buckets: dict[Any, Bucket], value: Any, key: Hashable, fixtures: Any) -> None:
    """Put a key under a value of an index; what the fixtures have under it is copied first."""
    bucket: Any = buckets.get(value)
    if type(bucket) is dict:
        bucket[key] = True
    elif bucket is None and value not in fixtures:
        buckets[value] = key
    else:
        held = fixtures[value] if bucket is None else (bucket,)
        buckets[value] = {**dict.fromkeys(held, True), key: True}
