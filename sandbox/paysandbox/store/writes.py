"""What one call has written: records before and after, as the journal keeps them."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final

import msgspec

from paysandbox.store.sealing import SealedRecord

# Table, key, the record before and after; None is no record. Records are frozen, so a reference is enough.
Write = tuple[str, Hashable, Any, Any]
# The items of all writes in one tuple, because the garbage collector visits each new tuple.
Writes = tuple[Any, ...]
# Table, key, record as JSON. With a record the key is None, because the record has it; without, the record is deleted.
EncodedWrite = tuple[str, Any, bytes | None]

WIDTH: Final = 4
MOST_ITEMS: Final = 1000 * WIDTH
ITEM_BYTES: Final = 40  # of an item, without the record
SAMPLED: Final = 63  # one call of so many is measured, because measuring all would cost a call 30 %
FEW_ITEMS: Final = 20 * WIDTH  # what is longer is always measured
JSON_FACTOR: Final = 6  # a record takes 2 to 6 times as many bytes as its JSON
_FADING: Final = 4  # the latest measured call has this part of the weight of all


def split_writes(writes: Sequence[Any]) -> Iterator[Write]:
    """Yield each write."""
    for start in range(0, len(writes), WIDTH):
        yield writes[start], writes[start + 1], writes[start + 2], writes[start + 3]


class WriteMeter:
    """What the writes of calls keep alive, learnt from a few calls, so that the sum over many is right.

    Those are the records before: the ones after are in the state, or before a later write. `item_bytes` are the bytes
    for each item of a call's writes.
    """

    __slots__ = ("item_bytes",)

    def __init__(self) -> None:
        self.item_bytes = 10 * ITEM_BYTES

    def measure(self, writes: Writes) -> int:
        """Return the bytes for the writes of one call, and learn from them unless they are many."""
        items = len(writes)
        before = writes[2::WIDTH]
        sealed = sum(len(record.content) for record in before if type(record) is SealedRecord)
        opened = msgspec.json.encode([record for record in before if type(record) is not SealedRecord])
        size = ITEM_BYTES * items + JSON_FACTOR * len(opened) + sealed
        if items <= FEW_ITEMS:
            self.item_bytes += (size // items - self.item_bytes) // _FADING
        return size
