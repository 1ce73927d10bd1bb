"""Calls that come in one turn of the event loop, kept together: an entry for each namespace, in one step of the log."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from paysandbox.store.log.changes import LogEntry
from paysandbox.store.log.engine import Append, LocalLog, run_at_once
from paysandbox.store.log.replicas import NotCaughtUp, Pending, Turn
from paysandbox.store.log.replication import Replication, doubt, is_long, make_tokens

T = TypeVar("T")

# A call that was carried out on its replica, and waits until it is kept: its work, what sends a result, and its own.
_Call = tuple[Callable[[], T], Callable[[T], object], T]


class Batches(Generic[T]):
    """The batch that is open now: the calls of providers since the event loop's turn began. The log must not wait.

    An append costs as much for sixteen calls as for one or two. A call of the control plane ends the batch before it,
    because it may read or change what the calls of the batch have changed.
    """

    def __init__(self, replication: Replication, explain: Callable[[Exception], T]) -> None:
        """`explain` returns what is sent in place of a result that could not be kept."""
        self._replication, self._explain = replication, explain
        self._log = cast("LocalLog", replication.log)
        self._turn: Turn | None = None
        self._replicas = replication.replicas
        self._calls: defaultdict[str, list[_Call[T]]] = defaultdict(list)  # by namespace
        replication.flush = self.flush

    def add(self, work: Callable[[], T], send: Callable[[T], object]) -> None:
        """Do the work of a call; `send` is called with its result once that is kept, at the latest in the next turn.

        The work may be done again, as in `Replication.run`. If it is a provider's, it opens one namespace, and first.
        """
        turn = self._turn
        if turn is None:
            turn = self._turn = Turn(Pending(), is_batch=True)
            asyncio.get_running_loop().call_soon(self.flush)
        turn.last = None
        self._replicas.begin(turn)
        try:
            result = work()
        except NotCaughtUp:
            self._replicas.end()
            self.flush()
            self._run(work, send)
            return
        finally:
            self._replicas.end()
        opened = turn.last
        if opened is None:
            send(result)
            return
        self._calls[opened.name].append((work, send, result))
        if opened.is_sweeping:  # a key that is deleted must be gone before another call may use it
            self.flush()

    def flush(self) -> None:
        """Keep what the calls of the batch have changed, and send their results."""
        turn, calls = self._turn, self._calls
        if turn is None:
            return
        self._turn, self._calls = None, defaultdict(list)
        # All replicas are closed before the first result is sent, because the next call may come with that.
        for name, outcome in run_at_once(self._keep_all(turn)).items():
            for work, send, result in calls.get(name, ()):
                if outcome is True:
                    send(result)
                elif isinstance(outcome, Exception):
                    send(self._explain(outcome))
                else:
                    self._run(work, send)

    async def _keep_all(self, turn: Turn) -> dict[str, bool | Exception]:
        """Keep what the calls have changed, in one step of the log.

        The outcome of a namespace is True if its change is kept. Else it is undone: because another process was faster
        (False), or because of an error.
        """
        outcomes: dict[str, bool | Exception] = {}
        # Step by step for all, because code that runs many times in a row stays in the processor's cache.
        entries = self._describe_all(turn, outcomes)
        appends = self._encode_all(turn, entries, outcomes)
        try:
            taken: Sequence[bool | Exception] = await self._log.append_all(list(appends.values()))
        except Exception as error:  # noqa: BLE001 - as below
            taken = [error] * len(appends)
        for name, outcome in zip(appends, taken, strict=True):
            replica, outcomes[name] = turn.opened[name], outcome
            if outcome is True:
                try:
                    kept = self._replication.keep(turn, replica, entries[name])
                    if is_long(kept):
                        await self._replication.shorten(kept)
                except Exception as error:  # noqa: BLE001 - as below
                    outcomes[name] = error
            else:
                doubt(replica)
                replica.undo()
        return outcomes

    def _describe_all(self, turn: Turn, outcomes: dict[str, bool | Exception]) -> dict[str, LogEntry]:
        """Describe what was changed of each namespace as an entry; what has none is undone, and has its outcome."""
        entries = {}
        for token, (name, replica) in zip(make_tokens(len(turn.opened)), turn.opened.items(), strict=True):
            try:
                entry = self._replication.describe(replica, token)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not leave the calls without a reply
                entry, outcomes[name] = None, error
            if entry is None:
                outcomes.setdefault(name, True)
                replica.undo()
            else:
                entries[name] = entry
        return entries

    def _encode_all(
        self, turn: Turn, entries: Mapping[str, LogEntry], outcomes: dict[str, bool | Exception]
    ) -> dict[str, Append]:
        """Encode entries; what cannot be encoded is undone, and has its outcome."""
        appends = {}
        for name, entry in entries.items():
            try:
                appends[name] = self._replication.encode(turn.opened[name], entry)
            except Exception as error:  # noqa: BLE001 - as above
                outcomes[name] = error
                turn.opened[name].undo()
        return appends

    def _run(self, work: Callable[[], T], send: Callable[[T], object]) -> None:
        """Do the work of a call that is kept by itself."""
        try:
            result = run_at_once(self._replication.run(work))
        except Exception as error:  # noqa: BLE001 - as above
            result = self._explain(error)
        send(result)
