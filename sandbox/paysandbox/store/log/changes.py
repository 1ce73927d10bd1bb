"""What a log holds: the change that one call or control call made of a namespace, or the whole of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Raw, Struct

from paysandbox.store.endpoints import Endpoint
from paysandbox.store.faults import Effect, When
from paysandbox.store.journal import Entry as JournalEntry
from paysandbox.store.unit_counts import Counts
from paysandbox.store.webhooks import Delivery
from paysandbox.store.writes import EncodedWrite

NO_COUNTS: Final = Raw(b"\x80")  # encoded


class ClockSetting(Struct, frozen=True, array_like=True):
    """The distance from the machine's time in microseconds, and the time at which the clock is frozen."""

    offset: int
    frozen_at: datetime | None


class FaultSetting(Struct, frozen=True, array_like=True):
    """A fault, with the numbers of calls or deliveries that it has struck and that it has seen."""

    id: str
    provider: str | None
    target: str | None
    when: When
    effect: Effect
    fired: int
    seen: int


class FaultSettings(Struct, frozen=True, array_like=True):
    """All faults of a namespace, and how many were created."""

    created: int = 0
    faults: tuple[FaultSetting, ...] = ()


class WebhookChange(Struct, frozen=True, array_like=True, kw_only=True):
    """What changed of a namespace's webhooks. All but `put` and `evicted_ids` is given whole.

    `put` are deliveries, new and changed, in their order; `evicted_ids` those that the log dropped. `claims` has the
    deliveries that a worker has taken, and the machine's time at which another worker may take them.
    """

    endpoints: tuple[Endpoint, ...]
    numbers: dict[str, int]
    held: dict[str, str]
    claims: dict[str, datetime | None]
    evicted: int
    put: tuple[Delivery, ...] = ()
    evicted_ids: tuple[str, ...] = ()


class StateChange(Struct, frozen=True, array_like=True, gc=False):
    """What changed of one provider's records.

    `begins_at` is the name of the snapshot that they were restored to before the writes; None if they were not.
    `counters` are all id counters then, else the changed ones.
    """

    provider: str
    begins_at: str | None
    writes: Sequence[EncodedWrite]
    counters: dict[str, int]


class EntryNote(Struct, frozen=True, array_like=True, gc=False):
    """What a journal has to know of an entry while nobody reads it; `size` is what `Entry.size` returns."""

    number: int
    provider: str
    is_refused: bool
    size: int


class Change(Struct, frozen=True, array_like=True, kw_only=True):
    """What a call or control call changed of a namespace; None is what it left as it was.

    `counts` are encoded, as by `counts.CountsWriter`. `removed` are the providers whose records are as in the fixtures
    again. `saved` are the names of snapshots taken after the change, `unsaved` those of deleted ones. `expected` are
    the numbers of journal entries whose refusal is expected after all. `notes` has one for each of `entries`; earlier
    releases wrote none.
    """

    requests: int
    entries: tuple[JournalEntry, ...] = ()
    counts: Raw = NO_COUNTS
    states: tuple[StateChange, ...] = ()
    removed: tuple[str, ...] = ()
    clock: ClockSetting | None = None
    faults: FaultSettings | None = None
    variants: dict[str, dict[str, str]] | None = None
    saved: tuple[str, ...] = ()
    unsaved: tuple[str, ...] = ()
    webhooks: WebhookChange | None = None
    clears_journal: bool = False
    expected: tuple[int, ...] = ()
    notes: tuple[EntryNote, ...] = ()


DescribedBucket = tuple[str | int, int, list[str | int]]


class WholeTable(Struct, frozen=True, array_like=True):
    """A table's difference from the fixtures: records in their order, and keys by index.

    Each bucket of an index has a key whose record shows its value, the place of the value among those of that record,
    and the keys under it in their order.
    """

    writes: Sequence[tuple[Any, bytes | None]]
    buckets: dict[str, list[DescribedBucket]]


class WholeState(Struct, frozen=True, array_like=True):
    """A provider's difference from the fixtures, with all id counters."""

    tables: dict[str, WholeTable]
    counters: dict[str, int]


WholeSnapshot = dict[str, WholeState]


class Whole(Struct, frozen=True, array_like=True, kw_only=True):
    """A namespace as it is, but for the journal, whose entries are read from the log.

    `journaled` is the number of journal entries since the journal was last cleared. `retired` are the counts of the
    namespaces of this name that were deleted.
    """

    requests: int
    states: WholeSnapshot
    snapshots: tuple[tuple[str, WholeSnapshot], ...]
    counts: Counts
    retired: Counts
    clock: ClockSetting
    faults: FaultSettings
    variants: dict[str, dict[str, str]]
    webhooks: WebhookChange | None
    journaled: int
    expected: tuple[int, ...]


class Deleted(Struct, frozen=True, array_like=True):
    """A deleted namespace, whose log goes on, so that no version is given twice. `retired` counts its calls."""

    retired: Counts


class LogEntry(Struct, frozen=True, array_like=True):
    """An entry of a log: just one of the last three is given.

    `token` tells it from any other entry, `previous` is the token of the entry before it.
    """

    token: bytes
    previous: bytes
    change: Change | None = None
    whole: Whole | None = None
    deleted: Deleted | None = None
