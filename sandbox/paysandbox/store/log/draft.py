"""What a replica was like before the running call, so that the call can be compared with it, or undone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from paysandbox.store.log.changes import FaultSettings
from paysandbox.store.log.parts import WebhookCopy
from paysandbox.store.namespace import Snapshot, Variants
from paysandbox.store.state import State
from paysandbox.store.unit_counts import Exercised

NO_SNAPSHOTS: Final[dict[str, Snapshot]] = {}


class Draft(Struct, kw_only=True):
    """All parts of a replica: frozen, or copies of what holds frozen values. A state undoes its own changes.

    `counted` is what the call exercises, None if that is counted at once; `restored` the name of the snapshot that the
    call restores, and changes when it does.
    """

    clock: tuple[timedelta, datetime | None]
    counted: list[Exercised] | None
    exists: bool
    faults: FaultSettings
    has_faults: bool
    requests: int
    restored: str
    snapshots: dict[str, Snapshot]
    states: dict[str, State]
    variants: Variants
    webhooks: WebhookCopy | None


def compare_snapshots(
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
