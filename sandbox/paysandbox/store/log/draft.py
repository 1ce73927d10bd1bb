"""What a replica was like before the running call, so that the call can be compared with it, or undone."""

from collections import defaultdict
from datetime import datetime, timedelta

from paysandbox.store.log.changes import FaultSettings
from paysandbox.store.log.parts import WebhookCopy
from paysandbox.store.namespace import Snapshot, Variants
from paysandbox.store.state import State


class Draft:
    """All parts of a replica: frozen, or copies of what holds frozen values. A state undoes its own changes."""

    __slots__ = (
        "clock",
        "counts",
        "exists",
        "faults",
        "has_faults",
        "requests",
        "restored",
        "snapshots",
        "states",
        "variants",
        "webhooks",
    )

    clock: tuple[timedelta, datetime | None]
    counts: defaultdict[str, dict[str, int]]
    exists: bool
    faults: FaultSettings
    has_faults: bool
    requests: int
    restored: str
    snapshots: dict[str, Snapshot]
    states: dict[str, State]
    variants: Variants
    webhooks: WebhookCopy | None
