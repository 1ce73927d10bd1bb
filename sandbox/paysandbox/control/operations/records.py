"""The records of a provider: read all, a table or a record; write and delete under the checks of a fixture file."""

from typing import Any, Final

from paysandbox.control.lookup import find_state
from paysandbox.control.records import (
    decode_properties,
    encode_record,
    encode_table,
    find_dangling_references,
    find_record,
    find_referrers,
    make_violation,
    refuse_all,
)
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound, Violation
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import Record, State
from paysandbox.store.tables import TableDef

REFERRERS_SHOWN: Final = 3


def get_state(call: Call, runtime: Runtime) -> Reply:
    """Return every table of a provider, its records by key."""
    state = find_state(call, runtime)
    return Reply(
        200, {name: encode_table(state.table(name), table_def) for name, table_def in state.table_defs().items()}
    )


def get_table(call: Call, runtime: Runtime) -> Reply:
    """Return the records of a table by key.

    Raises:
        NotFound: no such namespace, provider or table.
    """
    state = find_state(call, runtime)
    table_def = _find_table_def(call, state)
    return Reply(200, encode_table(state.table(table_def.name), table_def))


def get_record(call: Call, runtime: Runtime) -> Reply:
    """Return a record.

    Raises:
        NotFound: no such namespace, provider, table or key.
    """
    state = find_state(call, runtime)
    return Reply(200, encode_record(_find_record_of(call, state, _find_table_def(call, state))))


def put_record(call: Call, runtime: Runtime) -> Reply:
    """Write a record; replace the record of the same key.

    Raises:
        NotFound: no such namespace, provider or table.
        NotAllowed: the body is not a valid record of this key; the message lists all errors.
    """
    state = find_state(call, runtime)
    table_def = _find_table_def(call, state)
    record, wrong = decode_properties(call.body, table_def)
    if record is None:
        raise _refuse_record(wrong, table_def)
    table = state.table(table_def.name)
    with state.transaction():
        is_new = table.get(table_def.key(record)) is None
        table.put(record)
        # Checked after the write, because a record may refer to itself.
        wrong = [
            *_check_key(record, table_def, call.path["key"]),
            *find_dangling_references(record, table_def, state),
        ]
        if wrong:
            raise _refuse_record(wrong, table_def)
    return Reply(201 if is_new else 200, encode_record(record))


def delete_record(call: Call, runtime: Runtime) -> Reply:
    """Delete a record.

    Raises:
        NotFound: no such namespace, provider, table or key.
        Conflict: another record refers to it.
    """
    state = find_state(call, runtime)
    table_def = _find_table_def(call, state)
    key = table_def.key(_find_record_of(call, state, table_def))
    referring = find_referrers(key, table_def.name, state)
    if referring:
        more = len(referring) - REFERRERS_SHOWN
        listed = ", ".join(referring[:REFERRERS_SHOWN]) + (f" and {more} more" if more > 0 else "")
        raise Conflict(
            f"{table_def.name}/{key} is referred to by {listed}; delete those first, or change what they refer to",
            at="{key}",
        )
    with state.transaction():
        state.table(table_def.name).delete(key)
    return Reply(204)


def _find_table_def(call: Call, state: State) -> TableDef[Any]:
    table_defs = state.table_defs()
    name = call.path["table"]
    if name not in table_defs:
        message = f"{call.path['provider']} has no table {name!r}; there are {', '.join(table_defs)}"
        raise NotFound(message, at="{table}")
    return table_defs[name]


def _find_record_of(call: Call, state: State, table_def: TableDef[Any]) -> Record:
    text = call.path["key"]
    found = find_record(text, state.table(table_def.name))
    if found is None:
        message = f"{table_def.name} has no record with the key {text!r}; GET the table to list its keys"
        raise NotFound(message, at="{key}")
    return found


def _check_key(record: Record, table_def: TableDef[Any], text: str) -> list[Violation]:
    key = str(table_def.key(record))
    return [] if key == text else [make_violation((), f"the record's key is {key!r}, but the path says {text!r}")]


def _refuse_record(wrong: list[Violation], table_def: TableDef[Any]) -> NotAllowed:
    return refuse_all(f"the body is not a valid record of {table_def.name}", wrong)
