"""What a log holds, and whether it can be read, for people who look after a store."""

from collections.abc import AsyncIterator, Iterator, Sequence

from msgspec import Struct

from paysandbox.store.log.changes import LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import ForeignError, Log, OtherOriginError, Stored, StoreError
from paysandbox.store.log.folding import fold
from paysandbox.store.log.replicas import Replicas


class NamespaceInfo(Struct, frozen=True):
    """The log of a namespace. `format` is that of its last entry; see `Summary` for the rest."""

    name: str
    format: int
    version: int
    entries: int
    size: int
    used: int


class Checked(Struct, frozen=True):
    """A namespace whose log was read; `errors` is empty if it can be used."""

    name: str
    entries: int
    errors: tuple[StoreError, ...]

    @property
    def is_of_other_origin(self) -> bool:
        """Whether nothing is damaged, and the entries wait for the program, fixtures and seed that they are of."""
        return bool(self.errors) and all(isinstance(error, OtherOriginError) for error in self.errors)

    @property
    def is_foreign(self) -> bool:
        """Whether another program has written what stands in the place of the log."""
        return any(isinstance(error, ForeignError) for error in self.errors)


async def check_formats(log: Log, codec: Codec) -> None:
    """Check that this program can go on with every log, as its last entry says.

    Raises:
        StoreError: it cannot.
    """
    for name in await log.list_names():
        last = await log.read_last(name)
        if last is not None:
            codec.check(name, last)  # and no more, because the last entry can be a whole of many records


async def list_namespaces(log: Log) -> list[NamespaceInfo]:
    """Describe all namespaces, those of the latest entries last.

    Raises:
        StoreError: the store cannot be read.
    """
    found = []
    for name in await log.list_names():
        summary, last = await log.summarize(name), await log.read_last(name)
        if summary is not None and last is not None:  # else it was forgotten meanwhile
            found.append(NamespaceInfo(name, last.content[0] if last.content else 0, *summary))
    return found


async def check_namespaces(log: Log, replicas: Replicas, codec: Codec) -> AsyncIterator[Checked]:
    """Read every entry of every namespace and fold it, as a sandbox does that was just started.

    `replicas` must be new ones, over the fixtures of the log.

    Raises:
        StoreError: the store cannot be read.
    """
    for name in await log.list_names():
        try:
            stored = await log.read(name, 0)
        except StoreError as error:  # a damaged file can have a readable list of names
            yield Checked(name, 0, (error,))
            continue
        yield Checked(name, len(stored), tuple(_list_errors(name, stored, replicas, codec)))
        replicas.shrink()


def _list_errors(name: str, stored: Sequence[Stored], replicas: Replicas, codec: Codec) -> list[StoreError]:
    errors: list[StoreError] = []
    for entry in stored:
        try:
            decoded = codec.decode(name, entry)
        except StoreError as error:
            errors.append(error)
            continue
        try:
            for provider, table, content in _list_records(decoded):
                codec.read_record(provider, table, content)
        except StoreError as error:
            errors.append(StoreError(f"version {entry.version} of the namespace {name}: {error}"))
    if not errors:
        try:
            fold(replicas, name, stored, codec)
        except StoreError as error:
            errors.append(error)
    return errors


def _list_records(entry: LogEntry) -> Iterator[tuple[str, str, bytes]]:
    """Iterate over the records of an entry with provider and table, because a fold leaves them sealed."""
    for state in () if entry.change is None else entry.change.states:
        yield from ((state.provider, table, content) for table, _, content in state.writes if content is not None)
    whole = entry.whole
    for states in () if whole is None else (whole.states, *(saved for _, saved in whole.snapshots)):
        for provider, found in states.items():
            for name, table in found.tables.items():
                yield from ((provider, name, content) for _, content in table.writes if content is not None)
