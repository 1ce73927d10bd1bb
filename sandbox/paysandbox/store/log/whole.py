"""A namespace as a whole, for a log that need not be read from its beginning, and for copies of a namespace."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from paysandbox.store.log.changes import DescribedBucket, WholeSnapshot, WholeState, WholeTable
from paysandbox.store.log.codec import Codec
from paysandbox.store.namespace import Snapshot
from paysandbox.store.overlays import Bucket, Overlay
from paysandbox.store.sealing import LazyRecords, SealedRecord, open_record, outline_record
from paysandbox.store.state import Baseline, StateSnapshot
from paysandbox.store.tables import FixtureRows


def describe_snapshot(snapshot: Snapshot, baselines: Mapping[str, Baseline], codec: Codec) -> WholeSnapshot:
    """Describe the states of all providers."""
    return {name: describe_state(saved, baselines[name], codec) for name, saved in snapshot.items()}


def read_snapshot(whole: WholeSnapshot, baselines: Mapping[str, Baseline], codec: Codec) -> Snapshot:
    """Return the states that were described; raises what `read_state` raises."""
    return {name: read_state(saved, baselines[name], codec) for name, saved in whole.items()}


def describe_state(snapshot: StateSnapshot, baseline: Baseline, codec: Codec) -> WholeState:
    """Describe a state as its difference from the fixtures."""
    return WholeState(
        {
            name: _describe_table(overlay, baseline.fixture_rows[name], codec)
            for name, overlay in snapshot.tables.items()
            if overlay.records
        },
        dict(snapshot.counters),
    )


def read_state(whole: WholeState, baseline: Baseline, codec: Codec) -> StateSnapshot:
    """Return the state that was described.

    Raises:
        StoreError: a record cannot be read.
    """
    return StateSnapshot(
        {
            name: _read_table(table, baseline.fixture_rows[name], codec, (baseline.provider, name))
            for name, table in whole.tables.items()
        },
        dict(whole.counters),
    )


def _describe_table(overlay: Overlay, rows: FixtureRows[Any], codec: Codec) -> WholeTable:
    shown = {key: outline_record(record) for key, record in _list_held(overlay.records) if record is not None}
    return WholeTable(
        [
            (key, None) if record is None else (None, _write(record, codec))
            for key, record in _list_held(overlay.records)
        ],
        {
            index: [_describe_bucket(index, value, bucket, shown, rows) for value, bucket in buckets.items()]
            for index, buckets in overlay.buckets.items()
        },
    )


def _describe_bucket(
    index: str, value: Any, bucket: Bucket, shown: Mapping[Hashable, Any], rows: FixtureRows[Any]
) -> tuple[Any, int, list[Any]]:
    """Describe a bucket by its keys. Its value has no type of its own, so a record shows it, at a place among several.

    `shown` are the namespace's own records, or outlines of them.
    A bucket without keys is of a value that only the fixtures' records have.
    """
    keys: list[Any] = list(bucket) if isinstance(bucket, dict) else [bucket]
    shown_by: Any = keys[0] if keys else rows.keys(index, value)[0]
    record = _find(shown_by, shown if keys else {}, rows.records)
    return shown_by, _list_values(index, record, rows).index(value), keys


def _read_table(whole: WholeTable, rows: FixtureRows[Any], codec: Codec, name: tuple[str, str]) -> Overlay:
    own, outlines = LazyRecords(), dict[Hashable, Any]()
    found = zip(
        *codec.seal_records(*name, [content for _, content in whole.writes if content is not None]), strict=True
    )
    for key, content in whole.writes:
        if content is None:
            own[key] = None
        else:
            outline, sealed = next(found)
            record_key = rows.table_def.key(outline)
            own[record_key], outlines[record_key] = sealed, outline
    buckets: dict[str, dict[Any, Bucket]] = {}
    for index, described in whole.buckets.items():
        fixtures = rows.index(index)
        keys_under = buckets[index] = {}
        values = _read_values(index, described, outlines, rows)
        for value, (_, _, keys) in zip(values, described, strict=True):
            keys_under[value] = keys[0] if len(keys) == 1 and value not in fixtures else dict.fromkeys(keys, True)
    return Overlay(own, buckets)


def _read_values(
    index: str, described: Sequence[DescribedBucket], outlines: Mapping[Hashable, Any], rows: FixtureRows[Any]
) -> Iterable[Any]:
    """Read the values of an index that buckets are under."""
    shown_by = [shown for shown, _, _ in described]
    if index not in rows.table_def.multikeys and all(keys for _, _, keys in described):
        with suppress(KeyError):  # all are shown by records of the namespace, as mostly
            return list(map(rows.table_def.indexes[index], map(outlines.__getitem__, shown_by)))
    return [
        _list_values(index, _find(shown, outlines if keys else {}, rows.records), rows)[place]
        for shown, place, keys in described
    ]


def _list_held(records: dict[Hashable, Any]) -> Iterable[tuple[Hashable, Any]]:
    return records.held() if isinstance(records, LazyRecords) else records.items()


def _write(record: Any, codec: Codec) -> bytes:
    sealed = isinstance(record, SealedRecord) and record.content
    return sealed or codec.write_record(open_record(record))


def _find(key: Hashable, own: Mapping[Hashable, Any], fixtures: Mapping[Hashable, Any]) -> Any:
    return own[key] if key in own else fixtures[key]


def _list_values(index: str, record: Any, rows: FixtureRows[Any]) -> list[Any]:
    """List the values of an index that a record is found under."""
    multikey = rows.table_def.multikeys.get(index)
    return [rows.table_def.indexes[index](record)] if multikey is None else list(dict.fromkeys(multikey(record)))
