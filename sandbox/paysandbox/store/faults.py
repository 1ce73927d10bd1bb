"""Failures on order: what goes wrong with which calls of a namespace, and how often it has."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Literal

from msgspec import Struct

LOST_BEFORE = "before"
LOST_AFTER = "after"


class Effect(Struct, frozen=True, omit_defaults=True):
    """What goes wrong, exactly one of these.

    A `status` is answered and nothing is done; `delay_ms` is how long the reply waits once all is done; `drop` closes
    the connection `before` anything is done or `after`; `truncate` is how many bytes of the body arrive.
    """

    status: int | None = None
    delay_ms: int | None = None
    drop: Literal["before", "after"] | None = None
    truncate: int | None = None


class When(Struct, frozen=True, omit_defaults=True):
    """Which of the calls that match: not the first `after`, only `times`, and those that chance picks.

    `probability` is from 0 to 1; the same `seed` picks the same calls again.
    """

    after: int = 0
    times: int | None = None
    probability: Decimal | None = None
    seed: int = 0


class Fault:
    """One fault of a namespace, and how often it has fired."""

    __slots__ = ("_chance", "_seen", "effect", "fired", "id", "operation", "provider", "when")

    def __init__(self, name: str, provider: str | None, operation: str | None, when: When, effect: Effect) -> None:
        self.id = name
        self.provider = provider
        self.operation = operation
        self.when = when
        self.effect = effect
        self.fired = 0
        self._seen = 0
        self._chance = Random(when.seed)  # noqa: S311 - it must be the same every time

    def fires_for(self, provider: str, operation: str | None) -> bool:
        """Whether it strikes this call, which is counted."""
        if self.provider not in {None, provider} or self.operation not in {None, operation}:
            return False
        self._seen += 1
        # Drawn for every call that matches, so that the same ones are picked whatever `after` and `times` say.
        picked = self.when.probability is None or self._chance.random() < self.when.probability
        spent = self.when.times is not None and self.fired >= self.when.times
        if not picked or spent or self._seen <= self.when.after:
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of one namespace, in the order of their making; the first that strikes a call is the only one."""

    __slots__ = ("_faults", "_made")

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._made = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, provider: str | None, operation: str | None, when: When, effect: Effect) -> Fault:
        """Order a fault; None is any provider, any operation."""
        self._made += 1
        made = Fault(f"fault-{self._made}", provider, operation, when, effect)
        self._faults[made.id] = made
        return made

    def remove(self, name: str) -> bool:
        """Call one off; False if there is none of this name."""
        return self._faults.pop(name, None) is not None

    def clear(self) -> None:
        """Call all of them off."""
        self._faults.clear()

    def find_firing(self, provider: str, operation: str | None) -> Fault | None:
        """The fault that strikes this call, if any; a call that one has struck is not counted by those after it."""
        return next((fault for fault in self._faults.values() if fault.fires_for(provider, operation)), None)
