"""A namespace at a version of its log, which brings it on, and is begun anew with the whole of it."""

from collections.abc import Sequence
from typing import Any

from paysandbox.store.log.changes import StateChange, Whole
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.joining import collect_counters, walk_written
from paysandbox.store.log.parts import (
    SharedWebhooks,
    StagedJournal,
    copy_variants,
    describe_clock,
    describe_faults,
    read_clock,
    resume_faults,
)
from paysandbox.store.log.progress import Progress
from paysandbox.store.log.sealed import RawChange, SimpleChange
from paysandbox.store.log.whole import describe_snapshot, read_snapshot
from paysandbox.store.namespace import Namespace
from paysandbox.store.state import State
from paysandbox.store.transaction import SweepMark
from paysandbox.store.unit_counts import Counts, UnitCounts
from paysandbox.store.webhooks import Webhooks


class LoggedNamespace(Namespace):
    """A namespace at a version of its log; `token` is that of its entry.

    `apply` makes the changes of other workers. `whole_version` is the version of the last entry that has the whole of
    the namespace, `staged` the journal, `retired` the counts of deleted namespaces of this name. `sweeps` tells whether
    deleted records are removed only when the open call is committed.
    """

    __slots__ = ("exists", "retired", "staged", "sweeps", "token", "version", "whole_version")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._journal = self.staged = StagedJournal(self._budget)
        self.sweeps = SweepMark()
        self.exists = False
        self.retired: Counts = {}
        self.token = b""
        self.version = self.whole_version = 0

    def state(self, provider: str) -> State:
        found = self._states.get(provider)
        if found is None:
            found = super().state(provider)
            found.defer(self.sweeps)
        return found

    def open_webhooks(self) -> Webhooks:
        if self._webhooks is None:
            self._webhooks = SharedWebhooks(self.name, self.clock, self._find_delivery_fault, self.on_event)
            for state in self._states.values():
                state.webhooks = self._webhooks
        return self._webhooks

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

    @property
    def _shared_webhooks(self) -> SharedWebhooks:
        if not isinstance(self._webhooks, SharedWebhooks):
            raise TypeError(self._webhooks)
        return self._webhooks

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
