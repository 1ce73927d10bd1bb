"""Which call of a change has written which of its records."""

from collections.abc import Mapping, Sequence

from paysandbox.store.journal import Entry
from paysandbox.store.log.sealed import SealedEntry
from paysandbox.store.writes import Writes


def attribute_writes(
    entries: Sequence[Entry | SealedEntry], written: Mapping[str, Writes] | None
) -> Sequence[Writes | None]:
    """Return for each entry of a change what its call has written.

    `written` has the writes of all calls by provider; None if they are not known. A change of several calls does not
    tell them apart, so theirs are not known either.
    """
    if len(entries) == 1:  # as mostly, and with less work
        entry = entries[0]
        is_able = entry.refusal is None and entry.provider
        return (() if not is_able else None if written is None else written.get(entry.provider, ()),)
    able: dict[str, int] = {}  # calls that can have written
    for entry in entries:
        able[entry.provider] = able.get(entry.provider, 0) + (entry.refusal is None)
    found: list[Writes | None] = []
    for entry in entries:
        if entry.refusal is not None or not entry.provider:
            found.append(())
        elif written is None:
            found.append(None)
        else:
            writes = written.get(entry.provider, ())
            found.append(writes if not writes or able[entry.provider] == 1 else None)
    return found
