"""Calls that come in one turn of the event loop, kept together: an entry for each namespace, in one step of the log."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

from paysandbox.store.log.changes import LogEntry
from paysandbox.store.log.engine import Append, LocalLog, run_at_once
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import NotCaughtUp, Pending, Turn
from paysandbox.store.log.replication import Replication, doubt, is_long

T = TypeVar("T")

# A call that was carried out, and waits until it is kept: its namespace, its work, what sends a result, and its result.
_Call = tuple[str, Callable[[], T], Callable[[T], object], T]


class Batches(Generic[T]):
    """The batch that is open now: the calls of providers since the event loop's turn began. The log must not wait.

    An append costs as much for sixteen calls as for one or two. A call of the control plane ends the batch before it,
    because it may read or change what the calls of the batch have changed.
    """

    def __init__(self, replication: Replication, explain: Callable[[Exception], T]) -> None:
        """`explain` returns what is sent in place of a result that could not be made, or could not be kept."""
        self._replication, self._explain = replication, explain
        self._log = cast("LocalLog", replication.log)
        self._turn: Turn | None = None
        self._replicas = replication.replicas
        self._calls: list[_Call[T]] = []
        self._spoiled: set[str] = set()  # namespaces with an error within a call
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
        self._replicas.turn = turn
        try:
            result = work()
        except (NotCaughtUp, Exception):  # noqa: BLE001 - one of the sandbox comes again when the call is made again
            self._replicas.turn = None
            if turn.last is not None:  # which may have half of its changes
                self._spoiled.add(turn.last.name)
            self.flush()
            self._run(work, send)
            return
        finally:
            self._replicas.turn = None
        opened = turn.last
        if opened is None:
            send(result)
            return
        self._calls.append((opened.name, work, send, result))
        if opened.sweeps.is_set:  # a key that is deleted must be gone before another call may use it
            self.flush()

    def flush(self) -> None:
        """Keep what the calls of the batch have changed, and send their results."""
        while self._turn is not None:  # a client that gets its result may have sent the next call already
            self._flush_turn(self._turn)

    def _flush_turn(self, turn: Turn) -> None:
        calls, self._turn, self._calls = self._calls, None, []
        # All replicas are closed before the first result is sent, because the next call may come with that.
        failures = run_at_once(self._keep_all(turn))
        for name, work, send, result in calls:
            if name not in failures:
                send(result)
            elif (error := failures[name]) is not None:
                send(self._explain(error))
            else:
                self._run(work, send)

    async def _keep_all(self, turn: Turn) -> dict[str, Exception | None]:
        """Keep what the calls have changed, in one step of the log.

        Returns the namespaces whose change is undone instead, each with the error; None if their calls are to be made
        again one by one, because another process was faster, or an error came up within one.
        """
        failures: dict[str, Exception | None] = dict.fromkeys(self._spoiled)
        self._spoiled.clear()
        # Step by step for all, because code that runs many times in a row stays in the processor's cache.
        described = self._describe_all(turn, failures)
        encoded = self._encode_all(described, failures)
        try:
            taken: Sequence[bool | Exception] = await self._log.append_all([append for _, append in encoded])
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not leave the calls without a reply
            taken = [error] * len(encoded)
        for (replica, append), outcome in zip(encoded, taken, strict=True):
            if outcome is True:
                try:
                    replica.commit(append.version, append.token)
                    if is_long(replica):
                        await self._replication.shorten(replica)
                except Exception as error:  # noqa: BLE001 - as above
                    failures[replica.name] = error
            else:
                failures[replica.name] = outcome or None
                doubt(replica)
                replica.undo()
        return failures

    def _describe_all(self, turn: Turn, failures: dict[str, Exception | None]) -> list[tuple[Replica, LogEntry]]:
        """Describe what was changed of each namespace as an entry; what has none is undone."""
        described, codec = [], self._replication.codec
        tokens = self._replication.tokens
        for replica in turn.opened.values():
            change = None
            try:
                change = None if replica.name in failures else replica.describe_change(codec)
            except Exception as error:  # noqa: BLE001 - as above
                failures[replica.name] = error
            if change is None:
                replica.undo()
            else:
                described.append((replica, LogEntry(next(tokens), replica.token, change)))
        return described

    def _encode_all(
        self, described: Sequence[tuple[Replica, LogEntry]], failures: dict[str, Exception | None]
    ) -> list[tuple[Replica, Append]]:
        """Encode entries; what cannot be encoded is undone."""
        encoded, encode = [], self._replication.codec.encode
        for replica, entry in described:
            try:
                append = Append(replica.name, replica.version + 1, encode(entry), entry.token, entry.previous)
                encoded.append((replica, append))
            except Exception as error:  # noqa: BLE001 - as above
                failures[replica.name] = error
                replica.undo()
        return encoded

    def _run(self, work: Callable[[], T], send: Callable[[T], object]) -> None:
        """Do the work of a call that is kept by itself."""
        try:
            result = run_at_once(self._replication.run(work))
        except Exception as error:  # noqa: BLE001 - as above
            result = self._explain(error)
        send(result)
