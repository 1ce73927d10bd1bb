"""How often something happened in a process, of which kind, and how long it took."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Final

# Nanoseconds: the upper bounds of the classes of durations. The last class has none.
BOUNDS: Final = (
    *(50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000),
    *(5_000_000, 10_000_000, 25_000_000, 100_000_000, 1_000_000_000),
)
CLASSES: Final = len(BOUNDS) + 1
DROPPED: Final = "dropped"  # the provider of calls that were counted, but dropped before anyone asked for their kind

Row = list[int]  # the number by class of duration, and behind it the nanoseconds of all
CallKind = tuple[str, str | None, int | None, bool]  # provider, operation, status, whether it was refused
CallTally = dict[CallKind, Row]


def create_row() -> Row:
    return [0] * (CLASSES + 1)


def count_all(row: Row) -> int:
    """Return the number of all durations in a row."""
    return sum(row) - row[-1]


def add_duration(row: Row, nanoseconds: int) -> None:
    row[bisect_left(BOUNDS, nanoseconds)] += 1
    row[-1] += nanoseconds


def add_durations(row: Row, durations: Sequence[int]) -> None:
    """Add many durations, which takes a fourth of the time of adding each."""
    for place, count in Counter(map(bisect_left, repeat(BOUNDS), durations)).items():
        row[place] += count
    row[-1] += sum(durations)


def sum_rows(rows: Iterable[Row]) -> Row:
    """Sum rows, place by place."""
    return [sum(places) for places in zip(*rows, strict=True)] or create_row()
