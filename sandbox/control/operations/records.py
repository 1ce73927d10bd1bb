"""The records of a provider: all of them, one table, one record; written under the checks of a fixture file."""

from typing import Any, Final

from sandbox.control.looking import state_of
from sandbox.control.records import all_shown, dangling, named, referrers, shown, taken_in
from sandbox.exchange import Call, Reply
from sandbox.problems import Conflict, NotAllowed, NotFound
from sandbox.state import Record, State
from sandbox.tables import Shape
from sandbox.world import World

TOLD: Final = 50  # findings in one refusal
FINDING_LENGTH: Final = 400
REFERRERS_TOLD: Final = 3


def get_state(call: Call, world: World) -> Reply:
    """Every table of a provider with its records by key."""
    state = state_of(call, world)
    return Reply(200, {name: all_shown(state.table(name), shape) for name, shape in state.shapes().items()})


def get_table(call: Call, world: World) -> Reply:
    """The records of one table by key.

    Raises:
        NotFound: no such namespace, provider or table.
    """
    state = state_of(call, world)
    shape = _shape_of(call, state)
    return Reply(200, all_shown(state.table(shape.name), shape))


def get_record(call: Call, world: World) -> Reply:
    """One record.

    Raises:
        NotFound: no such namespace, provider, table or key.
    """
    state = state_of(call, world)
    return Reply(200, shown(_record_of(call, state, _shape_of(call, state))))


def put_record(call: Call, world: World) -> Reply:
    """Write a record, in the place of the one under its key if there is one.

    Raises:
        NotFound: no such namespace, provider or table.
        NotAllowed: with everything that keeps the body from being the record of this key.
    """
    state = state_of(call, world)
    shape = _shape_of(call, state)
    record, findings = taken_in(call.body, shape)
    if record is None:
        raise _not_a_record(findings, shape)
    table = state.table(shape.name)
    with state.transaction():
        is_new = table.get(shape.key(record)) is None
        table.put(record)
        # Looked at when it is in its place: a record may refer to itself.
        findings = [*_other_key(record, shape, call.path["key"]), *dangling(record, shape, state)]
        if findings:
            raise _not_a_record(findings, shape)
    return Reply(201 if is_new else 200, shown(record))


def delete_record(call: Call, world: World) -> Reply:
    """Remove a record.

    Raises:
        NotFound: no such namespace, provider, table or key.
        Conflict: another record refers to it.
    """
    state = state_of(call, world)
    shape = _shape_of(call, state)
    key = shape.key(_record_of(call, state, shape))
    referring = referrers(key, shape.name, state)
    if referring:
        more = len(referring) - REFERRERS_TOLD
        told = ", ".join(referring[:REFERRERS_TOLD]) + (f" and {more} more" if more > 0 else "")
        raise Conflict(f"{shape.name}/{key} is referred to by {told}; delete those first, or refer them to another")
    with state.transaction():
        state.table(shape.name).delete(key)
    return Reply(204)


def _shape_of(call: Call, state: State) -> Shape[Any]:
    """How the records of the path's table are kept."""
    shapes = state.shapes()
    name = call.path["table"]
    if name not in shapes:
        raise NotFound(f"{call.path['provider']} has no table {name!r}; there are {', '.join(shapes)}")
    return shapes[name]


def _record_of(call: Call, state: State, shape: Shape[Any]) -> Record:
    """The record of the path's key."""
    text = call.path["key"]
    found = named(text, state.table(shape.name))
    if found is None:
        raise NotFound(f"{shape.name} has no record under the key {text!r}; GET the table to see all its keys")
    return found


def _other_key(record: Record, shape: Shape[Any], text: str) -> list[str]:
    key = str(shape.key(record))
    return [] if key == text else [f"the record's key is {key!r}, so it cannot stand under {text!r}"]


def _not_a_record(findings: list[str], shape: Shape[Any]) -> NotAllowed:
    told = [one if len(one) <= FINDING_LENGTH else one[:FINDING_LENGTH] + "…" for one in findings[:TOLD]]
    more = [f"and {len(findings) - TOLD} more"] if len(findings) > TOLD else []
    return NotAllowed(f"it is not a record of {shape.name}: {'; '.join([*told, *more])}")
