"""Records that stay as JSON until they are read, because a process that reads a log needs few of them."""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Protocol

from msgspec import Struct


class Computed(property):
    """A property of a record that an index reads; see `computed`."""

    reads: tuple[str, ...] = ()


def computed(*reads: str) -> Callable[[Callable[[Any], Any]], Computed]:
    """Declare which attributes a property of a record is computed from, so that an outline has no more of it.

    `lines.number` is the number of each item of `lines`.
    """

    def declare(method: Callable[[Any], Any]) -> Computed:
        found = Computed(method)
        found.reads = reads
        return found

    return declare


class Reader(Protocol):
    """What reads the records of a table."""

    def read(self, content: bytes) -> Any:
        """Return a record."""

    def read_outline(self, content: bytes) -> Any:
        """Return an object that has the key of a record, and all that an index reads of it."""


class SealedRecord(Struct, gc=False):
    """A record as JSON, read when it is wanted first. `content` is empty from then on."""

    content: bytes
    reader: Reader
    record: Any = None

    def open(self) -> Any:
        """Return the record.

        Raises:
            StoreError: it cannot be read.
        """
        if self.record is None:
            self.record, self.content = self.reader.read(self.content), b""
        return self.record

    def outline(self) -> Any:
        """Return an object with the key of the record, and all that an index reads of it."""
        return self.reader.read_outline(self.content) if self.record is None else self.record


class LazyRecords(dict[Hashable, Any]):
    """Records by key, None where one was deleted: as a dict of them, some of which are opened when they are read.

    `get` returns what is held, so that a transaction puts back what it has found.
    """

    __slots__ = ()

    def __getitem__(self, key: Hashable) -> Any:
        found = super().__getitem__(key)
        if type(found) is SealedRecord:
            found = self[key] = found.open()
        return found

    def items(self) -> Iterator[tuple[Hashable, Any]]:  # type: ignore[override] # not a view, which is not needed
        return ((key, self[key]) for key in self)

    def copy(self) -> "LazyRecords":
        return LazyRecords(self)  # with what is held, because a dict is copied without its methods

    def held(self) -> Iterator[tuple[Hashable, Any]]:
        """Iterate over keys and records, sealed ones as they are."""
        return iter(super().items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and dict(self.items()) == dict(other.items())

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # as of a dict


def outline_record(found: Any) -> Any:
    """Return an object with the key of a record, which may be sealed, and all that an index reads of it."""
    return found.outline() if type(found) is SealedRecord else found


def open_record(found: Any) -> Any:
    """Return a record that may be sealed, or anything else as it is."""
    return found.open() if type(found) is SealedRecord else found
