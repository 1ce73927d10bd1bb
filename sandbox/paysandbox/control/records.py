"""Records as JSON under the provider's own names, and as text keys."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from paysandbox.core.problems import RULE, NotAllowed, Violation
from paysandbox.kit.fixture_records import Path, decode_record
from paysandbox.store.overlays import Difference
from paysandbox.store.state import Record, State, Table
from paysandbox.store.tables import TableDef

_WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,99}", re.ASCII)
_ABSENT: Final = object()
MOST_VIOLATIONS: Final = 50  # in one refusal
_LONGEST: Final = 400  # characters of the pointer or the message of one

Properties = dict[str, Any]


def encode_record(record: Record) -> Properties:
    """Encode a record under the provider's wire names: dates as ISO 8601 strings, amounts as exact numbers."""
    properties: Properties = msgspec.to_builtins(record, builtin_types=(Decimal,))
    return properties


def encode_table(table: Table[Any], table_def: TableDef[Any]) -> dict[str, Properties]:
    """Encode every record of a table by its key: first the fixtures' in their order, then later ones."""
    return {str(table_def.key(record)): encode_record(record) for record in table.records()}


def encode_difference(difference: Difference) -> dict[str, dict[str, Any]]:
    """Encode how a table differs: added and removed records whole, changed ones by the properties that differ."""
    return {
        "added": {str(key): encode_record(record) for key, record in difference.added.items()},
        "changed": {
            str(key): compare_properties(encode_record(old), encode_record(new))
            for key, (old, new) in difference.changed.items()
        },
        "removed": {str(key): encode_record(record) for key, record in difference.removed.items()},
    }


def compare_properties(before: Properties, after: Properties) -> dict[str, Properties]:
    """Return the properties that differ, `before` and `after`; a property that a side lacks is absent there."""
    differ = [name for name in {**before, **after} if before.get(name, _ABSENT) != after.get(name, _ABSENT)]
    return {
        "before": {name: before[name] for name in differ if name in before},
        "after": {name: after[name] for name in differ if name in after},
    }


def find_record(text: str, table: Table[Any]) -> Record | None:
    """Find the record with this key. An integer key has one spelling: `01` and `+1` find nothing."""
    record: Record | None = table.get(text)
    if record is None and _WHOLE_NUMBER.fullmatch(text):
        record = table.get(int(text))
    return record


def decode_properties(properties: Properties, table_def: TableDef[Any]) -> tuple[Record | None, list[Violation]]:
    """Decode a record; return it, or None and all that is wrong with it."""
    record, errors = decode_record(properties, table_def.record)
    return record, [make_violation(where, what) for where, what in errors]


def make_violation(where: Path, what: str) -> Violation:
    """Return what is wrong at a path into the body, which no schema says."""
    return Violation("".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in where), RULE, what)


def refuse_all(said: str, violations: Sequence[Violation]) -> NotAllowed:
    """Return the refusal of a body with many errors: `said`, and the first ones, each at its pointer, shortened."""
    cut = [_shorten(one) for one in violations[:MOST_VIOLATIONS]]
    shown = [f"{one.pointer}: {one.message}" if one.pointer else one.message for one in cut]
    more = [f"and {len(violations) - MOST_VIOLATIONS} more"] if len(violations) > MOST_VIOLATIONS else []
    return NotAllowed(f"{said}: {'; '.join([*shown, *more])}", violations=cut)


def _shorten(violation: Violation) -> Violation:
    """Cut a long message; of a pointer with a long name, the nearest value around it is left."""
    pointer, message = violation.pointer, violation.message
    while len(pointer) > _LONGEST:
        pointer = pointer.rpartition("/")[0]
    return replace(
        violation, pointer=pointer, message=message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    )


def find_dangling_references(record: Record, table_def: TableDef[Any], state: State) -> Iterator[Violation]:
    """Yield each reference of a record to a record that does not exist."""
    for attribute, target in table_def.refers.items():
        key = getattr(record, attribute)
        if key is not None and state.table(target).get(key) is None:
            yield make_violation((_find_wire_name(table_def, attribute),), f"{key!r} is not in {target}")


def find_referrers(key: Any, table: str, state: State) -> list[str]:
    """List the other records that refer to this key, as `table/key`."""
    found = []
    for name, table_def in state.table_defs().items():
        attributes = [attribute for attribute, target in table_def.refers.items() if target == table]
        for record in state.table(name).records() if attributes else ():
            itself = name == table and table_def.key(record) == key
            if not itself and any(getattr(record, attribute) == key for attribute in attributes):
                found.append(f"{name}/{table_def.key(record)}")
    return found


def _find_wire_name(table_def: TableDef[Any], attribute: str) -> str:
    fields = msgspec.structs.fields(table_def.record)
    return next(field.encode_name for field in fields if field.name == attribute)
