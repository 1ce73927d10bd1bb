"""What an engine does for a log: read, and append if nothing else was appended meanwhile."""

from collections.abc import Coroutine, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from msgspec import Struct

T = TypeVar("T")

EVERY: Final = 1 << 62  # entries, as the limit of a reading


class StoreError(Exception):
    """The store cannot be used; the message says why, and never holds a password."""


class OtherOriginError(StoreError):
    """The entry is sound, but of another format, other fixtures or another seed than this program goes on with."""


class ForeignError(StoreError):
    """What stands in the place of entries belongs to another program."""


class UndecidedError(StoreError):
    """The engine was lost while it appended, so that the entry may be in the log or not."""


class Stored(NamedTuple):
    """An entry as the engine keeps it. Versions count the entries of a namespace from 1."""

    version: int
    content: bytes


class Append(Struct, frozen=True, gc=False):
    """An entry that is to be appended as this version of a namespace.

    `token` and `previous` are the tokens in it: its own, and that of the entry before it.
    """

    namespace: str
    version: int
    content: bytes
    token: bytes
    previous: bytes


class Summary(NamedTuple):
    """What a log holds of a namespace.

    `version` is that of the last entry, `size` the bytes of all entries, `used` the time of the last one in
    microseconds since 1970.
    """

    version: int
    entries: int
    size: int
    used: int


class Log(Protocol):
    """The logs of all namespaces in one engine. Every method raises `StoreError` if the engine does not do its part.

    Attributes:
        engine: the name of the engine, for health checks, which tell strangers no path and no address.
        name: the store as messages name it, without credentials.
        waits: whether its methods wait for a network. If not, they run to their end without an event loop.
    """

    engine: str
    waits: bool
    name: str

    def read_news(self) -> int | None:
        """Return a number that differs from the one before if another writer may have appended since. Does not wait.

        None if only reading the log can tell.
        """

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        """Return the entries of a namespace with versions greater than `after`, in their order: the first `limit`."""

    async def read_last(self, namespace: str) -> Stored | None:
        """Return the last entry of a namespace; None if it has none."""

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        """Append an entry; return False, and change nothing, if the log does not end at `version` - 1.

        Entries before the version `keep_from` are dropped.

        Raises:
            UndecidedError: the entry may have been appended. It can be appended again, because a version is given once.
            StoreError: the entry was not appended, and will not be.
        """

    async def list_names(self) -> list[str]:
        """List the namespaces with entries, those of the latest entries last."""

    async def list_foreign(self) -> list[str]:
        """Say of each thing in the place of this log that it belongs to another program, in an order that stays."""

    async def summarize(self, namespace: str) -> Summary | None:
        """Summarize the entries of a namespace; None if it has none."""

    async def forget(self, namespace: str) -> None:
        """Drop all entries of a namespace."""

    async def forget_unused(self, before: int) -> list[str]:
        """Forget the namespaces whose last entry is older, in microseconds since 1970, and return their names.

        `default` stays. An engine that does it by itself returns none.
        """

    async def check(self) -> None:
        """Do nothing if the engine answers."""

    async def try_write(self) -> bool:
        """Write something, and take it back in the same step.

        Return False if another process is just writing, so that nothing is known, because this must not wait for it.
        """

    async def close(self) -> None: ...


class LocalLog(Log, Protocol):
    """A log that does not wait."""

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        """Append an entry to each of several namespaces in one step; return for each what `append` would return.

        Raises:
            StoreError: no entry was appended.
        """


def run_at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run work that waits for nothing, without an event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("the store waits, and nothing can be done meanwhile")
