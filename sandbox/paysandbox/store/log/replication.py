"""Carry calls out on replicas, and append what they change to the log, in one round trip where nobody else writes."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, TypeVar, cast

from paysandbox.core.clock import MICROSECONDS, read_epoch
from paysandbox.store.log.catching_up import catch_up
from paysandbox.store.log.changes import Deleted, LogEntry
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.condition import Condition
from paysandbox.store.log.engine import Log, Stored, StoreError, UndecidedError
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import NotCaughtUp, Pending, Replicas, Turn

T = TypeVar("T")

_TOKEN_BYTES: Final = 8
_DRAWN: Final = 256  # tokens at once
CHECKS: Final = 8  # calls that look at the log first, once another worker was faster
WHOLE_EVERY: Final = 1000  # entries, or as many as records were changed if these are more


class Replication:
    """The namespaces of one process in a log that others may share.

    `condition` says whether the engine does its part, `tokens` are those of new entries. `retries` counts calls that
    were made again, because the process had first to read what others had appended.
    """

    def __init__(self, log: Log, replicas: Replicas, codec: Codec, *, journal_entries: int) -> None:
        """`journal_entries` is the number of entries that a trimmed log keeps, because they hold the journal."""
        self.log = log
        self.replicas, self.codec, self._journal_entries = replicas, codec, journal_entries
        self.condition = Condition(log)
        self.tokens = _make_tokens()
        self.retries = 0
        self.flush: Callable[[], object] = bool  # called before work, to keep what waits in a batch

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work on namespaces, and keep what it has changed before its result is returned.

        It is done again if another worker was faster, so it must have no other effects than those on one namespace.

        Raises:
            UndecidedError: whether the work was kept is known once the store can be read again.
            StoreError: the store cannot be read or written to; nothing is changed.
        """
        self.flush()
        call = Pending()
        try:
            while True:
                turn = Turn(call)
                self.replicas.turn = turn
                try:
                    result = work()
                    changed = self._describe(turn)
                except NotCaughtUp as missing:
                    self.retries += 1
                    self._undo(turn)
                    self.replicas.turn = None
                    await self._prepare(call, missing.name)
                    continue
                except BaseException:
                    self._undo(turn)
                    raise
                finally:
                    self.replicas.turn = None
                if await self._confirm(turn, changed):
                    self.replicas.shrink()
                    return result
                self.retries += 1
        finally:
            self.replicas.locks.give_back(call.held)

    async def catch_up(self, name: str) -> None:
        """Bring the replica of a namespace on to the end of the log.

        Raises:
            StoreError: the log cannot be read.
        """
        self.flush()
        call = Pending()
        try:
            await self._catch_up(call, [name])
        finally:
            self.replicas.locks.give_back(call.held)

    def keep(self, turn: Turn, replica: Replica, entry: LogEntry) -> Replica:
        """Keep a change whose entry is in the log; return the replica of the namespace, another if it was replaced."""
        version = replica.version + 1
        if entry.change is not None:
            replica.commit(version, entry.token)
        else:
            replica.undo()
            replica.close()
            replica = self.replicas.replace(replica.name, turn.created.get(replica.name))
            if entry.deleted is not None:
                replica.retired = entry.deleted.retired
            if entry.whole is not None:
                replica.whole_version = version
            replica.commit(version, entry.token)
        return replica

    async def shorten(self, kept: Replica) -> None:
        """Append a namespace with a long log as a whole, if it has as many entries as changed records."""
        kept.patience = kept.count_changed_records()  # the whole takes as long as so many calls
        if kept.version - kept.whole_version >= kept.patience:
            try:
                await self._append_whole(kept)
            except StoreError:  # the call before it is kept
                doubt(kept)

    async def forget_unused(self, seconds: int) -> list[str]:
        """Forget the namespaces that nothing was appended to for longer, except `default`; return their names.

        Raises:
            StoreError: the store cannot be read or written to.
        """
        self.flush()  # a batch that is open is a use
        names = await self.log.forget_unused(read_epoch() - seconds * MICROSECONDS)
        for name in names:  # the engine reports what others have written, but not what this process has
            doubt(self.replicas.replica(name))
        return names

    async def close(self) -> None:
        """Append each namespace with a long log as a whole, so that the next start is quick, and close the log."""
        self.flush()
        for replica in cast("Iterable[Replica]", list(self.replicas)):
            if replica.version - replica.whole_version >= WHOLE_EVERY and self.replicas.locks.is_free(replica.name):
                try:
                    await self._append_whole(replica)
                except StoreError:
                    break  # what is in the log is enough
        await self.log.close()

    def _describe(self, turn: Turn) -> tuple[Replica, LogEntry] | None:
        """Describe the change of the namespace that the turn has changed; None if it has only read."""
        found = None
        for name, replica in turn.opened.items():
            if name in turn.deleted:
                entry = LogEntry(next(self.tokens), replica.token, deleted=Deleted(turn.deleted[name]))
            elif name in turn.created:
                whole = turn.created[name].describe_whole(self.codec)
                entry = LogEntry(next(self.tokens), replica.token, whole=whole)
            else:
                change = replica.describe_change(self.codec)
                if change is None:
                    continue
                entry = LogEntry(next(self.tokens), replica.token, change=change)
            if found is not None:
                raise RuntimeError("a call changes several namespaces, which a log cannot keep in one step")
            found = replica, entry
        return found

    async def _confirm(self, turn: Turn, changed: tuple[Replica, LogEntry] | None) -> bool:
        """Keep what a turn has changed; return False, and undo it, if what it has read was not the latest.

        The append itself shows that for the namespace that is changed. Others are looked at.
        """
        replica = None if changed is None else changed[0]
        call = turn.call
        unread = [name for name, held in turn.opened.items() if held is not replica and name not in call.read]
        news = self.log.read_news() if unread else None
        outdated = [name for name in unread if news is None or turn.opened[name].news != news]
        if changed is not None and not outdated:
            return await self._append(turn, *changed)
        self._undo(turn)
        is_latest = True
        versions = [turn.opened[name].version for name in outdated]
        for name, version in zip(outdated, versions, strict=True):
            await self._catch_up(call, [name])
            after = self.replicas.replica(name)
            is_latest = is_latest and after is turn.opened[name] and after.version == version
        return is_latest and changed is None

    async def _append(self, turn: Turn, replica: Replica, entry: LogEntry) -> bool:
        """Append the entry of a turn and keep its changes, or undo them."""
        taken = turn.opened.keys() - turn.call.held
        self.replicas.locks.take(taken)
        is_kept = False
        try:
            is_kept = await self._append_once(replica, entry)
            if is_kept:
                kept = self.keep(turn, replica, entry)
                if is_long(kept):
                    await self.shorten(kept)
                self._undo(turn)  # of the others, which were only read
        finally:
            if not is_kept:
                turn.call.read.discard(replica.name)
                doubt(replica)
                self._undo(turn)
            self.replicas.locks.give_back(taken)
        return is_kept

    async def _append_once(self, replica: Replica, entry: LogEntry) -> bool:
        """Append an entry, and return whether it is in the log then, even if its engine was lost meanwhile."""
        name, version, content = replica.name, replica.version + 1, self.codec.encode(entry)
        try:
            is_kept = await self.log.append(name, version, content)
        except UndecidedError as lost:
            try:  # once more, because only one of the two can be taken
                return await self.log.append(name, version, content) or await self._is_taken(name, version, content)
            except StoreError:
                raise lost from None
        return is_kept or await self._is_taken(name, version, content)

    async def _is_taken(self, name: str, version: int, content: bytes) -> bool:
        """Return whether a refused entry is in the log, because the engine has taken it before."""
        taken = await self.log.read(name, version - 1, limit=1)
        return bool(taken) and taken[0] == Stored(version, content)

    async def _append_whole(self, replica: Replica) -> None:
        """Append the namespace as a whole, so that the log need not be read from its beginning, and trim the log."""
        version = replica.version + 1
        entry = LogEntry(next(self.tokens), replica.token, whole=replica.describe_whole(self.codec))
        keep_from = max(version - self._journal_entries, 0)
        if not await self.log.append(replica.name, version, self.codec.encode(entry), keep_from=keep_from):
            doubt(replica)
            return
        replica.version = replica.whole_version = version
        replica.token, replica.patience = entry.token, 0

    async def _prepare(self, call: Pending, name: str | None) -> None:
        """Let a call go on that lacks a namespace, or all of them (None)."""
        if name is None:
            call.names = await self.log.list_names()
            await self._catch_up(call, call.names)
        elif name in call.held or self.replicas.locks.is_free(name):
            await self._catch_up(call, [name])
        else:
            await self._lock(call, [name])  # another call is at work on it, and leaves it as it is in the log

    async def _lock(self, call: Pending, names: Iterable[str]) -> None:
        """Lock namespaces until the end of a call."""
        wanted = call.held.union(names)
        if wanted != call.held:
            self.replicas.locks.give_back(call.held)
            call.held = set()
            await self.replicas.locks.wait(wanted)
            call.held = wanted

    async def _catch_up(self, call: Pending, names: Collection[str]) -> None:
        """Lock namespaces until the end of a call, and bring on those whose logs it has not read."""
        await self._lock(call, names)
        behind = [name for name in names if name not in call.read]
        if self.log.waits:
            await asyncio.gather(*(self._bring_on(found) for found in behind))
        else:
            for found in behind:
                await self._bring_on(found)
        call.read.update(behind)

    async def _bring_on(self, name: str) -> None:
        """Bring a namespace, which must be locked, on to the end of its log."""
        news = self.log.read_news()
        if news is not None and self.replicas.replica(name).news == news:
            return
        await catch_up(self.log, self.replicas, name, self.codec)
        self.replicas.replica(name).news = news

    def _undo(self, turn: Turn) -> None:
        for replica in turn.opened.values():
            replica.undo()


def doubt(replica: Replica) -> None:
    """Let a replica read the log: others append as well, or only the log can tell whether an entry has arrived."""
    replica.news, replica.checks = None, CHECKS


def is_long(replica: Replica) -> bool:
    """Tell whether a log has so many entries that it is to be shortened."""
    length = replica.version - replica.whole_version
    return length >= WHOLE_EVERY and length >= replica.patience


def _make_tokens() -> Iterator[bytes]:
    """Make random tokens, many with one question to the system, which takes as long as encoding an entry."""
    while True:
        drawn = secrets.token_bytes(_DRAWN * _TOKEN_BYTES)
        yield from (drawn[start : start + _TOKEN_BYTES] for start in range(0, len(drawn), _TOKEN_BYTES))
