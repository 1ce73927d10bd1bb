"""What was asked and answered, kept raw and bounded, to be read later. Nothing here is masked or decoded yet."""

import sys
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from paysandbox.core.messages import Request
from paysandbox.core.problems import Violation
from paysandbox.store.faults import Effect

REFUSALS: Final = 100
# What an entry, each of its headers and each of its violations take beside the texts of the call, measured.
ENTRY_BYTES: Final = 1100
HEADER_BYTES: Final = 150
VIOLATION_BYTES: Final = 250


class Refusal(Struct, frozen=True, gc=False):
    """Why a call was refused; a `Problem` without the traceback that would keep its call alive."""

    message: str
    violations: Sequence[Violation]
    rule: str | None
    depends_on_state: bool


class Entry(Struct, frozen=True, gc=False):
    """One call to a provider, as sent and answered.

    `number` counts the namespace's calls. `operation` is None for a path or method that the contract lacks, `status`
    None if the connection was closed before anything was done. `breach` says what is wrong with the sandbox itself,
    `fault_id` is the id of the fault that it met, with its `effect`. `at` is the namespace's time, `duration` is in
    nanoseconds.
    """

    number: int
    at: datetime
    provider: str
    request: Request
    operation: str | None
    status: int | None
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes
    rules: Sequence[str]
    refusal: Refusal | None
    breach: str | None
    fault_id: str | None
    effect: Effect | None
    duration: int

    def size(self) -> int:
        """About how many bytes it takes."""
        request = self.request
        texts = request.head_size + len(request.content or b"") + len(self.content)
        headers = len(request.headers) + len(self.headers)
        violations = 0 if self.refusal is None else len(self.refusal.violations)
        return ENTRY_BYTES + HEADER_BYTES * headers + VIOLATION_BYTES * violations + texts


class JournalBudget:
    """What all journals share: at most `entries` in each and `limit` bytes together. The oldest of all goes first.

    `calls` and `refused` count all that were ever put here; `refusals` are the latest of them, whatever became of
    their journals.
    """

    __slots__ = ("_bytes", "_order", "calls", "entries", "limit", "refusals", "refused")

    def __init__(self, *, entries: int = sys.maxsize, limit: int = sys.maxsize) -> None:
        self.entries = entries
        self.limit = limit
        self.calls = self.refused = 0
        self.refusals: deque[Entry] = deque(maxlen=REFUSALS)
        self._bytes = 0
        # By the identity of the entry, which its journal keeps alive; ordered, as its first one is the oldest of all.
        self._order: OrderedDict[int, Journal] = OrderedDict()

    @property
    def size(self) -> int:
        """About how many bytes all entries take."""
        return self._bytes

    def put(self, journal: "Journal", entry: Entry) -> None:
        """Note a new entry, and let the oldest ones go where all together are too much."""
        self.calls += 1
        if entry.refusal is not None:
            self.refused += 1
            self.refusals.append(entry)
        self._order[id(entry)] = journal
        self._bytes += entry.size()
        while self._bytes > self.limit and len(self._order) > 1:
            next(iter(self._order.values())).evict()

    def take(self, entry: Entry) -> None:
        """Note that an entry goes."""
        del self._order[id(entry)]
        self._bytes -= entry.size()


class Journal:
    """The latest calls of one namespace; `evicted` counts those that had to go."""

    __slots__ = ("_budget", "_entries", "evicted")

    def __init__(self, budget: JournalBudget) -> None:
        self._budget = budget
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """The entries, oldest first."""
        return iter(self._entries.values())

    def get(self, number: int) -> Entry | None:
        """The entry of one call, if it is still here."""
        return self._entries.get(number)

    def add(self, entry: Entry) -> None:
        """Keep an entry; the oldest go where there are too many."""
        if len(self._entries) >= self._budget.entries:
            self.evict()
        self._entries[entry.number] = entry
        self._budget.put(self, entry)

    def evict(self) -> None:
        """Let the oldest entry go."""
        _, entry = self._entries.popitem(last=False)
        self._budget.take(entry)
        self.evicted += 1

    def clear(self) -> None:
        """Forget all entries; these were not evicted."""
        for entry in self._entries.values():
            self._budget.take(entry)
        self._entries.clear()
        self.evicted = 0
