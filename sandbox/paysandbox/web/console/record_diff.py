"""Changes of records, property by property, for pages to show."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from paysandbox.core.exact_json import write_json

ADDED = "added"
CHANGED = "changed"
REMOVED = "removed"


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


def list_changes(provider: str, table: str, difference: Mapping[str, Mapping[str, Any]]) -> Iterator[RecordChange]:
    """Yield the changes of a table; `difference` is that of `encode_difference`."""
    for key, record in difference[ADDED].items():
        yield RecordChange(provider, table, key, ADDED, _compare({}, record))
    for key, change in difference[CHANGED].items():
        yield RecordChange(provider, table, key, CHANGED, _compare(change["before"], change["after"]))
    for key, record in difference[REMOVED].items():
        yield RecordChange(provider, table, key, REMOVED, _compare(record, {}))


def read_call_changes(changes: Iterable[Mapping[str, Any]]) -> Iterator[RecordChange]:
    """Yield the `changes` of a call as the journal describes them."""
    for change in changes:
        before, after = change["before"], change["after"]
        kind = ADDED if before is None else REMOVED if after is None else CHANGED
        yield RecordChange(
            change["provider"], change["table"], change["key"], kind, _compare(before or {}, after or {})
        )


def _compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[PropertyChange, ...]:
    return tuple(PropertyChange(name, _write(before, name), _write(after, name)) for name in {**before, **after})


def _write(record: Mapping[str, Any], name: str) -> str | None:
    if name not in record:
        return None
    value = record[name]
    text = write_json(value)
    return (msgspec.json.format(text, indent=2) if isinstance(value, dict | list) else text).decode()
