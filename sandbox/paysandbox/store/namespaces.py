"""All namespaces: created on first use, and dropped beyond a limit."""

import logging
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core.clock import Clock, system_time
from paysandbox.store.journal import JournalBudget
from paysandbox.store.namespace import FIXTURES, Namespace, Snapshot, Variants
from paysandbox.store.state import Baseline
from paysandbox.store.unit_counts import Counts, UnitCounts, add_counts
from paysandbox.store.webhooks import Webhooks

__all__ = [
    "DEFAULT",
    "FIXTURES",
    "NAME",
    "NAMESPACE_PREFIX",
    "NAME_RULE",
    "Namespace",
    "Namespaces",
    "Snapshot",
    "Variants",
]

DEFAULT: Final = "default"
NAMESPACE_PREFIX: Final = "/ns/"  # in a path, before the name of the namespace
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAME_RULE: Final = "a name has 1 to 100 characters of A-Z a-z 0-9 . _ - and begins with a letter or digit"

_log = logging.getLogger("paysandbox.store.namespaces")


class Namespaces:
    """All namespaces, created on first use. Beyond `limit` the least recently used is dropped; `default` never is."""

    kind: type[Namespace] = Namespace

    def __init__(
        self,
        baselines: Mapping[str, Baseline],
        *,
        seed: str,
        limit: int = sys.maxsize,
        time: Callable[[], datetime] = system_time,
        budget: JournalBudget | None = None,
        webhook_urls: Iterable[str] = (),
    ) -> None:
        """`webhook_urls` are endpoints of every namespace, for all events."""
        self._webhook_urls = tuple(webhook_urls)
        self.on_event: Callable[[Webhooks], object] = bool  # called when there is something to deliver
        self._baselines, self._seed, self._time = baselines, seed, time
        self.limit = limit
        self.budget = budget or JournalBudget()
        self._default = self.create(DEFAULT)
        self._others: OrderedDict[str, Namespace] = OrderedDict()
        self._generated = 0
        self._dropped_counts: Counts = {}
        self.on_clear: Callable[[Namespace], object] = bool  # called before the journal of a namespace is dropped

    def __iter__(self) -> Iterator[Namespace]:
        """Iterate over all namespaces: `default`, then the others from the least recently used."""
        yield self._default
        yield from self._others.values()

    def count(self) -> int:
        """Return the number of namespaces in memory."""
        return 1 + len(self._others)

    @property
    def baselines(self) -> Mapping[str, Baseline]:
        """The initial state of every namespace, by provider."""
        return self._baselines

    def rebase(self, baselines: Mapping[str, Baseline]) -> None:
        """Let new namespaces start from other baselines; those that exist are rebased one by one."""
        self._baselines = baselines

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
        created = self.kind(
            name,
            self._baselines,
            clock or Clock(self._time),
            self._seed,
            budget=self.budget,
            variants=variants,
        )
        created.on_event = self._wake
        for url in self._webhook_urls:
            created.open_webhooks().add_endpoint(url)
        for baseline in self._baselines.values():
            created.add_endpoints(baseline)
        return created

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
            dropped.unit_counts = UnitCounts()
        self._retire(dropped)
        if name == DEFAULT:
            self._default = self.create(DEFAULT)

    def generate_name(self) -> str:
        """Return a free name: `ns-1` and so on."""
        self._generated += 1
        while (name := f"ns-{self._generated}") in self._others:
            self._generated += 1
        return name

    def sum_counts(self) -> Counts:
        """Sum the coverage counts of all namespaces, including dropped ones."""
        merged: Counts = {}
        for counts in (self._dropped_counts, *(namespace.counts for namespace in self)):
            add_counts(merged, counts)
        return merged

    def clear_journal(self, namespace: Namespace) -> None:
        self.on_clear(namespace)
        namespace.journal.clear()

    def _wake(self, webhooks: Webhooks) -> None:
        self.on_event(webhooks)

    def _retire(self, namespace: Namespace) -> None:
        namespace.close()
        self.clear_journal(namespace)
        add_counts(self._dropped_counts, namespace.counts)
