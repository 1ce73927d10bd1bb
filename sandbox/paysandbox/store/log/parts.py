"""Parts of a replica whose changes can be told and undone: journal, webhooks, faults."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, cast

from paysandbox.core.clock import system_time
from paysandbox.store.endpoints import Endpoint
from paysandbox.store.faults import Fault, Faults
from paysandbox.store.journal import Entry, Journal, JournalBudget
from paysandbox.store.log.changes import ClockSetting, EntryNote, FaultSetting, FaultSettings, WebhookChange
from paysandbox.store.log.sealed import SealedEntry, note_entry
from paysandbox.store.namespace import Variants
from paysandbox.store.sealing import open_record
from paysandbox.store.webhooks import Delivery, Event, Webhooks
from paysandbox.store.writes import Writes

# A worker that has taken a delivery has answered for it by then, or is gone.
CLAIM_SECONDS: Final = 120
_MICROSECOND: Final = timedelta(microseconds=1)
NO_FAULTS: Final = FaultSettings()


class StagedJournal(Journal):
    """A journal whose changes wait for `commit`. Until then it is read without them.

    It holds entries of its log sealed; reading one can raise `StoreError`.
    """

    __slots__ = ("added", "expected", "is_cleared", "notes", "written")

    def __init__(self, budget: JournalBudget) -> None:
        super().__init__(budget)
        self.discard()

    @property
    def limit(self) -> int:
        """The number of entries that it holds at most."""
        return self._budget.entries

    @property
    def expected_numbers(self) -> tuple[int, ...]:
        """The entries of which it was said later that their refusal was expected."""
        return tuple(sorted(self._expected))

    def __iter__(self) -> Iterator[Entry]:
        return map(_open, super().__iter__())

    def __reversed__(self) -> Iterator[Entry]:
        return map(_open, super().__reversed__())

    def get(self, number: int) -> Entry | None:
        found = super().get(number)
        return None if found is None else _open(found)

    def walk_writes(self) -> Iterator[tuple[Entry, Writes | None]]:
        return ((_open(entry), _open_writes(writes)) for entry, writes in super().walk_writes())

    def find_writes(self, number: int) -> Writes | None:
        return _open_writes(super().find_writes(number))

    def add(self, entry: Entry, writes: Writes | None = ()) -> None:
        self.added.append(entry)
        self.notes.append(note_entry(entry))
        self.written.append(writes)

    def clear(self) -> None:
        self.is_cleared = True

    def expect_refusal(self, entry: Entry) -> None:
        if not self.expects_refusal(entry):
            self.expected.append(entry.number)

    def commit(self) -> None:
        """Make the changes that wait."""
        if self.is_cleared:
            super().clear()
            self.is_cleared = False
        count = self._budget.count
        for entry, writes, note in zip(self.added, self.written, self.notes, strict=True):
            self.hold(entry, writes, note.size)
            count(entry)
        self.added.clear()
        self.notes.clear()
        self.written.clear()
        if self.expected:
            for number in self.expected:
                found = self.get(number)
                if found is not None:
                    super().expect_refusal(found)
            self.expected.clear()

    def discard(self) -> None:
        """Drop the changes that wait."""
        self.added: list[Entry] = []
        self.notes: list[EntryNote] = []
        self.written: list[Writes | None] = []
        self.expected: list[int] = []
        self.is_cleared = False

    def recall_expected(self, numbers: tuple[int, ...]) -> None:
        """Note what another worker has said about entries."""
        self._expected.update(number for number in numbers if self.get(number) is not None)

    def recall_entries(self, entries: Sequence[Entry | SealedEntry], written: Sequence[Writes | None]) -> None:
        """Hold entries of the log, each with what its call has written, without counting them."""
        for entry, writes in zip(entries, written, strict=True):
            self.hold(cast("Entry", entry), writes, entry.size())  # which is opened when it is read

    def recall_evicted(self, count: int) -> None:
        """Count entries that later ones of the log have pushed out."""
        self.evicted += count

    def recall_clearing(self) -> None:
        """Drop all entries, because another worker has cleared the journal."""
        super().clear()


def _open(entry: Entry | SealedEntry) -> Entry:
    return entry.open() if isinstance(entry, SealedEntry) else entry


def _open_writes(writes: Writes | None) -> Writes | None:
    return None if writes is None else tuple(map(open_record, writes))


class WebhookCopy(NamedTuple):
    """The webhooks as they were; records are frozen, so that their dictionaries are enough."""

    endpoints: dict[str, Endpoint]
    deliveries: dict[str, Delivery]
    claims: dict[str, datetime | None]
    held: dict[str, str]
    numbers: dict[str, int]
    evicted: int
    size: int


class SharedWebhooks(Webhooks):
    """Webhooks of which several workers deliver: one that takes a delivery claims it for a while."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._collected: dict[int, Event] = {}  # announced since `begin`

    def begin(self) -> WebhookCopy:
        """Return a copy to return to."""
        self._collected.clear()
        return self.copy()

    def copy(self) -> WebhookCopy:
        return WebhookCopy(
            dict(self._endpoints),
            dict(self._deliveries),
            dict(self._in_flight),
            dict(self._held),
            dict(self._numbers),
            self.evicted,
            self._bytes,
        )

    def collect(self) -> None:
        self._collected.update(self._announced)
        super().collect()

    def undo(self, copy: WebhookCopy) -> None:
        """Return to a copy. The state's rollback, which must follow, takes the announced events back."""
        self._announced.update(self._collected)
        self._collected.clear()
        self._endpoints, self._deliveries = copy.endpoints, copy.deliveries
        self._in_flight, self._held, self._numbers = copy.claims, copy.held, copy.numbers
        self.evicted, self._bytes = copy.evicted, copy.size

    def compare(self, before: WebhookCopy | None) -> WebhookChange | None:
        """Describe what changed since a copy; all, if there is none."""
        if before is not None and self.copy() == before:
            return None
        held = {} if before is None else before.deliveries
        return WebhookChange(
            endpoints=tuple(self._endpoints.values()),
            numbers=dict(self._numbers),
            held=dict(self._held),
            claims=dict(self._in_flight),
            evicted=self.evicted,
            put=tuple(delivery for name, delivery in self._deliveries.items() if held.get(name) is not delivery),
            evicted_ids=tuple(name for name in held if name not in self._deliveries),
        )

    def replay(self, change: WebhookChange) -> None:
        """Make the changes of another worker."""
        self._endpoints = {endpoint.id: endpoint for endpoint in change.endpoints}
        self._numbers, self._held, self._in_flight = dict(change.numbers), dict(change.held), dict(change.claims)
        self._announced.clear()
        for name in change.evicted_ids:
            self._bytes -= self._deliveries.pop(name).size()
        for delivery in change.put:
            self._put(delivery)
        self.evicted = change.evicted

    def next_due(self) -> timedelta | None:
        """How long until the next delivery is due, one that another worker has taken and not finished included."""
        now, due = system_time(), super().next_due()
        lapses = [lapse - now for lapse in self._in_flight.values() if lapse is not None]
        times = [*lapses, *([] if due is None else [due])]
        return max(min(times), timedelta()) if times else None

    def _find_lapse(self) -> datetime | None:
        return system_time() + timedelta(seconds=CLAIM_SECONDS)

    def _waiting(self) -> Iterator[Delivery]:
        now = system_time()
        for delivery in self._deliveries.values():
            lapse = self._in_flight.get(delivery.id)
            if delivery.progress == "waiting" and (delivery.id not in self._in_flight or (lapse and lapse < now)):
                yield delivery


def describe_faults(faults: Faults | None) -> FaultSettings:
    """Describe all faults of a namespace, so that another can go on with them."""
    if faults is None:
        return NO_FAULTS
    return FaultSettings(
        faults.created,
        tuple(
            FaultSetting(fault.id, fault.provider, fault.target, fault.when, fault.effect, fault.fired, fault.seen)
            for fault in faults
        ),
    )


def resume_faults(faults: Faults, settings: FaultSettings) -> None:
    """Let the faults go on as described, those that stay the same object with their drawn chances."""
    known = {fault.id: fault for fault in faults}
    found = []
    for wanted in settings.faults:
        fault = known.get(wanted.id)
        if fault is None or (fault.when, fault.effect) != (wanted.when, wanted.effect):
            fault = Fault(wanted.id, wanted.provider, wanted.target, wanted.when, wanted.effect)
        fault.resume(wanted.fired, wanted.seen)
        found.append(fault)
    faults.resume(settings.created, found)


def describe_clock(setting: tuple[timedelta, datetime | None]) -> ClockSetting:
    return ClockSetting(setting[0] // _MICROSECOND, setting[1])


def read_clock(setting: ClockSetting) -> tuple[timedelta, datetime | None]:
    return timedelta(microseconds=setting.offset), setting.frozen_at


def copy_variants(variants: Variants) -> dict[str, dict[str, str]]:
    return {provider: dict(choices) for provider, choices in variants.items()}
