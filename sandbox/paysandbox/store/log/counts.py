"""Counts of coverage units as a log holds them: by provider and operation, what follows in the names of the units.

So the name of an operation stands there once. What follows is a text, empty for the operation itself, and then a
number if the unit counts more than one call: `{"acme": {"pay": ["", 2, "201", 2, "rule paid-once"]}}`. Entries of
earlier releases have the whole names, `{"acme": {"pay": 2, "pay 201": 2, "pay rule paid-once": 1}}`.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from paysandbox.store.log.engine import StoreError
from paysandbox.store.unit_counts import Counts, Exercised, add_counts

_MOST: Final = 1000  # kinds of counts that are remembered, some 2 kB each
_SPACE: Final = " "

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(dict[str, dict[str, int | list[str | int]]])


class CountsWriter:
    """Encodes the counts of calls. Most calls of one kind exercise the same units, which are encoded once."""

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written: dict[Hashable, Raw] = {}

    def write(self, calls: Sequence[Exercised]) -> Raw:
        """Return the counts of calls encoded."""
        kind: Hashable = calls[0] if len(calls) == 1 else tuple(Counter(calls).items())
        found = self._written.get(kind)
        if found is None:
            if len(self._written) >= _MOST:
                self._written.clear()
            found = self._written[kind] = _encode(calls)
        return found


def read_counts(content: bytes) -> Counts:
    """Decode counts.

    Raises:
        StoreError: they are none.
    """
    try:
        grouped = _decoder.decode(content)
    except msgspec.MsgspecError as error:
        raise StoreError(f"counts of coverage cannot be read: {error}") from None
    return {provider: _ungroup(operations) for provider, operations in grouped.items()}


def _encode(calls: Sequence[Exercised]) -> Raw:
    counts: Counts = {}
    for provider, units in calls:
        add_counts(counts, {provider: dict.fromkeys(units, 1)})
    return Raw(_encoder.encode({provider: _group(units) for provider, units in counts.items()}))


def _group(units: dict[str, int]) -> dict[str, list[str | int]]:
    grouped: dict[str, list[str | int]] = {}
    for unit, count in units.items():
        operation, _, rest = unit.partition(_SPACE)
        told = grouped.setdefault(operation if rest else unit, [])
        told.append(rest)
        if count != 1:
            told.append(count)
    return grouped


def _ungroup(operations: dict[str, int | list[str | int]]) -> dict[str, int]:
    units: dict[str, int] = {}
    for operation, told in operations.items():
        if isinstance(told, int):
            units[operation] = told
            continue
        unit = operation
        for each in told:
            if isinstance(each, str):
                unit = f"{operation}{_SPACE}{each}" if each else operation
                units[unit] = 1
            else:
                units[unit] = each
    return units
