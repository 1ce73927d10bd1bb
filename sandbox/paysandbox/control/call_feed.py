"""The calls of all namespaces as they come in, for pages and terminals that watch them.

The feed reads the journals when it is asked, so a call pays nothing for it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from paysandbox.control.journal_view import describe_entries
from paysandbox.core.exact_json import write_json
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

MOST: Final = 60  # calls of one reading: each takes about a third of a millisecond to describe
LATEST: Final = 1000  # calls of a beginning, which a watcher waits for
PARAMETERS: Final = frozenset(
    {"provider", "operation", "status", "refused", "advised", "rule", "text", "after", "latest"}
)
_LEFT_OUT: Final = ("request", "reply")
_TRUTH: Final = {"true": True, "false": False}
_MARK: Final = re.compile(r"(.+)-([1-9][0-9]{0,17})@(.*)", re.ASCII)

Summary = Mapping[str, Any]


class WatchedCall(Struct, frozen=True):
    """A call as the journal describes it, with its namespace; `whole` has the bodies as well.

    `mark` names it for `CallFeed.list_after`.
    """

    summary: Summary
    whole: Summary
    mark: str

    @property
    def rules(self) -> set[str]:
        """The rules that it passed through, and those that it broke."""
        broken = {violation["rule"] for violation in self.summary["violations"] if "rule" in violation}
        return broken | {rule["id"] for rule in self.summary["rules"]}


class Batch(Struct, frozen=True):
    """Calls in the order in which they came; `skipped` are left out."""

    calls: tuple[WatchedCall, ...]
    skipped: int


class Filter(Struct, frozen=True):
    """Which calls a watcher wants. `text` is looked for in the request and the reply, in any case of its letters."""

    namespace: str | None = None
    provider: str | None = None
    operation: str | None = None
    status: int | None = None
    refused: bool | None = None
    advised: bool | None = None
    rule: str | None = None
    text: str | None = None

    def accepts(self, call: WatchedCall) -> bool:
        """Tell whether a watcher wants a call."""
        summary = call.summary
        return (
            self.namespace in {None, summary["namespace"]}
            and self.provider in {None, summary["provider"]}
            and self.operation in {None, summary["operation"]}
            and self.status in {None, summary["status"]}
            and self.refused in {None, summary["refused"]}
            and self.advised in {None, bool(summary["advice"])}
            and (self.rule is None or self.rule in call.rules)
            and (self.text is None or self.text.lower() in write_json(call.whole).decode().lower())
        )


class CallFeed:
    """What has come since the last reading, in all namespaces."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        # In memory the numbers of calls begin anew with each start.
        self._run = "" if runtime.replication is not None else f"{runtime.started:%Y%m%d%H%M%S%f}"
        self._seen = self._count()

    def skip(self) -> None:
        """Go on from now."""
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

    def list_latest(self, asked: Filter, limit: int) -> Batch:
        """Return the latest calls that pass a filter."""
        described = (self._describe([found])[0] for found in islice(self._walk(), LATEST))
        latest = list(islice(filter(asked.accepts, described), limit))
        return Batch(tuple(reversed(latest)), 0)

    def list_after(self, mark: str, asked: Filter) -> Batch:
        """Return the calls after the one with this mark that pass a filter; `skipped` if there are too many.

        All calls count as later if that one is of an earlier run, or if the journals have lost it.
        """
        found = _MARK.fullmatch(mark)
        namespace, number = (found[1], int(found[2])) if found and found[3] == self._run else ("", 0)
        later: list[tuple[Namespace, Entry]] = []
        for where, entry in self._walk():
            if where.name == namespace and entry.number <= number:
                break
            later.append((where, entry))
        shown = self._describe(later[:LATEST])
        return Batch(tuple(filter(asked.accepts, shown)), max(len(later) - LATEST, 0))

    def _walk(self) -> Iterator[tuple[Namespace, Entry]]:
        """Walk over the entries of all journals, newest first."""
        owners = {id(namespace.journal): namespace for namespace in self._runtime.namespaces if namespace.requests}
        for journal, entry in reversed(self._runtime.namespaces.budget):
            namespace = owners.get(id(journal))
            if namespace is not None:
                yield namespace, entry

    def _describe(self, newest_first: Iterable[tuple[Namespace, Entry]]) -> tuple[WatchedCall, ...]:
        found = list(newest_first)
        return tuple(self._summarize(namespace, entry) for namespace, entry in reversed(found))

    def _summarize(self, namespace: Namespace, entry: Entry) -> WatchedCall:
        whole = {"namespace": namespace.name, **describe_entries([entry], namespace, self._runtime)[0]}
        summary = {name: value for name, value in whole.items() if name not in _LEFT_OUT}
        return WatchedCall(summary, whole, f"{whole['id']}@{self._run}")

    def _count(self) -> dict[str, int]:
        return {namespace.name: namespace.requests for namespace in self._runtime.namespaces}


def read_filter(query: Mapping[str, str], namespace: str | None, runtime: Runtime) -> Filter:
    """Read a filter from query parameters, all of which are optional.

    Raises:
        NotFound: the namespace or the provider does not exist.
        NotAllowed: a value is none that a call can have.
    """
    if namespace is not None and runtime.namespaces.find(namespace) is None:
        raise NotFound(f"there is no namespace {namespace[:100]!r}; a first call that names it creates it")
    provider = query.get("provider")
    if provider is not None and provider not in runtime.services:
        raise NotFound(f"there is no provider {provider[:100]!r}; there are {', '.join(runtime.services)}")
    status = query.get("status")
    if status is not None and not re.fullmatch("[1-5][0-9]{2}", status, re.ASCII):
        raise NotAllowed(f"status is {status[:20]!r}; it is a number such as 404")
    return Filter(
        namespace=namespace,
        provider=provider,
        operation=query.get("operation"),
        status=None if status is None else int(status),
        refused=_read_truth(query, "refused"),
        advised=_read_truth(query, "advised"),
        rule=query.get("rule"),
        text=query.get("text"),
    )


def read_count(query: Mapping[str, str], name: str) -> int:
    """Read how many calls are asked for; 0 if nothing is said.

    Raises:
        NotAllowed: it is no number from 0 to `LATEST`.
    """
    value = query.get(name, "0")
    if not re.fullmatch("[0-9]{1,4}", value, re.ASCII) or int(value) > LATEST:
        raise NotAllowed(f"{name} is {value[:20]!r}; it is a number from 0 to {LATEST}")
    return int(value)


def _read_truth(query: Mapping[str, str], name: str) -> bool | None:
    value = query.get(name)
    if value is None:
        return None
    if value not in _TRUTH:
        raise NotAllowed(f"{name} is {value[:20]!r}; it is true or false")
    return _TRUTH[value]
