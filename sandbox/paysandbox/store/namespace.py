"""A namespace: its own state of every provider, over shared fixtures, with its own clock, journal and faults."""

from collections.abc import Callable, Mapping
from typing import Final

from paysandbox.core.clock import Clock
from paysandbox.store.faults import Fault, Faults
from paysandbox.store.journal import Journal, JournalBudget
from paysandbox.store.overlays import Difference
from paysandbox.store.state import Baseline, State, StateSnapshot
from paysandbox.store.unit_counts import Counts, Exercised, UnitCounts
from paysandbox.store.webhooks import Webhooks

FIXTURES: Final = "fixtures"

Variants = Mapping[str, Mapping[str, str]]
Snapshot = Mapping[str, StateSnapshot]

_DIGITS: Final = 18  # of the number of a call
_NO_VARIANTS: Final[Variants] = {}
_EMPTY: Final = StateSnapshot({}, {})


class Namespace:
    """One isolated copy of all state. What is not needed yet does not exist, to keep a namespace small.

    `counts` is the number of calls that exercised each coverage unit, by provider and unit. `on_event` is
    called when webhooks have something to deliver.
    """

    __slots__ = (
        "_baselines",
        "_budget",
        "_faults",
        "_journal",
        "_requests",
        "_seed",
        "_snapshots",
        "_states",
        "_variants",
        "_webhooks",
        "clock",
        "name",
        "on_event",
        "unit_counts",
    )

    def __init__(
        self,
        name: str,
        baselines: Mapping[str, Baseline],
        clock: Clock,
        seed: str,
        *,
        budget: JournalBudget | None = None,
        variants: Variants | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.unit_counts = UnitCounts()
        self._seed = seed
        self._baselines = baselines
        self._variants = variants or _NO_VARIANTS
        self._states: dict[str, State] = {}
        self._requests = 0
        self._budget = budget or JournalBudget()
        self._journal: Journal | None = None
        self._faults: Faults | None = None
        self._snapshots: dict[str, Snapshot] | None = None
        self.on_event: Callable[[Webhooks], object] = bool
        self._webhooks: Webhooks | None = None

    def state(self, provider: str) -> State:
        """Return the state of a provider in this namespace."""
        found = self._states.get(provider)
        if found is None:
            baseline = self._baselines[provider]
            own = self._variants.get(provider)
            found = self._states[provider] = baseline.state(baseline, self.clock, f"{self._seed}/{self.name}", own)
            if self._webhooks is not None:
                found.webhooks = self._webhooks
        return found

    @property
    def variants(self) -> Variants:
        """The choices of variants in force, by provider."""
        return {
            name: {**baseline.variants, **self._variants.get(name, {})} for name, baseline in self._baselines.items()
        }

    @property
    def own_variants(self) -> Variants:
        """The choices of variants that were made for this namespace, by provider."""
        return self._variants

    @property
    def counts(self) -> Counts:
        """The number of calls that exercised each coverage unit, by provider and unit; must not be changed."""
        return self.unit_counts.sum()

    def count_units(self, exercised: Exercised) -> None:
        """Count the coverage units of a call."""
        self.unit_counts.add(exercised)

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            self._journal = Journal(self._budget)
        return self._journal

    @property
    def faults(self) -> Faults:
        if self._faults is None:
            self._faults = Faults()
        return self._faults

    @property
    def webhooks(self) -> Webhooks | None:
        """The webhooks; None as long as no endpoint was registered."""
        return self._webhooks

    def open_webhooks(self) -> Webhooks:
        """Return the webhooks, created on the first use."""
        if self._webhooks is None:
            self._webhooks = Webhooks(self.name, self.clock, self._find_delivery_fault, self.on_event)
            for state in self._states.values():
                state.webhooks = self._webhooks
        return self._webhooks

    @property
    def is_faulty(self) -> bool:
        """Whether there are faults; does not create the list, because every call asks."""
        return bool(self._faults)

    @property
    def fault_count(self) -> int:
        return len(self._faults) if self._faults is not None else 0

    @property
    def requests(self) -> int:
        return self._requests

    def next_request(self) -> int:
        """Count a call, and return its number: 1, 2 and so on."""
        self._requests += 1
        return self._requests

    def request_id(self, number: int) -> str:
        """Return the id of a call by its number: `default-1`."""
        return f"{self.name}-{number}"

    def request_number(self, name: str) -> int | None:
        """Return the number of the call with this id; None if no call has had it."""
        digits = name.removeprefix(f"{self.name}-")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else 0
        return number if 0 < number <= self._requests and name == self.request_id(number) else None

    def reset(self) -> None:
        """Reset records and id counters to the fixtures. Clock, journal, faults, snapshots, endpoints and counts stay.

        Deliveries that wait are dropped, because the next test must not receive the events of the one before it.
        """
        self._drop_waiting("the namespace was reset")
        self._states.clear()

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The names of all snapshots: `fixtures`, then the others in the order of creation."""
        return (FIXTURES, *(self._snapshots or ()))

    def save_snapshot(self, name: str) -> None:
        """Save records and id counters under a name."""
        if self._snapshots is None:
            self._snapshots = {}
        self._snapshots[name] = self.snapshot()

    def snapshot(self) -> Snapshot:
        """Return records and id counters as they are now."""
        return {provider: state.snapshot() for provider, state in self._states.items()}

    def named_snapshots(self) -> dict[str, Snapshot]:
        """Return the named snapshots, without `fixtures`."""
        return dict(self._snapshots or {})

    def delete_snapshot(self, name: str) -> None:
        """Delete a snapshot, which must exist and not be `fixtures`."""
        if self._snapshots:
            del self._snapshots[name]

    def restore(self, name: str) -> None:
        """Restore records and id counters from a named snapshot, which must exist. Deliveries that wait are dropped."""
        self._drop_waiting(f"the snapshot {name} was restored")
        self.load(self._snapshot(name))

    def load(self, snapshot: Snapshot) -> None:
        """Replace records and id counters with those of a snapshot."""
        self._states.clear()
        for provider, state_snapshot in snapshot.items():
            self.state(provider).restore(state_snapshot)

    def load_baseline(self, baseline: Baseline) -> None:
        """Replace records, id counters and variants of one provider, and add its endpoints of webhooks.

        Deliveries that wait are dropped.
        """
        self._drop_waiting("other records were imported")
        provider = baseline.provider
        variants = dict(self._variants)
        variants.pop(provider, None)
        if baseline.variants != self._baselines[provider].variants:
            variants[provider] = baseline.variants
        self._variants = variants
        self._states.pop(provider, None)
        self.state(provider).load(baseline)
        self.add_endpoints(baseline)

    def add_endpoints(self, baseline: Baseline) -> None:
        """Register the webhook endpoints of one provider's fixtures that are not registered yet."""
        if baseline.endpoints:
            self.open_webhooks().add_missing(baseline.provider, baseline.endpoints)

    def rebase(
        self,
        baselines: Mapping[str, Baseline],
        variants: Variants,
        current: Snapshot,
        snapshots: Mapping[str, Snapshot],
    ) -> None:
        """Go over to other baselines, with records, named snapshots and variants that fit them.

        Of the endpoints of webhooks only those change that the fixtures had or have got.
        """
        self._change_endpoints(baselines)
        self._baselines = baselines
        self._variants = variants
        self._snapshots = dict(snapshots) or None
        self.load(current)

    def _change_endpoints(self, baselines: Mapping[str, Baseline]) -> None:
        for provider in {**self._baselines, **baselines}:
            before = self._baselines[provider].endpoints if provider in self._baselines else ()
            after = baselines[provider].endpoints if provider in baselines else ()
            if before != after:
                webhooks = self.open_webhooks()
                webhooks.remove_endpoints(provider, [endpoint for endpoint in before if endpoint not in after])
                webhooks.add_missing(provider, [endpoint for endpoint in after if endpoint not in before])

    def diff(self, name: str) -> dict[str, dict[str, Difference]]:
        """Compare the records with a named snapshot, which must exist; return differences by provider and table."""
        snapshot = self._snapshot(name)
        found = {
            provider: self.state(provider).diff(snapshot.get(provider, _EMPTY))
            for provider in sorted({*self._states, *snapshot})
        }
        return {provider: tables for provider, tables in found.items() if tables}

    def close(self) -> None:
        """Deliver nothing any more, because the namespace is deleted."""
        self._drop_waiting("the namespace was deleted")

    def _drop_waiting(self, reason: str) -> None:
        if self._webhooks is not None:
            self._webhooks.drop_waiting(reason)

    def _find_delivery_fault(self, provider: str, event: str) -> Fault | None:
        return None if self._faults is None else self._faults.find_firing_delivery(provider, event)

    def _snapshot(self, name: str) -> Snapshot:
        return {} if name == FIXTURES or self._snapshots is None else self._snapshots[name]
