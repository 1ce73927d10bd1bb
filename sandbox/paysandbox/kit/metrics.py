"""What a sandbox counts of itself, summed over its worker processes."""

import mmap
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import msgspec
from msgspec import Struct

from paysandbox.kit.runtime import Runtime
from paysandbox.store.tally import CallTally, Row, sum_rows

_SLOT: Final = 4 << 20  # bytes; memory that is never written to is never taken
_HEAD: Final = 12  # bytes: the length of the content, and its check sum
_TRIES: Final = 10  # of reading what is being written

_encoder: Final = msgspec.msgpack.Encoder()


class StoreFigures(Struct, frozen=True, array_like=True):
    """Round trips to the engine of a store, see `LogTally`, and calls that were made again."""

    appends: Row
    reads: Row
    conflicts: int
    errors: int
    retries: int


class Figures(Struct, frozen=True, array_like=True):
    """Counts since the start, and what is held in memory. `store` is None without one."""

    calls: CallTally
    namespaces: int
    journal_bytes: int
    store: StoreFigures | None = None


class Board:
    """Memory that forked processes share. Each writes its figures into a slot of its own, and any of them reads all."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self.memory = mmap.mmap(-1, slots * _SLOT)
        self._decoder = msgspec.msgpack.Decoder(Figures)

    def write(self, slot: int, figures: Figures) -> None:
        """Write into a slot; figures too long for it are left out."""
        content = _encoder.encode(figures)
        if len(content) > _SLOT - _HEAD:
            return
        start = slot * _SLOT
        self.memory[start + _HEAD : start + _HEAD + len(content)] = content
        self.memory[start : start + _HEAD] = len(content).to_bytes(8) + crc32(content).to_bytes(4)

    def read(self, slot: int) -> Figures | None:
        """Return what a slot holds; None if nothing was ever written, or it is being written all the time."""
        start = slot * _SLOT
        for _ in range(_TRIES):
            head = self.memory[start : start + _HEAD]
            length = int.from_bytes(head[:8])
            content = self.memory[start + _HEAD : start + _HEAD + length]
            if length and crc32(content) == int.from_bytes(head[8:]):
                return self._decoder.decode(content)
        return None

    def read_others(self, slot: int) -> list[Figures]:
        """Return what all slots but one hold."""
        found = [self.read(other) for other in range(self._slots) if other != slot]
        return [figures for figures in found if figures is not None]


class Metrics:
    """The figures of a sandbox: those of this process and, where it is one of several workers, those of the others."""

    def __init__(self, runtime: Runtime, board: Board | None = None, slot: int = 0) -> None:
        """With a board, go on where the process before this one has left the slot."""
        self._runtime, self._board, self._slot = runtime, board, slot
        before = None if board is None else board.read(slot)
        self._before = [] if before is None else [msgspec.structs.replace(before, namespaces=0, journal_bytes=0)]

    def publish(self) -> None:
        """Show the figures of this process to the other workers."""
        if self._board is not None:
            self._board.write(self._slot, _sum_figures([self._collect(), *self._before]))

    def total(self) -> Figures:
        """Return the figures of all workers, those of the others as they were last published."""
        others = [] if self._board is None else self._board.read_others(self._slot)
        return _sum_figures([self._collect(), *self._before, *others])

    def _collect(self) -> Figures:
        namespaces, tally, replication = self._runtime.namespaces, self._runtime.log_tally, self._runtime.replication
        store = None
        if tally is not None and replication is not None:
            store = StoreFigures(tally.appends, tally.reads, tally.conflicts, tally.errors, replication.retries)
        return Figures(namespaces.budget.tally_entries(), namespaces.count(), namespaces.budget.size, store)


def _sum_figures(figures: Sequence[Figures]) -> Figures:
    calls: CallTally = {}
    for tally in (held.calls for held in figures):
        for kind, row in tally.items():
            calls[kind] = sum_rows([calls[kind], row]) if kind in calls else row
    stores = [held.store for held in figures if held.store is not None]
    return Figures(
        calls,
        sum(held.namespaces for held in figures),
        sum(held.journal_bytes for held in figures),
        _sum_stores(stores) if stores else None,
    )


def _sum_stores(stores: Sequence[StoreFigures]) -> StoreFigures:
    return StoreFigures(
        sum_rows([store.appends for store in stores]),
        sum_rows([store.reads for store in stores]),
        sum(store.conflicts for store in stores),
        sum(store.errors for store in stores),
        sum(store.retries for store in stores),
    )
