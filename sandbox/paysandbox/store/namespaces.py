"""The worlds side by side: each namespace is the fixtures, an overlay of its own for every provider, and a clock."""

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
NAMESPACE_PREFIX: Final = "/ns/"  # before a provider's path, with the name behind it
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAMED: Final = "1 to 100 of A-Z a-z 0-9 . _ - are allowed, the first a letter or digit"

Variants = Mapping[str, Mapping[str, str]]
Snapshot = Mapping[str, StateSnapshot]

_NO_VARIANTS: Final[Variants] = {}

_log = logging.getLogger("paysandbox.store.namespaces")


class Namespace:
    """One world. What it has of its own comes into being when it is first asked for.

    `counts` has, for each provider, how often its calls exercised each unit of its contract.
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
        """What a provider remembers here."""
        found = self._states.get(provider)
        if found is None:
            origin = self._baselines[provider]
            own = self._variants.get(provider)
            found = self._states[provider] = origin.state(origin, self.clock, f"{self._seed}/{self.name}", own)
        return found

    @property
    def variants(self) -> Variants:
        """The choices in force, by provider."""
        return {name: {**one.variants, **self._variants.get(name, {})} for name, one in self._baselines.items()}

    @property
    def own_variants(self) -> Variants:
        """The choices that were made for this namespace alone."""
        return self._variants

    @property
    def journal(self) -> Journal:
        """What was asked and answered here."""
        if self._journal is None:
            self._journal = Journal(self._budget)
        return self._journal

    @property
    def faults(self) -> Faults:
        """What is to go wrong here."""
        if self._faults is None:
            self._faults = Faults()
        return self._faults

    @property
    def is_faulty(self) -> bool:
        """Whether anything is to go wrong."""
        return bool(self._faults)

    @property
    def fault_count(self) -> int:
        """How many faults it has."""
        return len(self._faults) if self._faults is not None else 0

    @property
    def requests(self) -> int:
        """How many calls were made here."""
        return self._requests

    def next_request(self) -> int:
        """The number of the next call: 1, 2 and so on."""
        self._requests += 1
        return self._requests

    def request_id(self, number: int) -> str:
        """The id of a call by its number: `default-1`."""
        return f"{self.name}-{number}"

    def reset(self) -> None:
        """Records and id counters back to the fixtures. Clock, journal, faults, snapshots and counts stay."""
        self._states.clear()

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The names of all snapshots, `fixtures` first, then in the order of their making."""
        return (FIXTURES, *(self._snapshots or ()))

    def save_snapshot(self, name: str) -> None:
        """Keep records and id counters under a name."""
        if self._snapshots is None:
            self._snapshots = {}
        self._snapshots[name] = self.snapshot()

    def snapshot(self) -> Snapshot:
        """Records and id counters as they are now."""
        return {provider: state.snapshot() for provider, state in self._states.items()}

    def delete_snapshot(self, name: str) -> None:
        """Drop a snapshot, which must exist and not be `fixtures`."""
        if self._snapshots:
            del self._snapshots[name]

    def restore(self, name: str) -> None:
        """Make records and id counters what they were in a snapshot, which must exist."""
        self.load(self._snapshot(name))

    def load(self, snapshot: Snapshot) -> None:
        """Make records and id counters those of a snapshot, and nothing else."""
        self._states.clear()
        for provider, memory in snapshot.items():
            self.state(provider).restore(memory)

    def diff(self, name: str) -> dict[str, dict[str, Difference]]:
        """How the records differ from a snapshot, which must exist; by provider and table, only where they differ."""
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
    """All namespaces, made on first use. Beyond `limit` the one unused for longest goes; `default` never does."""

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
        self._gone: dict[str, dict[str, int]] = {}

    def __iter__(self) -> Iterator[Namespace]:
        """All namespaces: `default`, then the one unused for longest, and so on."""
        yield self._default
        yield from self._others.values()

    @property
    def baselines(self) -> Mapping[str, Baseline]:
        """What every namespace starts from, by provider."""
        return self._baselines

    def get(self, name: str) -> Namespace:
        """The namespace of this name, made if there is none yet.

        Raises:
            ValueError: no name that a namespace can have.
        """
        return self.find(name) or self.add(self.create(name))

    def find(self, name: str) -> Namespace | None:
        """The namespace of this name, if there is one."""
        if name == DEFAULT:
            return self._default
        found = self._others.get(name)
        if found is not None:
            self._others.move_to_end(name)
        return found

    def create(self, name: str, *, variants: Variants | None = None, clock: Clock | None = None) -> Namespace:
        """A new namespace that is not among the others yet.

        Raises:
            ValueError: no name that a namespace can have.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} cannot name a namespace: {NAMED}")
        clock = clock or Clock(self._time)
        return Namespace(name, self._baselines, clock, self._seed, budget=self.budget, variants=variants)

    def add(self, made: Namespace) -> Namespace:
        """Keep a new namespace under its name, which must be free; beyond the limit the one unused for longest goes."""
        if len(self._others) >= max(self.limit - 1, 1):
            gone, namespace = self._others.popitem(last=False)
            self._remember(namespace)
            _log.warning("namespace %s was dropped: more than %d are in use", gone, self.limit)
        self._others[made.name] = made
        return made

    def drop(self, name: str, *, counted: bool = True) -> None:
        """Forget a known namespace with all that it has; `default` is a new one at once.

        What its calls exercised is still `counted` for the sandbox as a whole, unless the caller says otherwise.
        """
        gone = self._default if name == DEFAULT else self._others.pop(name)
        if not counted:
            gone.counts.clear()
        self._remember(gone)
        if name == DEFAULT:
            self._default = self.create(DEFAULT)

    def generate_name(self) -> str:
        """A name that no namespace has: `ns-1` and so on."""
        while True:
            self._generated += 1
            name = f"ns-{self._generated}"
            if name not in self._others:
                return name

    def sum_counts(self) -> dict[str, dict[str, int]]:
        """What the calls of all namespaces exercised, those that are gone included."""
        merged: dict[str, dict[str, int]] = {}
        for counts in (self._gone, *(namespace.counts for namespace in self)):
            _add(merged, counts)
        return merged

    def _remember(self, namespace: Namespace) -> None:
        """What outlives a namespace: what its calls exercised."""
        namespace.journal.clear()
        _add(self._gone, namespace.counts)


def _add(merged: dict[str, dict[str, int]], counts: Mapping[str, Mapping[str, int]]) -> None:
    for provider, units in counts.items():
        held = merged.setdefault(provider, {})
        for unit, count in units.items():
            held[unit] = held.get(unit, 0) + count
