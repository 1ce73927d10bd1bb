"""The calls of all namespaces as they come in, for pages and terminals that watch them.

The feed reads the journals when it is asked, so a call pays nothing for it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice, takewhile
from typing import Final

from msgspec import Struct

from paysandbox.control.call_filter import CallFilter, Described
from paysandbox.control.journal_view import describe_entries, summarize_entry
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

MOST: Final = 60  # calls of one reading: each takes about a third of a millisecond to describe
LATEST: Final = 1000  # calls of a beginning, which a watcher waits for
_MARK: Final = re.compile(r"(.+)-([1-9][0-9]{0,17})@(.*)", re.ASCII)


class WatchedCall:
    """A call: its entry, and its summary: as the journal describes it, without bodies and headers, with its namespace.

    `mark` names it for `CallFeed.list_after`. `describe` makes the whole description.
    """

    def __init__(self, entry: Entry, summary: Described, mark: str, describe: Callable[[], Described]) -> None:
        self.entry = entry
        self.summary = summary
        self.mark = mark
        self._describe = describe

    @property
    def namespace(self) -> str:
        """The name of its namespace."""
        return str(self.summary["namespace"])

    @cached_property
    def described(self) -> Described:
        """The whole call. Made when it is asked for, because to mask a body of 1 MiB takes a tenth of a second."""
        return self._describe()

    def passes(self, wanted: CallFilter) -> bool:
        """Tell whether a filter accepts it."""
        if not wanted.accepts_entry(self.namespace, self.entry) or not wanted.accepts_summary(self.summary):
            return False
        return wanted.text is None or wanted.finds_text(self.described)


class Batch(Struct, frozen=True):
    """Calls in the order in which they came; `skipped` are left out."""

    calls: tuple[WatchedCall, ...]
    skipped: int


class CallFeed:
    """What has come since the last reading, or since the feed was created, in all namespaces."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        # In memory the numbers of calls begin anew with each start.
        self._run = "" if runtime.replication is not None else f"{runtime.started:%Y%m%d%H%M%S%f}"
        self._seen = self._count()

    def read(self) -> Batch:
        """Return the calls since the last reading; if they are too many, the latest."""
        now, seen = self._count(), self._seen
        # A namespace that counts fewer calls than before was deleted and created again.
        since = {name: seen.get(name, 0) if seen.get(name, 0) <= count else 0 for name, count in now.items()}
        came = sum(now.values()) - sum(since.values())
        if came:
            new = (found for found in self._walk() if found[1].number > since.get(found[0].name, 0))
            latest = self._describe(islice(new, min(MOST, came)))
        else:
            latest = ()
        self._seen = now
        return Batch(latest, came - len(latest))

    def mark_latest(self) -> str | None:
        """Return the mark of the latest call; None without any."""
        latest = next(self._walk(), None)
        return None if latest is None else self._mark(*latest)

    def list_latest(self, wanted: CallFilter, limit: int) -> Batch:
        """Return the latest calls that pass a filter, of as many as a beginning may have."""
        entries = (found for found in islice(self._walk(), LATEST) if wanted.accepts_entry(found[0].name, found[1]))
        latest = list(islice((call for call in map(self._watch, entries) if call.passes(wanted)), limit))
        return Batch(tuple(reversed(latest)), 0)

    def list_after(self, mark: str, wanted: CallFilter) -> Batch:
        """Return the calls after the one with this mark that pass a filter; `skipped` if there are too many.

        All calls count as later if that one is of an earlier run, or if the journals have lost it.
        """
        found = _MARK.fullmatch(mark)
        namespace, number = (found[1], int(found[2])) if found and found[3] == self._run else ("", 0)
        later = list(takewhile(lambda one: one[0].name != namespace or one[1].number > number, self._walk()))
        shown = tuple(call for call in self._describe(later[:LATEST]) if call.passes(wanted))
        return Batch(shown, max(len(later) - LATEST, 0))

    def list_places(self, wanted: CallFilter) -> list[tuple[Namespace, int]]:
        """List namespace and number of all calls that may pass a filter, oldest first.

        Not the calls themselves, because a client that reads them slowly would keep alive what the journals evict.
        """
        walk = self._walk()
        return [(space, entry.number) for space, entry in walk if wanted.accepts_entry(space.name, entry)][::-1]

    def find(self, namespace: Namespace, number: int) -> WatchedCall | None:
        """Return a call; None if the journal does not hold it any more."""
        entry = namespace.journal.get(number)
        return None if entry is None else self._watch((namespace, entry))

    def _walk(self) -> Iterator[tuple[Namespace, Entry]]:
        """Walk over the entries of all journals, newest first."""
        owners = {id(namespace.journal): namespace for namespace in self._runtime.namespaces if namespace.requests}
        for journal, entry in reversed(self._runtime.namespaces.budget):
            namespace = owners.get(id(journal))
            if namespace is not None:
                yield namespace, entry

    def _describe(self, newest_first: Iterable[tuple[Namespace, Entry]]) -> tuple[WatchedCall, ...]:
        return tuple(map(self._watch, reversed(list(newest_first))))

    def _watch(self, found: tuple[Namespace, Entry]) -> WatchedCall:
        namespace, entry = found
        named = {"namespace": namespace.name}
        summary = named | summarize_entry(entry, namespace, self._runtime)
        mark = self._mark(namespace, entry)
        return WatchedCall(entry, summary, mark, lambda: named | describe_entries([entry], namespace, self._runtime)[0])

    def _mark(self, namespace: Namespace, entry: Entry) -> str:
        return f"{namespace.request_id(entry.number)}@{self._run}"

    def _count(self) -> dict[str, int]:
        return {namespace.name: namespace.requests for namespace in self._runtime.namespaces}
