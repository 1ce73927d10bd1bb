"""An invariant that holds in every ledger."""

from collections.abc import Iterator
from typing import Final

from paysandbox.kit.provider import Invariant
from paysandbox.store.state import State


def _missing(state: State) -> Iterator[str]:
    for name, table_def in state.table_defs().items():
        for record in state.table(name).records():
            for attribute, target in table_def.refers.items():
                named = getattr(record, attribute)
                if named is not None and state.table(target).get(named) is None:
                    yield f"{name}/{table_def.key(record)}: {attribute} is {named}, but {target} has no such record"


REFERENCES_HOLD: Final = Invariant(
    id="nothing-names-what-is-missing", says="Every record that another one names is there.", broken=_missing
)
