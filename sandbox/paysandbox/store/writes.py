"""What one call has written: records before and after, as the journal keeps them."""

from collections.abc import Hashable, Iterator
from typing import Any, Final

import msgspec

# Table, key, the record before and after; None is no record. Records are frozen, so a reference is enough.
Write = tuple[str, Hashable, Any, Any]
# The items of all writes in one tuple, because the garbage collector visits each new tuple.
Writes = tuple[Any, ...]

WIDTH: Final = 4
MOST_ITEMS: Final = 1000 * WIDTH
ITEM_BYTES: Final = 40  # of an item, without the record
SAMPLED: Final = 31  # one call of so many is measured, because measuring all would cost a call 2 %
FEW_ITEMS: Final = 20 * WIDTH  # what is longer is always measured
JSON_FACTOR: Final = 6  # a record takes 2 to 6 times as many bytes as its JSON


def split_writes(writes: Writes) -> Iterator[Write]:
    """Yield each write."""
    for start in range(0, len(writes), WIDTH):
        yield writes[start], writes[start + 1], writes[start + 2], writes[start + 3]


def measure_writes(writes: Writes, number: int) -> int:
    """Estimate the bytes that the journal keeps alive by the writes of the call with this number.

    Those are the records before: the ones after are in the state, or before a later write. Of calls with few writes
    one in `SAMPLED` stands for all, so that the sum over many is right.
    """
    size = ITEM_BYTES * len(writes)
    is_long = len(writes) > FEW_ITEMS
    if is_long or not number % SAMPLED:
        size += JSON_FACTOR * len(msgspec.json.encode(writes[2::WIDTH])) * (1 if is_long else SAMPLED)
    return size
