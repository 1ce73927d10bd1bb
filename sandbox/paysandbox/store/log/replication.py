"""Carry calls out on replicas, and append what they change to the log, in one round trip where nobody else writes."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Log, StoreError
from paysandbox.store.log.folding import fold
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import NotCaughtUp, Replicas, Turn

T = TypeVar("T")

TOKEN_BYTES: Final = 8
WHOLE_EVERY: Final = 1000  # entries, or as many as records were changed if these are more


class Replication:
    """The namespaces of one process in a log that others may share. `answers` is what the last `check` found."""

    def __init__(self, log: Log, replicas: Replicas, codec: Codec, *, journal_entries: int) -> None:
        """`journal_entries` is the number of entries that a trimmed log keeps, because they hold the journal."""
        self.log = log
        self._replicas, self._codec, self._journal_entries = replicas, codec, journal_entries
        self._waiters: list[asyncio.Future[None]] = []
        self.answers = True

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work on namespaces, and keep what it has changed before its result is returned.

        It is done again if another worker was faster, so it must have no other effects than those on one namespace.

        Raises:
            StoreError: the store cannot be read or written to; nothing is changed.
        """
        news, names = self.log.read_news(), None
        while True:
            turn = Turn(news, names)
            self._replicas.begin(turn)
            try:
                result = work()
                entries = self._describe(turn)
            except NotCaughtUp as missing:
                self._undo(turn)
                self._replicas.end()
                found = await self._load(missing.name, news)
                names = names if found is None else found
                continue
            except BaseException:
                self._undo(turn)
                raise
            finally:
                self._replicas.end()
            if not entries or await self._append(turn, *entries):
                self._replicas.shrink()
                return result
            news = self.log.read_news()

    async def catch_up(self, name: str) -> None:
        """Bring the replica of a namespace on to the end of the log.

        Raises:
            StoreError: the log cannot be read.
        """
        await self._load(name, self.log.read_news())

    async def check(self) -> None:
        """Note in `answers` whether the engine answers."""
        try:
            await self.log.check()
        except StoreError:
            self.answers = False
        else:
            self.answers = True

    async def check_formats(self) -> None:
        """Check that this program can go on with every log, as its last entry says.

        Raises:
            StoreError: it cannot.
        """
        for name in await self.log.list_names():
            last = await self.log.read_last(name)
            if last is not None:
                self._codec.decode(name, last)

    def _describe(self, turn: Turn) -> list[tuple[Replica, LogEntry]]:
        """Describe the change of the namespace that the turn has changed; close the others."""
        found = []
        for name, replica in turn.opened.items():
            if name in turn.deleted:
                entry = LogEntry(_make_token(), replica.token, deleted=Deleted(turn.deleted[name]))
            elif name in turn.created:
                whole = turn.created[name].describe_whole(self._codec)
                entry = LogEntry(_make_token(), replica.token, whole=whole)
            else:
                change = replica.describe_change(self._codec)
                if change is None:
                    replica.commit()
                    continue
                entry = LogEntry(_make_token(), replica.token, change=change)
            found.append((replica, entry))
        if len(found) > 1:
            raise RuntimeError("a call changes several namespaces, which a log cannot keep in one step")
        return found

    async def _append(self, turn: Turn, described: tuple[Replica, LogEntry]) -> bool:
        """Append the entry of a turn and keep its changes, or undo them."""
        replica, entry = described
        self._replicas.lock(turn)
        try:
            is_kept = await self.log.append(replica.name, replica.version + 1, self._codec.encode(entry))
        except BaseException:
            replica.news = None  # whether the entry has arrived is known once the log is read
            self._undo(turn)
            raise
        finally:
            self._replicas.unlock(turn)
            self._release()
        if not is_kept:
            replica.news = None
            self._undo(turn)
            return False
        kept = self._keep(turn, replica, entry)
        if kept.version - kept.whole_version >= WHOLE_EVERY:
            await self._append_whole(kept)
        return True

    def _keep(self, turn: Turn, replica: Replica, entry: LogEntry) -> Replica:
        version = replica.version + 1
        if entry.change is not None:
            replica.commit()
        else:
            replica.undo()
            replica.close()
            replica = self._replicas.replace(replica.name, turn.created.get(replica.name))
            replica.news = turn.news
        if entry.deleted is not None:
            replica.retired = entry.deleted.retired
        if entry.whole is not None:
            replica.whole_version = version
        replica.version, replica.token = version, entry.token
        return replica

    async def _append_whole(self, replica: Replica) -> None:
        """Append the namespace as a whole, so that the log need not be read from its beginning, and trim the log."""
        if replica.version - replica.whole_version < replica.count_changed_records():
            return  # later: it takes as long as many calls
        version = replica.version + 1
        entry = LogEntry(_make_token(), replica.token, whole=replica.describe_whole(self._codec))
        keep_from = max(version - self._journal_entries, 0)
        try:
            is_kept = await self.log.append(replica.name, version, self._codec.encode(entry), keep_from=keep_from)
        except StoreError:
            replica.news = None  # the call before it is kept
            return
        if is_kept:
            replica.version = replica.whole_version = version
            replica.token = entry.token
        else:
            replica.news = None

    async def _load(self, name: str | None, news: int) -> list[str] | None:
        """Bring a namespace on to the end of its log, or all of them; return the names of all then."""
        if name is not None:
            await self._bring_on(name, news)
            return None
        names = await self.log.list_names()
        for found in names:
            await self._bring_on(found, news)
        return names

    async def _bring_on(self, name: str, news: int) -> None:
        while True:
            while not self._replicas.is_free(name):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
            before = self._replicas.replica(name)
            version = before.version
            stored = await self.log.read(name, max(version - 1, 0))
            replica = self._replicas.replica(name)
            if replica is not before or replica.version != version or not self._replicas.is_free(name):
                continue  # another call was faster
            if fold(self._replicas, name, stored, self._codec):
                self._replicas.replica(name).news = news
                return

    def _undo(self, turn: Turn) -> None:
        for replica in turn.opened.values():
            replica.undo()

    def _release(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()


def run_at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run work that waits for nothing, without an event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("the store waits, and nothing can be done meanwhile")


def _make_token() -> bytes:
    return secrets.token_bytes(TOKEN_BYTES)
