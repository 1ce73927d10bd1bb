"""Namespaces: each has its own state of every provider, over shared fixtures, and its own clock."""

import logging
import re
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core.clock import Clock, system_time
from paysandbox.store.faults import Faults
from paysandbox.store.journal import Journal, JournalBudget
from paysandbox.store.state import Baseline, State, StateSnapshot
from paysandbox.store.tables import Difference

DEFAULT: Final = "default"
FIXTURES: Final = "fixtures"
NAMESPACE_PREFIX: Final = "/ns/"  # in a path, before the name of the namespace
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAME_RULE: Final = "a name has 1 to 100 characters of A-Z a-z 0-9 . _ - and begins with a letter or digit"

Variants = Mapping[str, Mapping[str, str]]
Snapshot = Mapping[str, StateSnapshot]

_NO_VARIANTS: Final[Variants] = {}

_log = logging.getLogger("paysandbox.store.namespaces")


class Namespace:
    """One isolated copy of all state. States, journal and faults are created on first use, to keep a namespace small.

    `counts` is the number of calls that exercised each coverage unit, by provider and unit.
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
        "clock",
        "counts",
        "name",
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
        self.counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._seed = seed
        self._baselines = baselines
        self._variants = variants or _NO_VARIANTS
        self._states: dict[str, State] = {}
        self._requests = 0
        self._budget = budget or JournalBudget()
        self._journal: Journal | None = None
        self._faults: Faults | None = None
        self._snapshots: dict[str, Snapshot] | None = None

    def state(self, provider: str) -> State:
        """Return the state of a provider in this namespace."""
        found = self._states.get(provider)
        if found is None:
            baseline = self._baselines[provider]
            own = self._variants.get(provider)
            found = self._states[provider] = baseline.state(baseline, self.clock, f"{self._seed}/{self.name}", own)
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

    def reset(self) -> None:
        """Reset records and id counters to the fixtures. Clock, journal, faults, snapshots and counts stay."""
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

    def delete_snapshot(self, name: str) -> None:
        """Delete a snapshot, which must exist and not be `fixtures`."""
        if self._snapshots:
            del self._snapshots[name]

    def restore(self, name: str) -> None:
        """Restore records and id counters from a named snapshot, which must exist."""
        self.load(self._snapshot(name))

    def load(self, snapshot: Snapshot) -> None:
        """Replace records and id counters with those of a snapshot."""
        self._states.clear()
        for provider, state_snapshot in snapshot.items():
            self.state(provider).restore(state_snapshot)

    def load_baseline(self, baseline: Baseline) -> None:
        """Replace records, id counters and variants of one provider."""
        provider = baseline.provider
        variants = dict(self._variants)
        variants.pop(provider, None)
        if baseline.variants != self._baselines[provider].variants:
            variants[provider] = baseline.variants
        self._variants = variants
        self._states.pop(provider, None)
        self.state(provider).load(baseline)

    def diff(self, name: str) -> dict[str, dict[str, Difference]]:
        """Compare the records with a named snapshot, which must exist; return differences by provider and table."""
        snapshot = self._snapshot(name)
        found = {
            provider: self.state(provider).diff(snapshot.get(provider, _EMPTY))
            for provider in sorted({*self._states, *snapshot})
        }
        return {provider: tables for provider, tables in found.items() if tables}

    def _snapshot(self, name: str) -> Snapshot:
        return {} if name == FIXTURES or self._snapshots is None else self._snapshots[name]


_EMPTY: Final = StateSnapshot({}, {})


class Namespaces:
    """All namespaces, created on first use. Beyond `limit` the least recently used is dropped; `default` never is."""

    def __init__(
        self,
        baselines: Mapping[str, Baseline],
        *,
        seed: str,
        limit: int = sys.maxsize,
        time: Callable[[], datetime] = system_time,
        budget: JournalBudget | None = None,
    ) -> None:
        self._baselines = baselines
        self._seed = seed
        self.limit = limit
        self._time = time
        self.budget = budget or JournalBudget()
        self._default = self.create(DEFAULT)
        self._others: OrderedDict[str, Namespace] = OrderedDict()
        self._generated = 0
        self._dropped_counts: dict[str, dict[str, int]] = {}
        # Called with a namespace before its journal is cleared, or with it deleted.
        self.on_clear: Callable[[Namespace], None] | None = None

    def __iter__(self) -> Iterator[Namespace]:
        """Iterate over all namespaces: `default`, then the others from the least recently used."""
        yield self._default
        yield from self._others.values()

    @property
    def baselines(self) -> Mapping[str, Baseline]:
        """The initial state of every namespace, by provider."""
        return self._baselines

    def get(self, name: str) -> Namespace:
        """Return the namespace of this name; create it if it is missing.

        Raises:
            ValueError: the name is not allowed.
        """
        return self.find(name) or self.add(self.create(name))

    def find(self, name: str) -> Namespace | None:
        """Return the namespace of this name if it exists, and count that as a use."""
        if name == DEFAULT:
            return self._default
        found = self._others.get(name)
        if found is not None:
            self._others.move_to_end(name)
        return found

    def create(self, name: str, *, variants: Variants | None = None, clock: Clock | None = None) -> Namespace:
        """Create a namespace without adding it.

        Raises:
            ValueError: the name is not allowed.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is not a name of a namespace: {NAME_RULE}")
        clock = clock or Clock(self._time)
        return Namespace(name, self._baselines, clock, self._seed, budget=self.budget, variants=variants)

    def add(self, namespace: Namespace) -> Namespace:
        """Add a namespace, whose name must be free; beyond the limit drop the least recently used."""
        if len(self._others) >= max(self.limit - 1, 1):
            _, dropped = self._others.popitem(last=False)
            self._retire(dropped)
            _log.warning("dropped namespace %s: more than %d namespaces are in use", dropped.name, self.limit)
        self._others[namespace.name] = namespace
        return namespace

    def drop(self, name: str, *, counted: bool = True) -> None:
        """Delete an existing namespace with everything in it; `default` is created anew.

        The coverage of the whole sandbox still includes its calls, unless `counted` is False.
        """
        dropped = self._default if name == DEFAULT else self._others.pop(name)
        if not counted:
            dropped.counts.clear()
        self._retire(dropped)
        if name == DEFAULT:
            self._default = self.create(DEFAULT)

    def generate_name(self) -> str:
        """Return a free name: `ns-1` and so on."""
        while True:
            self._generated += 1
            name = f"ns-{self._generated}"
            if name not in self._others:
                return name

    def sum_counts(self) -> dict[str, dict[str, int]]:
        """Sum the coverage counts of all namespaces, including dropped ones."""
        merged: dict[str, dict[str, int]] = {}
        for counts in (self._dropped_counts, *(namespace.counts for namespace in self)):
            _add(merged, counts)
        return merged

    def clear_journal(self, namespace: Namespace) -> None:
        """Drop all entries of a namespace's journal."""
        if self.on_clear is not None:
            self.on_clear(namespace)
        namespace.journal.clear()

    def _retire(self, namespace: Namespace) -> None:
        """Free the journal's budget, and keep the coverage counts."""
        self.clear_journal(namespace)
        _add(self._dropped_counts, namespace.counts)


def _add(merged: dict[str, dict[str, int]], counts: Mapping[str, Mapping[str, int]]) -> None:
    for provider, units in counts.items():
        held = merged.setdefault(provider, {})
        for unit, count in units.items():
            held[unit] = held.get(unit, 0) + count
