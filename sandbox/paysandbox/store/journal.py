"""The journal of calls, raw and bounded. Entries are masked and decoded when they are read, to keep calls fast."""

import sys
from bisect import bisect_left
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

from msgspec import Struct

from paysandbox.core.messages import Request
from paysandbox.core.problems import Violation
from paysandbox.store.faults import Effect
from paysandbox.store.tally import DROPPED, CallKind, CallTally, add_durations, count_all, create_row
from paysandbox.store.writes import FEW_ITEMS, MOST_ITEMS, SAMPLED, WriteMeter, Writes

REFUSALS: Final = 100
# Measured bytes of an entry, of each header and of each violation, without the text of the call.
ENTRY_BYTES: Final = 1100
HEADER_BYTES: Final = 150
VIOLATION_BYTES: Final = 250

_AT_ONCE: Final = 256  # entries that wait to be counted by kind

_number_of = attrgetter("number")
_tallied_of = attrgetter("provider", "operation", "status", "refusal", "duration")


class Refusal(Struct, frozen=True, gc=False, array_like=True):
    """The reason of a refusal: a `Problem` without the traceback, which would keep the whole call in memory."""

    message: str
    violations: Sequence[Violation]
    rule: str | None
    depends_on_state: bool


class Entry(Struct, frozen=True, gc=False, array_like=True):  # in a log, without the names of its properties
    """One call to a provider, as sent and answered; `provider` is empty if the path led to none.

    `number` counts the namespace's calls from 1. `operation` is None if the contract lacks the path or method, `status`
    None if the connection was closed before the call was processed. `breach` says how the sandbox broke its own
    contract. `fault_id` is the fault that fired, `effect` its effect. `at` is the namespace's time, in UTC; `duration`
    is in nanoseconds. `expects_refusal` if the request said that it would be refused.
    """

    number: int
    at: datetime
    provider: str
    request: Request
    operation: str | None
    status: int | None
    # A tuple, as `rules` are, because the garbage collector forgets a tuple of bytes, but visits a list for ever.
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes
    rules: tuple[str, ...]
    refusal: Refusal | None
    breach: str | None
    fault_id: str | None
    effect: Effect | None
    duration: int
    expects_refusal: bool = False

    def size(self) -> int:
        """Estimate its size in bytes."""
        request = self.request
        texts = request.head_size + len(request.content or b"") + len(self.content)
        headers = len(request.headers) + len(self.headers)
        violations = 0 if self.refusal is None else len(self.refusal.violations)
        return ENTRY_BYTES + HEADER_BYTES * headers + VIOLATION_BYTES * violations + texts


class JournalBudget:
    """The budget that all journals share: at most `entries` in each, and `limit` bytes in all. The oldest go first.

    `calls` and `refused` count all entries ever added; `expected` of the refused ones were expected, and `accepted`
    entries were not refused, though that was expected. `refusals` are the latest that were refused unexpectedly, kept
    even if their journal is cleared. Entries are counted by kind, many at once, from the first `tally_entries` on,
    because that costs each call the hundredth part of its time.
    """

    __slots__ = (
        "_bytes",
        "_order",
        "_tally",
        "_uncounted",
        "accepted",
        "calls",
        "entries",
        "expected",
        "limit",
        "meter",
        "refusals",
        "refused",
    )

    def __init__(self, *, entries: int = sys.maxsize, limit: int = sys.maxsize) -> None:
        self.entries = entries
        self.limit = limit
        self.meter = WriteMeter()
        self.calls = self.refused = self.expected = self.accepted = 0
        self.refusals: deque[Entry] = deque(maxlen=REFUSALS)
        self._tally: CallTally | None = None
        self._uncounted: list[Entry] = []
        self._bytes = 0
        # Keyed by the identity of the entry, which its journal keeps alive. The first is the oldest of all journals.
        self._order: OrderedDict[int, Journal] = OrderedDict()

    def __reversed__(self) -> Iterator[tuple["Journal", Entry]]:
        """Iterate over the entries of all journals with their journals, newest first."""
        walks: dict[int, Iterator[Entry]] = {}
        for journal in reversed(self._order.values()):
            walk = walks.get(id(journal))
            if walk is None:
                walk = walks[id(journal)] = reversed(journal)
            yield journal, next(walk)

    @property
    def size(self) -> int:
        """The estimated size of all entries in bytes."""
        return self._bytes

    def count(self, entry: Entry) -> None:
        """Count a new entry."""
        self.calls += 1
        if entry.refusal is None:
            self.accepted += entry.expects_refusal
        else:
            self.refused += 1
            if entry.expects_refusal:
                self.expected += 1
            else:
                self.refusals.append(entry)
        if self._tally is not None:
            self._uncounted.append(entry)
            if len(self._uncounted) >= _AT_ONCE:
                self._count_kinds(self._tally)

    def hold(self, journal: "Journal", entry: Entry, size: int) -> None:
        """Hold an entry of this size, and evict the oldest entries of all journals beyond the limit."""
        self._order[id(entry)] = journal
        self._bytes += size
        while self._bytes > self.limit and len(self._order) > 1:
            next(iter(self._order.values())).evict()

    def tally_entries(self) -> CallTally:
        """Return the tally of all entries ever added; those dropped before the first use are of the kind `DROPPED`."""
        tally = self._tally
        if tally is None:
            tally = self._tally = {}
            for journal in {id(journal): journal for journal in self._order.values()}.values():
                self._uncounted += journal
            self._count_kinds(tally)
            for is_refused, number in ((False, self.calls - self.refused), (True, self.refused)):
                dropped = number - sum(count_all(row) for kind, row in tally.items() if kind[-1] is is_refused)
                if dropped > 0:
                    tally[DROPPED, None, None, is_refused] = [*create_row()[:-2], dropped, 0]
        self._count_kinds(tally)
        return tally

    def _count_kinds(self, tally: CallTally) -> None:
        found: defaultdict[CallKind, list[int]] = defaultdict(list)
        for provider, operation, status, refusal, duration in map(_tallied_of, self._uncounted):
            found[provider, operation, status, refusal is not None].append(duration)
        self._uncounted.clear()
        for kind, durations in found.items():
            add_durations(tally.setdefault(kind, create_row()), durations)

    def expect(self, entry: Entry) -> None:
        """Count a refused entry as expected after all."""
        self.expected += 1
        for number, refusal in enumerate(self.refusals):
            if refusal is entry:
                del self.refusals[number]
                break

    def remove(self, entry: Entry, size: int) -> None:
        del self._order[id(entry)]
        self._bytes -= size


class Journal:
    """The latest calls of one namespace, each with what it has written.

    `refused` counts those that were refused, `evicted` the dropped ones.
    """

    __slots__ = ("_budget", "_entries", "_expected", "_sizes", "_writes", "evicted", "reader", "refused")

    def __init__(self, budget: JournalBudget) -> None:
        self._budget = budget
        self._entries: deque[Entry] = deque()  # by rising number
        self._sizes: deque[int] = deque()
        self._writes: deque[Writes | None] = deque()
        self._expected: set[int] = set()
        self.refused = 0
        self.evicted = 0
        self.reader: object = None  # what the control plane keeps of the entries from one reading to the next

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries, oldest first."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[Entry]:
        """Iterate over the entries, newest first."""
        return reversed(self._entries)

    @property
    def oldest(self) -> int:
        """The number of the oldest entry; 0 without entries."""
        return self._entries[0].number if self._entries else 0

    @property
    def newest(self) -> int:
        """The number of the newest entry; 0 without entries."""
        return self._entries[-1].number if self._entries else 0

    def get(self, number: int) -> Entry | None:
        """Return the entry of a call; None if it was evicted or never made."""
        index = bisect_left(self._entries, number, key=_number_of)
        entry = self._entries[index] if index < len(self._entries) else None
        return entry if entry is not None and entry.number == number else None

    def find_writes(self, number: int) -> Writes | None:
        """Return what a call has written; None if that is not known, or if the journal does not hold the call."""
        index = bisect_left(self._entries, number, key=_number_of)
        return self._writes[index] if index < len(self._entries) and self._entries[index].number == number else None

    def walk_writes(self) -> Iterator[tuple[Entry, Writes | None]]:
        """Walk over the entries, each with what its call has written or None, newest first."""
        return zip(reversed(self._entries), reversed(self._writes), strict=True)

    def add(self, entry: Entry, writes: Writes | None = ()) -> None:
        """Add a new entry, with what its call has written; evict the oldest beyond the limit."""
        self.hold(entry, writes, entry.size())
        self._budget.count(entry)

    def hold(self, entry: Entry, writes: Writes | None, size: int) -> None:
        """Add an entry of this size without counting it, because another worker or an earlier run has."""
        if len(self._entries) >= self._budget.entries:
            self.evict()
        if writes:
            items = len(writes)
            if items <= FEW_ITEMS and entry.number % SAMPLED:
                size += items * self._budget.meter.item_bytes
            elif items <= MOST_ITEMS:
                size += self._budget.meter.measure(writes)
            else:
                writes = None
        self._entries.append(entry)
        self._sizes.append(size)
        self._writes.append(writes)
        self.refused += entry.refusal is not None
        self._budget.hold(self, entry, size)

    def expect_refusal(self, entry: Entry) -> None:
        """Say of a refused entry that its refusal was expected."""
        if not self.expects_refusal(entry):
            self._expected.add(entry.number)
            self._budget.expect(entry)

    def expects_refusal(self, entry: Entry) -> bool:
        """Tell whether the refusal of an entry was expected, as its request said or as was said later."""
        return entry.expects_refusal or entry.number in self._expected

    def evict(self) -> None:
        """Drop the oldest entry."""
        entry = self._entries.popleft()
        self._writes.popleft()
        self._expected.discard(entry.number)
        self.refused -= entry.refusal is not None
        self._budget.remove(entry, self._sizes.popleft())
        self.evicted += 1

    def describe_room(self) -> str:
        """Which limit made the oldest entries go, in words."""
        entries, limit = self._budget.entries, self._budget.limit
        if len(self._entries) >= entries:
            return f"a namespace keeps its latest {entries} calls (--journal-entries)"
        size = f"{limit >> 20} MiB" if limit >> 20 else f"{limit} bytes"
        newer = "newer ones, of any namespace, push out the oldest"
        return f"all namespaces together keep {size} of calls (--journal-bytes), and {newer}"

    def clear(self) -> None:
        """Drop all entries, and count none of them as evicted."""
        for entry, size in zip(self._entries, self._sizes, strict=True):
            self._budget.remove(entry, size)
        self._entries.clear()
        self._sizes.clear()
        self._writes.clear()
        self._expected.clear()
        self.refused = 0
        self.evicted = 0
        self.reader = None
