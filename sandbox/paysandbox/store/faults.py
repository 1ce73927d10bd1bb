"""Injected faults: which calls and webhook deliveries of a namespace fail, how, and how often."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from random import Random
from typing import Literal

from msgspec import Struct

LOST_BEFORE = "before"
LOST_AFTER = "after"


class Effect(Struct, frozen=True, omit_defaults=True):
    """The effect of a fault: exactly one field is set.

    `status` is answered in place of processing the call. `delay_ms` delays the reply of a processed call, in
    milliseconds. `drop` closes the connection `before` or `after` the call is processed. `truncate` is the number of
    bytes of the body that are sent.
    The last two strike deliveries of webhooks in place of calls: made twice, after the next one or never, or
    `webhook_delay` seconds later.
    """

    status: int | None = None
    delay_ms: int | None = None
    drop: Literal["before", "after"] | None = None
    truncate: int | None = None
    webhook: Literal["duplicate", "reorder", "drop"] | None = None
    webhook_delay: int | None = None

    @property
    def strikes_deliveries(self) -> bool:
        return self.webhook is not None or self.webhook_delay is not None


class When(Struct, frozen=True, omit_defaults=True):
    """Which of the matching calls or deliveries fail: none of the first `after`, at most `times`.

    `probability` is that of each, from 0 to 1. The same `seed` picks the same calls.
    """

    after: int = 0
    times: int | None = None
    probability: Decimal | None = None
    seed: int = 0


class Fault:
    """One fault of a namespace, with the count of the calls or deliveries that it made fail.

    `target` is the operationId of the calls, or the event of the deliveries.
    """

    __slots__ = ("_chance", "_seen", "effect", "fired", "id", "provider", "target", "when")

    def __init__(self, name: str, provider: str | None, target: str | None, when: When, effect: Effect) -> None:
        self.id = name
        self.provider = provider
        self.target = target
        self.when = when
        self.effect = effect
        self.fired = 0
        self._seen = 0
        self._chance = Random(when.seed)  # noqa: S311 - must be repeatable, not secret

    @property
    def seen(self) -> int:
        """The number of calls or deliveries that it could have struck."""
        return self._seen

    def resume(self, fired: int, seen: int) -> None:
        """Go on where a fault of the same condition stands: it has struck and seen so many."""
        if seen < self._seen:
            self._seen, self._chance = 0, Random(self.when.seed)  # noqa: S311 - as above
        if self.when.probability is not None:
            for _ in range(seen - self._seen):
                self._chance.random()
        self.fired, self._seen = fired, seen

    def fires_for(self, provider: str, target: str | None) -> bool:
        """Count a call or delivery, and return whether this fault makes it fail."""
        if self.provider not in {None, provider} or self.target not in {None, target}:
            return False
        self._seen += 1
        # Draw for every matching call, so that `after` and `times` do not change which calls are picked.
        picked = self.when.probability is None or self._chance.random() < self.when.probability
        spent = self.when.times is not None and self.fired >= self.when.times
        if not picked or spent or self._seen <= self.when.after:
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of one namespace, in the order of creation. At most one fires for a call or delivery: the first."""

    __slots__ = ("_created", "_faults")

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._created = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, provider: str | None, target: str | None, when: When, effect: Effect) -> Fault:
        """Add a fault; None stands for any provider, or any operation or event."""
        self._created += 1
        fault = Fault(f"fault-{self._created}", provider, target, when, effect)
        self._faults[fault.id] = fault
        return fault

    @property
    def created(self) -> int:
        """The number of faults that were ever added."""
        return self._created

    def resume(self, created: int, faults: Iterable[Fault]) -> None:
        """Go on with these faults, where so many were ever added."""
        self._created = created
        self._faults = {fault.id: fault for fault in faults}

    def remove(self, name: str) -> bool:
        """Remove a fault by its id; return False if there is none."""
        return self._faults.pop(name, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def find_firing(self, provider: str, operation: str | None) -> Fault | None:
        """Return the fault that fires for a call, if any. The faults after it do not count the call."""
        calls = (fault for fault in self._faults.values() if not fault.effect.strikes_deliveries)
        return next((fault for fault in calls if fault.fires_for(provider, operation)), None)

    def find_firing_delivery(self, provider: str, event: str) -> Fault | None:
        """Return the fault that fires for a delivery of an event, if any."""
        deliveries = (fault for fault in self._faults.values() if fault.effect.strikes_deliveries)
        return next((fault for fault in deliveries if fault.fires_for(provider, event)), None)
