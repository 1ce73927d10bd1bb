"""A namespace as this process holds it: at a version of its log, with the running call's changes to keep or undo."""

from collections.abc import Sequence
from typing import Any

from paysandbox.store.log.changes import NO_COUNTS, Change, StateChange, Whole
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.draft import NO_SNAPSHOTS, Draft, compare_snapshots, list_missing
from paysandbox.store.log.joining import collect_counters, walk_written
from paysandbox.store.log.parts import (
    NO_FAULTS,
    SharedWebhooks,
    StagedJournal,
    copy_variants,
    describe_clock,
    describe_faults,
    read_clock,
    resume_faults,
)
from paysandbox.store.log.progress import Progress
from paysandbox.store.log.sealed import RawChange, SimpleChange, note_entry
from paysandbox.store.log.whole import describe_snapshot, read_snapshot
from paysandbox.store.namespace import FIXTURES, Namespace
from paysandbox.store.state import State
from paysandbox.store.unit_counts import Counts, Exercised, UnitCounts
from paysandbox.store.webhooks import Webhooks


class Replica(Namespace):
    """A namespace at a version of its log.

    `begin` opens a call, whose changes `describe_change` tells; then `commit` keeps or `undo` drops them. `apply` makes
    the changes of other workers. `staged` is the journal, whose entries wait for the commit, `retired` the counts of
    deleted namespaces of this name. `news` is what the engine said when the replica last caught up, `patience` the
    number of entries after which it may be written as a whole, if these are many, and `checks` the number of calls
    before which it must catch up again, because others append to its log as well.
    """

    __slots__ = (
        "_draft",
        "checks",
        "exists",
        "news",
        "patience",
        "retired",
        "staged",
        "token",
        "version",
        "whole_version",
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._journal = self.staged = StagedJournal(self._budget)
        self._draft: Draft | None = None
        self.exists = False
        self.news: int | None = None
        self.patience = 0
        self.checks = 1
        self.retired: Counts = {}
        self.token = b""
        self.version = self.whole_version = 0

    @property
    def is_sweeping(self) -> bool:
        """Whether deleted records are removed only when the open call is committed."""
        for state in self._states.values():  # noqa: SIM110 - after each call, and a generator takes three times as long
            if state.is_sweeping:
                return True
        return False

    def state(self, provider: str) -> State:
        found = self._states.get(provider)
        if found is None:
            found = super().state(provider)
            found.defer()
        return found

    def open_webhooks(self) -> Webhooks:
        if self._webhooks is None:
            self._webhooks = SharedWebhooks(self.name, self.clock, self._find_delivery_fault, self.on_event)
            for state in self._states.values():
                state.webhooks = self._webhooks
        return self._webhooks

    def restore(self, name: str) -> None:
        super().restore(name)
        if self._draft is not None:
            self._draft.restored = name

    def begin(self, *, counting: bool) -> None:
        """Open a call; `counting` keeps its coverage apart, which then cannot be read."""
        if self._draft is not None:
            return
        self._draft = Draft(
            clock=self.clock.setting,
            counted=[] if counting else None,
            exists=self.exists,
            faults=NO_FAULTS if self._faults is None else describe_faults(self._faults),
            has_faults=self._faults is not None,
            requests=self._requests,
            restored=FIXTURES,
            snapshots=dict(self._snapshots) if self._snapshots else NO_SNAPSHOTS,
            states=dict(self._states),
            variants=self._variants,
            webhooks=self._shared_webhooks.begin() if self._webhooks is not None else None,
        )

    def count_units(self, exercised: Exercised) -> None:
        if self._draft is None or self._draft.counted is None:
            super().count_units(exercised)
        else:
            self._draft.counted.append(exercised)

    @property
    def _shared_webhooks(self) -> SharedWebhooks:
        if not isinstance(self._webhooks, SharedWebhooks):
            raise TypeError(self._webhooks)
        return self._webhooks

    def describe_change(self, codec: Codec) -> Change | None:
        """Describe what the open call has changed; None if nothing."""
        draft = self._draft
        if draft is None:
            return None
        # Announced events become deliveries first, because that is part of the change, and counts faults.
        if self._webhooks is not None:
            self._shared_webhooks.collect()
        journal, clock = self.staged, self.clock.setting
        faults = NO_FAULTS if self._faults is None else describe_faults(self._faults)
        entries = [entry for entry, _ in journal.added]
        saved, unsaved = compare_snapshots(draft.snapshots, self._snapshots or NO_SNAPSHOTS)
        change = Change(
            requests=self._requests,
            entries=tuple(entries),
            notes=tuple([note_entry(entry) for entry in entries]),
            counts=codec.write_counts(draft.counted) if draft.counted else NO_COUNTS,
            states=self._list_state_changes(draft, codec),
            removed=list_missing(draft.states, self._states),
            clock=None if clock == draft.clock else describe_clock(clock),
            faults=None if faults == draft.faults else faults,
            variants=None if self._variants is draft.variants else copy_variants(self._variants),
            saved=saved,
            unsaved=unsaved,
            webhooks=None if self._webhooks is None else self._shared_webhooks.compare(draft.webhooks),
            clears_journal=journal.is_cleared,
            expected=tuple(journal.expected),
        )
        is_none = not entries and self.exists == draft.exists and change == Change(requests=draft.requests)
        return None if is_none else change

    def commit(self) -> None:
        """Keep what the open call has changed."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        for state in self._states.values():
            state.commit()
        for exercised in draft.counted or ():
            self.unit_counts.add(exercised)
        self.staged.commit()

    def undo(self) -> None:
        """Return to what was before the open call."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        if self._webhooks is not None:
            if draft.webhooks is None:
                self._webhooks = None
            else:
                self._shared_webhooks.undo(draft.webhooks)
        self._states = draft.states
        for state in self._states.values():
            state.rollback()
            state.webhooks = self._webhooks
        self.clock.adopt(draft.clock)
        self._requests, self.exists = draft.requests, draft.exists
        self._variants, self._snapshots = draft.variants, draft.snapshots or None
        if self._faults is not None and draft.has_faults:
            resume_faults(self._faults, draft.faults)
        else:
            self._faults = None
        self.staged.discard()

    def apply(self, changes: Sequence[RawChange], progress: Progress) -> None:
        """Make changes of another worker, or of an earlier run, but for its counts and journal entries.

        Several come together only if `can_join` is true of them all.

        Raises:
            StoreError: one cannot be read.
        """
        writes = progress.read(changes)
        self.exists = True
        self._requests = changes[-1].requests
        special = [change for change in changes if type(change) is not SimpleChange]
        for change in special:
            if change.variants is not None:
                self._variants = change.variants
            for provider in change.removed:
                self._states.pop(provider, None)
                progress.restore(provider)
            for begun in change.states:
                if begun.begins_at is not None:
                    self._begin_state(begun.begins_at, begun, progress)
        for provider, counters in collect_counters(changes).items():
            self.state(provider).set_counters(counters)
        replayed = {
            provider: self.state(provider).replay(found, progress.tables(provider))
            for provider, found in writes.items()
        }
        progress.recall(changes, walk_written(changes, writes, replayed))
        for change in special:
            self._apply_rest(change)

    def describe_whole(self, codec: Codec) -> Whole:
        """Describe all but the journal. Must not be called within a call."""
        saved = (self._snapshots or {}).items()
        return Whole(
            requests=self._requests,
            states=describe_snapshot(self.snapshot(), self._baselines, codec),
            snapshots=tuple((name, describe_snapshot(each, self._baselines, codec)) for name, each in saved),
            counts=dict(self.counts),
            retired=self.retired,
            clock=describe_clock(self.clock.setting),
            faults=describe_faults(self._faults),
            variants=copy_variants(self._variants),
            webhooks=None if self._webhooks is None else self._shared_webhooks.compare(None),
            journaled=len(self.journal) + self.journal.evicted,
            expected=self.staged.expected_numbers,
        )

    def adopt(self, whole: Whole, codec: Codec) -> None:
        """Become what was described."""
        self.exists = True
        self._requests, self._variants = whole.requests, whole.variants
        self.unit_counts, self.retired = UnitCounts(whole.counts), whole.retired
        self.load(read_snapshot(whole.states, self._baselines, codec))
        self._snapshots = {
            name: read_snapshot(saved, self._baselines, codec) for name, saved in whole.snapshots
        } or None
        self.clock.adopt(read_clock(whole.clock))
        if whole.faults.created:
            resume_faults(self.faults, whole.faults)
        if whole.webhooks is not None:
            self.open_webhooks()
            self._shared_webhooks.replay(whole.webhooks)
        self.journal.evicted = max(whole.journaled - len(self.journal), 0)
        self.staged.recall_expected(whole.expected)

    def count_changed_records(self) -> int:
        """Count the records that differ from the fixtures."""
        return sum(len(table.own) for state in self._states.values() for table in state.tables_in_use().values())

    def _list_state_changes(self, draft: Draft, codec: Codec) -> tuple[StateChange, ...]:
        write, changes = codec.write_record, []
        for provider, state in self._states.items():
            before = draft.states.get(provider)
            writes, counters = state.list_writes()
            begins_at = None
            if before is not state:
                begins_at = draft.restored if provider in self._snapshot(draft.restored) else FIXTURES
                counters = state.counters()
                is_as_before = before is None and begins_at == FIXTURES
                if is_as_before and not writes and counters == self._baselines[provider].counters:
                    continue  # it was only looked at
            elif not writes and not counters:
                continue
            shown = [(name, key, None) if new is None else (name, None, write(new)) for (name, key), new in writes]
            changes.append(StateChange(provider, begins_at, shown, counters))
        return tuple(changes)

    def _begin_state(self, begins_at: str, change: StateChange, progress: Progress) -> None:
        """Restore a provider's records to the snapshot that a change begins at, and set the id counters that it has."""
        provider = change.provider
        self._states.pop(provider, None)
        progress.restore(provider)
        state = self.state(provider)
        # The snapshot of the worker that restored it can have more providers than this one's, because a state that
        # was only looked at is in its snapshot and in no log; such a state is as in the fixtures.
        saved = self._snapshot(begins_at).get(provider)
        if saved is not None:
            state.restore(saved)
        state.set_counters(change.counters, are_all=True)

    def _apply_rest(self, change: RawChange) -> None:
        """Make what a change has of snapshots, clock, faults and webhooks."""
        for name in change.unsaved:
            self.delete_snapshot(name)
        for name in change.saved:
            self.save_snapshot(name)
        if change.clock is not None:
            self.clock.adopt(read_clock(change.clock))
        if change.faults is not None:
            resume_faults(self.faults, change.faults)
        if change.webhooks is not None:
            self.open_webhooks()
            self._shared_webhooks.replay(change.webhooks)
