"""A log whose round trips to its engine are counted, for metrics."""

from collections.abc import Sequence
from typing import cast

from msgspec import Struct

from paysandbox.core.clock import read_epoch, read_ticks
from paysandbox.store.log.engine import EVERY, Append, LocalLog, Log, Stored, StoreError
from paysandbox.store.tally import Row, add_duration, count_all, create_row


class Refusal(Struct, frozen=True):
    """Why an engine takes no entries: since when, in microseconds since 1970, and how many it had kept until then."""

    reason: str
    since: int
    kept: int


class LogTally:
    """What a process has asked of its log: `appends` and `reads` by duration, and how it went.

    `conflicts` are appends that another worker was faster than, `errors` what the engine did not do.
    """

    _refusal: Refusal | None = None

    def __init__(self) -> None:
        self.appends: Row = create_row()
        self.reads: Row = create_row()
        self.conflicts = self.errors = 0

    def count_kept(self) -> int:
        return count_all(self.appends) - self.conflicts

    def note_refusal(self, error: StoreError) -> None:
        """Note an append that failed."""
        self.errors += 1
        if self.find_refusal() is None:
            self._refusal = Refusal(str(error), read_epoch(), self.count_kept())

    def find_refusal(self) -> Refusal | None:
        """Return the first append that failed since the last that was kept."""
        found = self._refusal
        return found if found is not None and found.kept == self.count_kept() else None


class MeteredLog:
    """A log that counts appends and reads of another one."""

    def __init__(self, log: Log) -> None:
        self.tally = LogTally()
        self.engine, self.name, self.waits = log.engine, log.name, log.waits
        self.wrapped = log
        self.read_news = log.read_news
        self.read_last, self.list_names, self.summarize = log.read_last, log.list_names, log.summarize
        self.list_foreign = log.list_foreign
        self.forget, self.forget_unused = log.forget, log.forget_unused
        self.check, self.try_write, self.close = log.check, log.try_write, log.close

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        tally, started = self.tally, read_ticks()
        try:
            is_kept = await self.wrapped.append(namespace, version, content, keep_from=keep_from)
        except StoreError as error:
            tally.note_refusal(error)
            raise
        add_duration(tally.appends, read_ticks() - started)
        if not is_kept:
            tally.conflicts += 1
        return is_kept

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        tally, started = self.tally, read_ticks()
        try:
            kept = await cast("LocalLog", self.wrapped).append_all(appends)
        except StoreError as error:
            tally.note_refusal(error)
            raise
        add_duration(tally.appends, read_ticks() - started)
        tally.conflicts += len(kept) - sum(kept)
        return kept

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        started = read_ticks()
        try:
            found = await self.wrapped.read(namespace, after, limit=limit)
        except StoreError:
            self.tally.errors += 1
            raise
        add_duration(self.tally.reads, read_ticks() - started)
        return found
