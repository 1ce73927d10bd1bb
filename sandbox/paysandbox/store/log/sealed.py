"""Entries of a log as a replica that catches up needs them: their journal stays as bytes until it is read."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from paysandbox.store.journal import Entry
from paysandbox.store.log.changes import Change, EntryNote, LogEntry, StateChange
from paysandbox.store.log.engine import StoreError

_EMPTY: Final = b"\x90"  # an array without items

_decoder: Final = msgspec.msgpack.Decoder(tuple[Entry, ...])


class RawChange(Change, frozen=True, array_like=True, kw_only=True, gc=False):
    """A change whose journal entries are as in the log."""

    entries: Raw  # type: ignore[assignment] # not decoded


class RawEntry(LogEntry, frozen=True, array_like=True, gc=False):
    """An entry of a log with such a change."""

    change: RawChange | None = None


class SimpleState(StateChange, frozen=True, array_like=True, gc=False):
    """What changed of a provider's records, from where they were."""

    begins_at: None


class SimpleChange(RawChange, frozen=True, array_like=True, kw_only=True, gc=False):
    """A change of nothing but records, counts and journal, as most are. That is what its decoder checks."""

    states: tuple[SimpleState, ...] = ()
    removed: tuple[()] = ()
    clock: None = None
    faults: None = None
    variants: None = None
    saved: tuple[()] = ()
    unsaved: tuple[()] = ()
    webhooks: None = None
    expected: tuple[()] = ()


class SimpleEntry(RawEntry, frozen=True, array_like=True, gc=False):
    """An entry of a log with such a change."""

    change: SimpleChange
    whole: None = None
    deleted: None = None


class Batch(Struct, gc=False):
    """The journal entries of one change, decoded when the first is read."""

    content: bytes
    entries: tuple[Entry, ...] | None = None

    def open(self) -> tuple[Entry, ...]:
        """Return the entries.

        Raises:
            StoreError: they cannot be read.
        """
        if self.entries is None:
            try:
                self.entries = _decoder.decode(self.content)
            except msgspec.MsgspecError as error:
                raise StoreError(f"journal entries cannot be read: {error}") from None
            self.content = b""
        return self.entries


class SealedEntry(Struct, gc=False, frozen=True):
    """What a journal has to know of an entry while nobody reads it; `refusal` is None if the call was not refused."""

    number: int
    provider: str
    refusal: bool | None
    bytes_held: int
    batch: Batch
    place: int

    def size(self) -> int:
        """Return its size in bytes, as of an entry that was read."""
        return self.bytes_held

    def open(self) -> Entry:
        """Return the entry."""
        return self.batch.open()[self.place]


def note_entry(entry: Entry) -> EntryNote:
    return EntryNote(entry.number, entry.provider, entry.refusal is not None, entry.size())


def count_entries(change: RawChange) -> int:
    """Count the journal entries of a change.

    Raises:
        StoreError: as `seal_entries`.
    """
    return len(change.notes) or len(seal_entries(change))


def seal_entries(change: RawChange) -> Sequence[Entry | SealedEntry]:
    """List the journal entries of a change, sealed if something is noted of them; earlier releases noted nothing.

    They are taken out of the change, which keeps all of its entry.

    Raises:
        StoreError: they are not noted, and cannot be read.
    """
    content, notes = bytes(change.entries), change.notes
    if content == _EMPTY:
        return ()
    batch = Batch(content)
    if not notes:
        return batch.open()
    return [
        SealedEntry(note.number, note.provider, note.is_refused or None, note.size, batch, place)
        for place, note in enumerate(notes)
    ]
