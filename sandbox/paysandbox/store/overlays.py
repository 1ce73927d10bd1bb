"""The changes of a namespace in one table, and the keys under the values of its indexes."""

from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

# The keys under a value of an index: a dict of key to "is present", or a single key by itself. Most values have one
# key, and a container for each would keep the garbage collector busy.
Bucket = dict[Hashable, bool] | Hashable
Keys = Sequence[Hashable] | dict[Hashable, bool]  # in order


class Overlay(NamedTuple):
    """The changes of a namespace in one table.

    `records` holds records by key, None where one was deleted. `buckets` holds, for each changed index, the keys under
    the values that differ from the fixtures.
    """

    records: dict[Hashable, Any]
    buckets: dict[str, dict[Any, Bucket]]

    def copy(self) -> "Overlay":
        """Return a copy, which later changes do not affect."""
        return Overlay(
            self.records.copy(),
            {
                index: {value: dict(bucket) if isinstance(bucket, dict) else bucket for value, bucket in values.items()}
                for index, values in self.buckets.items()
            },
        )


class Difference(NamedTuple):
    """The differences between two versions of a table, by key; `changed` has the record before and after."""

    added: dict[Hashable, Any]
    changed: dict[Hashable, tuple[Any, Any]]
    removed: dict[Hashable, Any]


def slice_keys(keys: Keys, start: int, stop: int) -> Iterable[Hashable]:
    """Return the keys from position `start` up to `stop`, counted from the nearer end.

    A dict knows no positions, and all pages before the last would be passed over to reach it.
    """
    if not isinstance(keys, dict):
        return keys[start:stop]
    behind = len(keys) - min(stop, len(keys))
    if start <= behind:
        return islice(keys, start, stop)
    return reversed(list(islice(reversed(keys), behind, max(len(keys) - start, behind))))
