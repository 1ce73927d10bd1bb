"""The records of a provider: all of them, one table, one record; written under the checks of a fixture file."""

from typing import Any, Final

from paysandbox.control.lookup import state_of
from paysandbox.control.records import all_shown, dangling, named, referrers, shown, taken_in
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import Record, State
from paysandbox.store.tables import TableDef

TOLD: Final = 50  # findings in one refusal
FINDING_LENGTH: Final = 400
REFERRERS_TOLD: Final = 3


def get_state(call: Call, runtime: Runtime) -> Reply:
    """Every table of a provider with its records by key."""
    state = state_of(call, runtime)
    return Reply(200, {name: all_shown(state.table(name), table_def) for name, table_def in state.table_defs().items()})


def get_table(call: Call, runtime: Runtime) -> Reply:
    """The records of one table by key.

    Raises:
        NotFound: no such namespace, provider or table.
    """
    state = state_of(call, runtime)
    table_def = _shape_of(call, state)
    return Reply(200, all_shown(state.table(table_def.name), table_def))


def get_record(call: Call, runtime: Runtime) -> Reply:
    """One record.

    Raises:
        NotFound: no such namespace, provider, table or key.
    """
    state = state_of(call, runtime)
    return Reply(200, shown(_record_of(call, state, _shape_of(call, state))))


def put_record(call: Call, runtime: Runtime) -> Reply:
    """Write a record, in the place of the one under its key if there is one.

    Raises:
        NotFound: no such namespace, provider or table.
        NotAllowed: with everything that keeps the body from being the record of this key.
    """
    state = state_of(call, runtime)
    table_def = _shape_of(call, state)
    record, findings = taken_in(call.body, table_def)
    if record is None:
        raise _not_a_record(findings, table_def)
    table = state.table(table_def.name)
    with state.transaction():
        is_new = table.get(table_def.key(record)) is None
        table.put(record)
        # Looked at when it is in its place: a record may refer to itself.
        findings = [*_other_key(record, table_def, call.path["key"]), *dangling(record, table_def, state)]
        if findings:
            raise _not_a_record(findings, table_def)
    return Reply(201 if is_new else 200, shown(record))


def delete_record(call: Call, runtime: Runtime) -> Reply:
    """Remove a record.

    Raises:
        NotFound: no such namespace, provider, table or key.
        Conflict: another record refers to it.
    """
    state = state_of(call, runtime)
    table_def = _shape_of(call, state)
    key = table_def.key(_record_of(call, state, table_def))
    referring = referrers(key, table_def.name, state)
    if referring:
        more = len(referring) - REFERRERS_TOLD
        told = ", ".join(referring[:REFERRERS_TOLD]) + (f" and {more} more" if more > 0 else "")
        raise Conflict(f"{table_def.name}/{key} is referred to by {told}; delete those first, or refer them to another")
    with state.transaction():
        state.table(table_def.name).delete(key)
    return Reply(204)


def _shape_of(call: Call, state: State) -> TableDef[Any]:
    """How the records of the path's table are kept."""
    table_defs = state.table_defs()
    name = call.path["table"]
    if name not in table_defs:
        raise NotFound(f"{call.path['provider']} has no table {name!r}; there are {', '.join(table_defs)}")
    return table_defs[name]


def _record_of(call: Call, state: State, table_def: TableDef[Any]) -> Record:
    """The record of the path's key."""
    text = call.path["key"]
    found = named(text, state.table(table_def.name))
    if found is None:
        raise NotFound(f"{table_def.name} has no record under the key {text!r}; GET the table to see all its keys")
    return found


def _other_key(record: Record, table_def: TableDef[Any], text: str) -> list[str]:
    key = str(table_def.key(record))
    return [] if key == text else [f"the record's key is {key!r}, so it cannot stand under {text!r}"]


def _not_a_record(findings: list[str], table_def: TableDef[Any]) -> NotAllowed:
    told = [one if len(one) <= FINDING_LENGTH else one[:FINDING_LENGTH] + "…" for one in findings[:TOLD]]
    more = [f"and {len(findings) - TOLD} more"] if len(findings) > TOLD else []
    return NotAllowed(f"it is not a record of {table_def.name}: {'; '.join([*told, *more])}")
