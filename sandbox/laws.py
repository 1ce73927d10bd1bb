"""A law that holds in every ledger."""

from collections.abc import Iterator
from typing import Final

from sandbox.provider import Law
from sandbox.state import State


def _missing(state: State) -> Iterator[str]:
    for name, shape in state.shapes().items():
        for record in state.table(name).records():
            for attribute, target in shape.refers.items():
                named = getattr(record, attribute)
                if named is not None and state.table(target).get(named) is None:
                    yield f"{name}/{shape.key(record)}: {attribute} is {named}, but {target} has no such record"


REFERENCES_HOLD: Final = Law(
    id="nothing-names-what-is-missing", says="Every record that another one names is there.", broken=_missing
)
