"""The invariant that all providers with references between tables share."""

from collections.abc import Iterator
from typing import Final

from paysandbox.kit.provider import Invariant
from paysandbox.store.state import State


def _find_missing(state: State) -> Iterator[str]:
    for name, table_def in state.table_defs().items():
        for record in state.table(name).records():
            for attribute, target in table_def.refers.items():
                reference = getattr(record, attribute)
                if reference is not None and state.table(target).get(reference) is None:
                    yield f"{name}/{table_def.key(record)}: {attribute} is {reference}, but {target} has no such record"


REFERENCES_HOLD: Final = Invariant(
    id="nothing-names-what-is-missing", says="Every record that another record refers to exists.", broken=_find_missing
)
