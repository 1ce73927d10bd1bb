"""Injected faults: which calls of a namespace fail, how, and how often."""

from collections.abc import Iterator
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
    """

    status: int | None = None
    delay_ms: int | None = None
    drop: Literal["before", "after"] | None = None
    truncate: int | None = None


class When(Struct, frozen=True, omit_defaults=True):
    """Which of the matching calls fail: none of the first `after`, at most `times`, each with a `probability`.

    `probability` is from 0 to 1. The same `seed` picks the same calls.
    """

    after: int = 0
    times: int | None = None
    probability: Decimal | None = None
    seed: int = 0


class Fault:
    """One fault of a namespace, with the count of the calls that it made fail."""

    __slots__ = ("_chance", "_seen", "effect", "fired", "id", "operation", "provider", "when")

    def __init__(self, name: str, provider: str | None, operation: str | None, when: When, effect: Effect) -> None:
        self.id = name
        self.provider = provider
        self.operation = operation
        self.when = when
        self.effect = effect
        self.fired = 0
        self._seen = 0
        self._chance = Random(when.seed)  # noqa: S311 - must be repeatable, not secret

    def fires_for(self, provider: str, operation: str | None) -> bool:
        """Count a call, and return whether this fault makes it fail."""
        if self.provider not in {None, provider} or self.operation not in {None, operation}:
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
    """The faults of one namespace, in the order of creation. At most one fires for a call: the first."""

    __slots__ = ("_created", "_faults")

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._created = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, provider: str | None, operation: str | None, when: When, effect: Effect) -> Fault:
        """Add a fault; None stands for any provider, or any operation."""
        self._created += 1
        fault = Fault(f"fault-{self._created}", provider, operation, when, effect)
        self._faults[fault.id] = fault
        return fault

    def remove(self, name: str) -> bool:
        """Remove a fault by its id; return False if there is none."""
        return self._faults.pop(name, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def find_firing(self, provider: str, operation: str | None) -> Fault | None:
        """Return the fault that fires for a call, if any. The faults after it do not count the call."""
        return next((fault for fault in self._faults.values() if fault.fires_for(provider, operation)), None)
