"""Carry calls out on replicas, and append what they change to the log, in one round trip where nobody else writes."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from paysandbox.core.clock import MICROSECONDS, read_epoch
from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Log, Stored, StoreError, UndecidedError
from paysandbox.store.log.folding import fold
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import NotCaughtUp, Replicas, Turn

T = TypeVar("T")

TOKEN_BYTES: Final = 8
CHECKS: Final = 8  # calls that look at the log first, once another worker was faster
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
            UndecidedError: whether the work was kept is known once the store can be read again.
            StoreError: the store cannot be read or written to; nothing is changed.
        """
        read: set[str] = set()
        names: list[str] | None = None
        while True:
            turn = Turn(read, names)
            self._replicas.begin(turn)
            try:
                result = work()
                changed = self._describe(turn)
            except NotCaughtUp as missing:
                self._undo(turn)
                self._replicas.end()
                missed = (names := await self.log.list_names()) if missing.name is None else [missing.name]
                for name in missed:
                    await self._bring_on(name)
                    read.add(name)
                continue
            except BaseException:
                self._undo(turn)
                raise
            finally:
                self._replicas.end()
            if await self._confirm(turn, changed):
                self._replicas.shrink()
                return result

    async def catch_up(self, name: str) -> None:
        """Bring the replica of a namespace on to the end of the log.

        Raises:
            StoreError: the log cannot be read.
        """
        await self._bring_on(name)

    async def forget_unused(self, seconds: int) -> list[str]:
        """Forget the namespaces that nothing was appended to for longer, except `default`; return their names.

        Raises:
            StoreError: the store cannot be read or written to.
        """
        names = await self.log.forget_unused(read_epoch() - seconds * MICROSECONDS)
        for name in names:  # the engine reports what others have written, but not what this process has
            replica = self._replicas.replica(name)
            replica.news, replica.checks = None, CHECKS
        return names

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

    def _describe(self, turn: Turn) -> tuple[Replica, LogEntry] | None:
        """Describe the change of the namespace that the turn has changed; None if it has only read."""
        found = None
        for name, replica in turn.opened.items():
            if name in turn.deleted:
                entry = LogEntry(_make_token(), replica.token, deleted=Deleted(turn.deleted[name]))
            elif name in turn.created:
                whole = turn.created[name].describe_whole(self._codec)
                entry = LogEntry(_make_token(), replica.token, whole=whole)
            else:
                change = replica.describe_change(self._codec)
                if change is None:
                    continue
                entry = LogEntry(_make_token(), replica.token, change=change)
            if found is not None:
                raise RuntimeError("a call changes several namespaces, which a log cannot keep in one step")
            found = replica, entry
        return found

    async def _confirm(self, turn: Turn, changed: tuple[Replica, LogEntry] | None) -> bool:
        """Keep what a turn has changed; return False, and undo it, if what it has read was not the latest.

        The append itself shows that for the namespace that is changed. Others are looked at.
        """
        replica = None if changed is None else changed[0]
        unread = [name for name, held in turn.opened.items() if held is not replica and name not in turn.read]
        news = self.log.read_news() if unread else None
        outdated = [name for name in unread if news is None or turn.opened[name].news != news]
        if changed is not None and not outdated:
            return await self._append(turn, *changed)
        self._undo(turn)
        is_latest = True
        for name in outdated:
            before = turn.opened[name]
            version = before.version
            after = await self._bring_on(name)
            turn.read.add(name)
            is_latest = is_latest and after is before and after.version == version
        return is_latest and changed is None

    async def _append(self, turn: Turn, replica: Replica, entry: LogEntry) -> bool:
        """Append the entry of a turn and keep its changes, or undo them."""
        self._replicas.lock(turn)
        is_kept = False
        try:
            is_kept = await self._append_once(replica, entry)
        finally:
            self._replicas.unlock(turn)
            self._release()
            if not is_kept:
                # Others append as well, or whether the entry has arrived is known once the log is read.
                replica.news, replica.checks = None, CHECKS
                turn.read.discard(replica.name)
                self._undo(turn)
        if not is_kept:
            return False
        kept = self._keep(turn, replica, entry)
        self._undo(turn)  # of the others, which were only read
        if kept.version - kept.whole_version >= WHOLE_EVERY:
            await self._append_whole(kept)
        return True

    async def _append_once(self, replica: Replica, entry: LogEntry) -> bool:
        """Append an entry, and return whether it is in the log then, even if its engine was lost meanwhile."""
        name, version, content = replica.name, replica.version + 1, self._codec.encode(entry)
        try:
            is_kept = await self.log.append(name, version, content)
        except UndecidedError as lost:
            try:  # once more, because only one of the two can be taken
                is_kept = await self.log.append(name, version, content)
            except StoreError:
                raise lost from None
        if is_kept:
            return True
        taken = await self.log.read(name, version - 1)
        return bool(taken) and taken[0] == Stored(version, content)

    def _keep(self, turn: Turn, replica: Replica, entry: LogEntry) -> Replica:
        version = replica.version + 1
        if entry.change is not None:
            replica.commit()
        else:
            replica.undo()
            replica.close()
            replica = self._replicas.replace(replica.name, turn.created.get(replica.name))
        if entry.deleted is not None:
            replica.retired = entry.deleted.retired
        if entry.whole is not None:
            replica.whole_version = version
        replica.version, replica.token = version, entry.token
        replica.checks = max(replica.checks - 1, 0)
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
            replica.news, replica.checks = None, CHECKS  # the call before it is kept
            return
        if is_kept:
            replica.version = replica.whole_version = version
            replica.token = entry.token
        else:
            replica.news, replica.checks = None, CHECKS

    async def _bring_on(self, name: str) -> Replica:
        """Bring a namespace on to the end of its log."""
        while True:
            while not self._replicas.is_free(name):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
            before, news = self._replicas.replica(name), self.log.read_news()
            if news is not None and before.news == news:
                return before
            version = before.version
            stored = await self.log.read(name, max(version - 1, 0))
            replica = self._replicas.replica(name)
            if replica is not before or replica.version != version or not self._replicas.is_free(name):
                continue  # another call was faster
            if fold(self._replicas, name, stored, self._codec):
                replica = self._replicas.replica(name)
                replica.news = news
                return replica

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
