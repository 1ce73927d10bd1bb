"""Invariants that providers share: references hold, and credentials are of one record."""

from collections.abc import Hashable, Iterator
from operator import attrgetter
from typing import Any, Final

from paysandbox.kit.breaches import Breach
from paysandbox.kit.provider import Invariant
from paysandbox.store.state import State
from paysandbox.store.tables import TableDef


def _find_missing(state: State) -> Iterator[Breach]:
    for name, table_def in state.table_defs().items():
        names = _map_wire_names(table_def)
        for record in state.table(name).records():
            for attribute, target in table_def.refers.items():
                reference = getattr(record, attribute)
                if reference is not None and state.table(target).get(reference) is None:
                    rest = f"but {target} has no such record"
                    yield Breach.of_value(name, table_def.key(record), names[attribute], reference, rest)


REFERENCES_HOLD: Final = Invariant(
    id="nothing-names-what-is-missing", says="Every record that another record refers to exists.", broken=_find_missing
)


def find_shared(state: State, table: str, *fields: str) -> Iterator[Breach]:
    """Yield a breach for each record whose values of these fields an earlier one of the table has; None is no value.

    It names the last field and the other record. It does not show the value, which can be a credential.
    """
    table_def = state.table_defs()[table]
    names = _map_wire_names(table_def)
    get_values = attrgetter(*fields)
    first: dict[Hashable, Any] = {}
    for record in state.table(table).records():
        key, values = table_def.key(record), get_values(record)
        if values is not None and key != (other := first.setdefault(values, key)):
            name = names[fields[-1]]
            yield Breach(table, str(key), f"{name} is the same as that of {table}/{other}", name)


def _map_wire_names(table_def: TableDef[Any]) -> dict[str, str]:
    return dict(zip(table_def.record.__struct_fields__, table_def.record.__struct_encode_fields__, strict=True))


def make_credentials_invariant(table: str, field: str) -> Invariant:
    """Make the invariant that a credential is of one record, because a second one could never be called with it."""
    return Invariant(
        id="credentials-are-of-one-record",
        says=f"No two records of {table} have the same {field}.",
        broken=lambda state: find_shared(state, table, field),
    )
