"""A namespace as this process holds it: at a version of its log, with the running call's changes to keep or undo."""

from typing import Any

from msgspec.structs import replace

from paysandbox.store.log.changes import NO_COUNTS, Change, StateChange
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.draft import NO_SNAPSHOTS, Draft, Settings, add_settings, list_missing
from paysandbox.store.log.logged import LoggedNamespace
from paysandbox.store.log.parts import NO_FAULTS, describe_faults, resume_faults
from paysandbox.store.namespace import FIXTURES
from paysandbox.store.unit_counts import Exercised


class Replica(LoggedNamespace):
    """A namespace as this process holds it.

    `begin` opens a call, whose changes `describe_change` tells; then `commit` keeps or `undo` drops them. `news` is
    what the engine said when the replica last caught up, `patience` the number of entries after which it may be written
    as a whole, if these are many, and `checks` the number of calls before which it must catch up again, because others
    append to its log as well.
    """

    __slots__ = ("_draft", "checks", "news", "patience")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._draft: Draft | None = None
        self.news: int | None = None
        self.patience = 0
        self.checks = 1

    def restore(self, name: str) -> None:
        super().restore(name)
        if self._draft is not None and self._draft.settings is not None:
            self._draft.settings.restored = name

    def begin(self, *, is_control: bool) -> None:
        """Open a control call, or calls of providers, which keep their coverage apart and change no settings.

        One of a provider can go on as a control call.
        """
        if self._draft is not None:
            if is_control and self._draft.settings is None:
                self._draft.settings = self._copy_settings()
            return
        self._draft = Draft(
            self.exists,
            self._requests,
            dict(self._states),
            NO_FAULTS if self._faults is None else describe_faults(self._faults),
            None if self._webhooks is None else self._shared_webhooks.begin(),
            None if is_control else [],
            self._copy_settings() if is_control else None,
        )

    def count_units(self, exercised: Exercised) -> None:
        if self._draft is None or self._draft.counted is None:
            super().count_units(exercised)
        else:
            self._draft.counted.append(exercised)

    def describe_change(self, codec: Codec) -> Change | None:
        """Describe what the open call has changed; None if nothing."""
        draft = self._draft
        if draft is None:
            return None
        journal = self.staged
        change = Change(
            requests=self._requests,
            entries=tuple(journal.added),
            notes=tuple(journal.notes),
            counts=codec.write_counts(draft.counted) if draft.counted else NO_COUNTS,
            states=self._list_state_changes(draft, codec),
        )
        if draft.settings is not None or self._faults is not None or self._webhooks is not None:
            change = self._describe_rest(change, draft)
        if journal.added or self.exists != draft.exists or change != Change(requests=draft.requests):
            return change
        return None

    def commit(self, version: int, token: bytes) -> None:
        """Keep what the open call has changed: that is the version of the log with this token."""
        draft, self._draft = self._draft, None
        if draft is not None:
            self._commit(draft)
        self.version, self.token = version, token
        if self.checks:
            self.checks -= 1

    def _commit(self, draft: Draft) -> None:
        self.sweeps.is_set = False
        for state in self._states.values():
            state.commit()
        if draft.counted:
            for exercised in draft.counted:
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
        self.sweeps.is_set = False
        self._states = draft.states
        for state in self._states.values():
            state.rollback()
            state.webhooks = self._webhooks
        self._requests, self.exists = draft.requests, draft.exists
        if draft.settings is not None:
            self.clock.adopt(draft.settings.clock)
            self._variants, self._snapshots = draft.settings.variants, draft.settings.snapshots or None
        if self._faults is not None and draft.faults is not NO_FAULTS:
            resume_faults(self._faults, draft.faults)
        else:
            self._faults = None
        self.staged.discard()

    def _copy_settings(self) -> Settings:
        return Settings(
            clock=self.clock.setting,
            restored=FIXTURES,
            snapshots=dict(self._snapshots) if self._snapshots else NO_SNAPSHOTS,
            variants=self._variants,
        )

    def _describe_rest(self, change: Change, draft: Draft) -> Change:
        """Add to a change what few calls change."""
        # Announced events become deliveries first, because that is part of the change, and counts faults.
        if self._webhooks is not None:
            self._shared_webhooks.collect()
        faults = NO_FAULTS if self._faults is None else describe_faults(self._faults)
        change = replace(
            change,
            removed=list_missing(draft.states, self._states),
            faults=None if faults == draft.faults else faults,
            webhooks=None if self._webhooks is None else self._shared_webhooks.compare(draft.webhooks),
        )
        if draft.settings is None:
            return change
        return add_settings(change, draft.settings, self._copy_settings(), self.staged)

    def _list_state_changes(self, draft: Draft, codec: Codec) -> tuple[StateChange, ...]:
        changes, encode = [], codec.write_record
        for provider, state in self._states.items():
            writes, counters = state.list_writes(encode)
            before = draft.states.get(provider)
            if before is state:
                if writes or counters:
                    changes.append(StateChange(provider, None, writes, counters))
                continue
            restored = FIXTURES if draft.settings is None else draft.settings.restored
            begins_at = restored if provider in self._snapshot(restored) else FIXTURES
            counters = state.counters()
            is_as_before = before is None and begins_at == FIXTURES
            if not is_as_before or writes or counters != self._baselines[provider].counters:  # not only looked at
                changes.append(StateChange(provider, begins_at, writes, counters))
        return tuple(changes)
