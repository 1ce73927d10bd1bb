"""What a replica was like before the running call, so that the call can be compared with it, or undone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from paysandbox.store.log.changes import Change, FaultSettings
from paysandbox.store.log.parts import StagedJournal, WebhookCopy, copy_variants, describe_clock
from paysandbox.store.namespace import Snapshot, Variants
from paysandbox.store.state import State
from paysandbox.store.unit_counts import Exercised

NO_SNAPSHOTS: Final[dict[str, Snapshot]] = {}


class Settings(Struct, kw_only=True):
    """What only a control call can change. `restored` is the name of the snapshot that it restores."""

    clock: tuple[timedelta, datetime | None]
    restored: str
    snapshots: dict[str, Snapshot]
    variants: Variants


class Draft(Struct):
    """All parts of a replica: frozen, or copies of what holds frozen values. A state undoes its own changes.

    `faults` are `NO_FAULTS` themselves if there was no list of them. `counted` is what calls of providers exercise,
    None for a control call; `settings` are what only a control call can change, None for calls of providers.
    """

    exists: bool
    requests: int
    states: dict[str, State]
    faults: FaultSettings
    webhooks: WebhookCopy | None
    counted: list[Exercised] | None
    settings: Settings | None


def add_settings(change: Change, before: Settings, after: Settings, journal: StagedJournal) -> Change:
    """Add to the change of a control call what no other can have changed."""
    saved, unsaved = _compare_snapshots(before.snapshots, after.snapshots)
    return replace(
        change,
        clock=None if after.clock == before.clock else describe_clock(after.clock),
        variants=None if after.variants is before.variants else copy_variants(after.variants),
        saved=saved,
        unsaved=unsaved,
        clears_journal=journal.is_cleared,
        expected=tuple(journal.expected),
    )


def _compare_snapshots(
    before: dict[str, Snapshot], after: dict[str, Snapshot]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return two lists of names: snapshots that were saved, and snapshots that were deleted."""
    if before is after:
        return (), ()
    saved = tuple(name for name, snapshot in after.items() if before.get(name) is not snapshot)
    return saved, list_missing(before, after)


def list_missing(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names that were there before and are not any more."""
    return () if before.keys() <= after.keys() else tuple(name for name in before if name not in after)
