"""What changes that are made together have written, in columns by provider and table."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from paysandbox.store.log.changes import StateChange
from paysandbox.store.log.sealed import RawChange

_FEW: Final = 4  # changes; to look whether so many are alike takes as long as gathering one by one


class Columns(NamedTuple):
    """The writes to one table in their order: the number of each one's change, its key and its content.

    One of the last two is None: see `EncodedWrite`. The numbers are a range if each change has written once, to the
    same tables in the same order.
    """

    numbers: Sequence[int]
    keys: Sequence[Any]
    contents: Sequence[bytes | None]


def gather_writes(changes: Sequence[RawChange]) -> dict[str, dict[str, Columns]]:
    """Gather what changes have written, by provider and table."""
    states = [change.states for change in changes]
    found = _gather_alike(states) if len(states) >= _FEW else None
    return _gather_each(states) if found is None else found


def _gather_alike(states: Sequence[Sequence[StateChange]]) -> dict[str, dict[str, Columns]] | None:
    """Gather writes of changes of one provider that have written to the same tables, as calls of one operation have.

    None if they differ.
    """
    try:
        ones = [one for (one,) in states]
        by_place = list(zip(*[one.writes for one in ones], strict=True))
    except ValueError:
        return None
    provider, number = ones[0].provider, len(ones)
    if [one.provider for one in ones].count(provider) < number:
        return None
    tables: dict[str, Columns] = {}
    for writes in by_place:
        names, keys, contents = zip(*writes, strict=True)
        if names[0] in tables or names.count(names[0]) < number:
            return None
        tables[names[0]] = Columns(range(number), keys, contents)
    return {provider: tables}


def _gather_each(states: Sequence[Sequence[StateChange]]) -> dict[str, dict[str, Columns]]:
    found: dict[str, dict[str, Columns]] = {}
    for number, several in enumerate(states):
        for state in several:
            of_tables = found.get(state.provider)
            if of_tables is None:
                of_tables = found[state.provider] = {}
            for name, key, content in state.writes:
                columns = of_tables.get(name)
                if columns is None:
                    columns = of_tables[name] = Columns([], [], [])
                columns.numbers.append(number)  # type: ignore[attr-defined] # lists
                columns.keys.append(key)  # type: ignore[attr-defined]
                columns.contents.append(content)  # type: ignore[attr-defined]
    return found
