"""What a call changed in the records, as JSON: the differences of each record, credentials masked."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

from paysandbox.control.masking import MASK, Cover, Masks
from paysandbox.control.records import Properties, compare_properties, encode_record
from paysandbox.store.tables import TableDef
from paysandbox.store.writes import Writes, split_writes

MOST: Final = 100  # changed records of a call that are described


def merge_writes(writes: Writes) -> Iterator[tuple[str, Hashable, Any, Any]]:
    """Yield table, key, and the record before and after, once for each record that a call has changed."""
    firsts: dict[tuple[str, Hashable], Any] = {}
    lasts: dict[tuple[str, Hashable], Any] = {}
    for table, key, before, after in split_writes(writes):
        firsts.setdefault((table, key), before)
        lasts[table, key] = after
    for (table, key), before in firsts.items():
        after = lasts[table, key]
        # By their text, because 225 and 225.00 are equal, and differ on the wire.
        if repr(before) != repr(after):
            yield table, key, before, after


def describe_changes(
    provider: str, writes: Writes | None, table_defs: Mapping[str, TableDef[Any]], masks: Masks, cover: Cover
) -> dict[str, Any]:
    """Describe what a call has changed: a created or deleted record whole, of a changed one what differs."""
    if writes is None:
        return {"changes": None, "changes_left_out": 0}
    merged = list(merge_writes(writes))
    changes = []
    for table, key, before, after in merged[:MOST]:
        old, new = _cut(before, after)
        changes.append(
            {
                "provider": provider,
                "table": table,
                "key": MASK if _is_secret(table_defs.get(table), masks) else cover.cover_text(str(key)),
                "before": None if old is None else cover.cover_value(old),
                "after": None if new is None else cover.cover_value(new),
            }
        )
    return {"changes": changes, "changes_left_out": len(merged) - len(changes)}


def _cut(before: Any, after: Any) -> tuple[Properties | None, Properties | None]:
    old = None if before is None else encode_record(before)
    new = None if after is None else encode_record(after)
    if old is None or new is None:
        return old, new
    differing = compare_properties(old, new)
    return differing["before"], differing["after"]


def _is_secret(table_def: TableDef[Any] | None, masks: Masks) -> bool:
    return table_def is not None and masks.is_property(table_def.key_name)
