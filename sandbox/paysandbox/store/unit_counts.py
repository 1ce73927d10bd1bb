"""How often the calls of a namespace exercised each coverage unit."""

from collections.abc import Mapping
from typing import Final

Counts = dict[str, dict[str, int]]  # calls that exercised each coverage unit, by provider and unit
Exercised = tuple[str, tuple[str, ...]]  # a provider, and the units that one call exercised, each once

_MOST: Final = 256  # kinds of calls that are counted apart, some 300 bytes each


class UnitCounts:
    """Counts of coverage units. Calls that exercised the same are counted together, and their units when asked for.

    So a call costs one look-up, and not one for each of its dozen units.
    """

    __slots__ = ("_calls", "_sums")

    def __init__(self, sums: Counts | None = None) -> None:
        """`sums` are counts to go on with; they are kept, and changed."""
        self._calls: dict[Exercised, int] = {}
        self._sums: Counts = {} if sums is None else sums

    def add(self, exercised: Exercised) -> None:
        """Count a call."""
        calls = self._calls
        calls[exercised] = calls.get(exercised, 0) + 1
        if len(calls) > _MOST:
            self.sum()

    def add_sums(self, counts: Mapping[str, Mapping[str, int]], times: int = 1) -> None:
        """Add other counts, so many times."""
        add_counts(self._sums, counts, times)

    def sum(self) -> Counts:
        """Return the counts of all units so far; must not be changed."""
        for (provider, units), times in self._calls.items():
            add_counts(self._sums, {provider: dict.fromkeys(units, times)})
        self._calls.clear()
        return self._sums


def add_counts(merged: Counts, counts: Mapping[str, Mapping[str, int]], times: int = 1) -> None:
    """Add counts of coverage units by provider to others, so many times."""
    for provider, units in counts.items():
        held = merged.setdefault(provider, {})
        for unit, count in units.items():
            held[unit] = held.get(unit, 0) + count * times
