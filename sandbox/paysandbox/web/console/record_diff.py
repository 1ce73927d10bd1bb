"""Changes of records, property by property, for pages to show."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from paysandbox.control.records import compare_properties, encode_record
from paysandbox.core.exact_json import write_json
from paysandbox.store.overlays import Difference

ADDED = "added"
CHANGED = "changed"
REMOVED = "removed"

# Key, and the record before and after; None where there is none.
StoredChange = tuple[str, Any, Any]


class PropertyChange(Struct, frozen=True):
    """A property as JSON before and after; None where the record does not have it."""

    name: str
    before: str | None
    after: str | None


class RecordChange(Struct, frozen=True):
    """A record that was `added`, `changed` or `removed`."""

    provider: str
    table: str
    key: str
    kind: str
    properties: tuple[PropertyChange, ...]


def list_changes(difference: Difference) -> list[StoredChange]:
    """List the changes of a table: records that were added, changed, and removed."""
    return [
        *((str(key), None, record) for key, record in difference.added.items()),
        *((str(key), before, after) for key, (before, after) in difference.changed.items()),
        *((str(key), record, None) for key, record in difference.removed.items()),
    ]


def describe_change(provider: str, table: str, change: StoredChange) -> RecordChange:
    """Describe a change, which encodes its records; of one that was changed only what differs."""
    key, *sides = change
    before, after = (None if record is None else encode_record(record) for record in sides)
    if before is None or after is None:
        return _describe(provider, table, key, {"before": before, "after": after})
    return _describe(provider, table, key, compare_properties(before, after))


def read_call_changes(changes: Iterable[Mapping[str, Any]]) -> Iterator[RecordChange]:
    """Yield the `changes` of a call as the journal describes them."""
    for change in changes:
        yield _describe(change["provider"], change["table"], change["key"], change)


def _describe(provider: str, table: str, key: str, sides: Mapping[str, Any]) -> RecordChange:
    before, after = sides["before"], sides["after"]
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    return RecordChange(provider, table, key, kind, _compare(before or {}, after or {}))


def _compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[PropertyChange, ...]:
    return tuple(PropertyChange(name, _write(before, name), _write(after, name)) for name in {**before, **after})


def _write(record: Mapping[str, Any], name: str) -> str | None:
    if name not in record:
        return None
    value = record[name]
    text = write_json(value)
    return (msgspec.json.format(text, indent=2) if isinstance(value, dict | list) else text).decode()
