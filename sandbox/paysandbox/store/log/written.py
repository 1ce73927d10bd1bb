"""Which call of a change has written which of its records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from paysandbox.store.journal import Entry
from paysandbox.store.log.sealed import SealedEntry
from paysandbox.store.writes import Writes

E = TypeVar("E", bound=Entry | SealedEntry)


def attribute_writes(entries: Sequence[E], written: Mapping[str, Writes] | None) -> Iterator[tuple[E, Writes | None]]:
    """Yield each entry of a change with what its call has written.

    `written` has the writes of all calls by provider; None if they are not known. A change of several calls does not
    tell them apart, so theirs are not known either.
    """
    if len(entries) == 1:  # as mostly, and with less work
        entry = entries[0]
        is_able = entry.refusal is None and entry.provider
        yield entry, () if not is_able else None if written is None else written.get(entry.provider, ())
        return
    able: dict[str, int] = {}  # calls that can have written
    for entry in entries:
        able[entry.provider] = able.get(entry.provider, 0) + (entry.refusal is None)
    for entry in entries:
        if entry.refusal is not None or not entry.provider:
            yield entry, ()
        elif written is None:
            yield entry, None
        else:
            writes = written.get(entry.provider, ())
            yield entry, writes if not writes or able[entry.provider] == 1 else None
