"""Records as tests see and write them: JSON under the provider's own names, found by their keys as text."""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any, Final

import msgspec

from paysandbox.kit.fixtures import record_findings
from paysandbox.store.state import Record, State, Table
from paysandbox.store.tables import Difference, TableDef

_WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,99}", re.ASCII)
_NO_MEMBER: Final = object()

Members = dict[str, Any]
Path = tuple[str | int, ...]


def shown(record: Record) -> Members:
    """A record as JSON members under the provider's wire names: dates as ISO 8601 text, amounts as exact numbers."""
    members: Members = msgspec.to_builtins(record, builtin_types=(Decimal,))
    return members


def all_shown(table: Table[Any], table_def: TableDef[Any]) -> dict[str, Members]:
    """Every record of a table by its key as text: the fixtures' in their order, then those that came later."""
    return {str(table_def.key(record)): shown(record) for record in table.records()}


def difference_shown(difference: Difference) -> dict[str, dict[str, Any]]:
    """How a table differs: added and removed records whole, of changed ones the members that differ."""
    return {
        "added": {str(key): shown(record) for key, record in difference.added.items()},
        "changed": {str(key): _changed(shown(old), shown(new)) for key, (old, new) in difference.changed.items()},
        "removed": {str(key): shown(record) for key, record in difference.removed.items()},
    }


def _changed(before: Members, after: Members) -> dict[str, Members]:
    differ = [name for name in {**before, **after} if before.get(name, _NO_MEMBER) != after.get(name, _NO_MEMBER)]
    return {
        "before": {name: before[name] for name in differ if name in before},
        "after": {name: after[name] for name in differ if name in after},
    }


def named(text: str, table: Table[Any]) -> Record | None:
    """The record whose key this text is; a key that is a number has one form only, so `01` and `+1` name nothing."""
    record: Record | None = table.get(text)
    if record is None and _WHOLE_NUMBER.fullmatch(text):
        record = table.get(int(text))
    return record


def taken_in(members: Members, table_def: TableDef[Any]) -> tuple[Record | None, list[str]]:
    """The record that JSON members make, or None and everything that keeps them from being one.

    What is wrong is said as in a fixture file, each with the JSON pointer of its member.
    """
    # msgspec takes text for a decimal number, `NaN` too; comparing that must not raise before it is told.
    with localcontext() as context:
        context.clear_traps()
        texts = [_told(where, "it must be a number, not text") for where in _texts(members, table_def.record)]
        try:
            record: Record = msgspec.convert(members, table_def.record)
        except msgspec.ValidationError as error:
            found = [_told(where, what) for where, what in record_findings(members, table_def.record)]
            # A record may also be wrong as a whole (its own check failed), with no member to blame.
            return None, [*found, *texts] or [str(error)]
    return (None, texts) if texts else (record, [])


def _texts(members: Members, kind: type[Record]) -> Iterator[Path]:
    """Where text stands that would be taken for a number, in the members that are right otherwise."""
    for field in msgspec.structs.fields(kind):
        given = members.get(field.encode_name)
        try:
            kept = msgspec.to_builtins(msgspec.convert(given, field.type), builtin_types=(Decimal,))
        except msgspec.ValidationError:
            continue
        yield from _texts_in((field.encode_name,), given, kept)


def _texts_in(where: Path, given: Any, kept: Any) -> Iterator[Path]:
    if isinstance(given, str) and isinstance(kept, Decimal):
        yield where
    elif isinstance(given, dict) and isinstance(kept, dict):
        for name in given:
            yield from _texts_in((*where, name), given[name], kept.get(name))
    elif isinstance(given, list) and isinstance(kept, list | tuple):
        for number, (one, other) in enumerate(zip(given, kept, strict=False)):
            yield from _texts_in((*where, number), one, other)


def _told(where: Path, what: str) -> str:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in where)
    return f"{pointer}: {what}" if where else what


def dangling(record: Record, table_def: TableDef[Any], state: State) -> Iterator[str]:
    """What a record refers to and is not there."""
    for attribute, target in table_def.refers.items():
        key = getattr(record, attribute)
        if key is not None and state.table(target).get(key) is None:
            yield _told((_wire_name(table_def, attribute),), f"{key!r} is not in {target}")


def referrers(key: Any, table: str, state: State) -> list[str]:
    """Which other records refer to the one under this key, as `table/key`."""
    found = []
    for name, table_def in state.table_defs().items():
        attributes = [attribute for attribute, target in table_def.refers.items() if target == table]
        for record in state.table(name).records() if attributes else ():
            itself = name == table and table_def.key(record) == key
            if not itself and any(getattr(record, attribute) == key for attribute in attributes):
                found.append(f"{name}/{table_def.key(record)}")
    return found


def _wire_name(table_def: TableDef[Any], attribute: str) -> str:
    fields = msgspec.structs.fields(table_def.record)
    return next(field.encode_name for field in fields if field.name == attribute)
