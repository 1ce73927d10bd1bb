"""Bring a replica on by the entries of its log."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Final

from paysandbox.store.log.codec import Codec, has_change
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.joining import can_join
from paysandbox.store.log.progress import Progress
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.sealed import RawEntry

# Entries that are decoded before they are applied. The memory of more would be new to the process, and be out of the
# processor's cache when it is looked at again, which costs as much as decoding it.
_AHEAD: Final = 64


class GapError(StoreError):
    """An entry does not follow the one before it: the log is damaged, or was trimmed while it was read."""


class Folding:
    """Brings a replica on by its log, page by page: from the entry that it has, or from the beginning if it `is_new`.

    After each page the replica stands at the page's last version, or where it was if the page had to wait for others.
    After an error, and if the log is not the one that it has followed, it is at the fixtures, and at version 0.
    """

    def __init__(self, replicas: Replicas, name: str, codec: Codec) -> None:
        self._replicas, self._codec = replicas, codec
        self._replica = replicas.replica(name)
        self._progress = Progress(codec, self._replica.staged.limit)
        self.is_new = self._replica.version == 0
        self._has_begun = self._is_complete = False
        self._waiting: list[Stored] = []  # of a new replica: what comes before it is known where to start
        self._start = 0  # the version of the entry that stands for all before it; of those only the journal is read

    def expect_end(self, last: Stored | None) -> None:
        """Take the last entry of the log, as far as it is known, so that less of the journal is held until then.

        Raises:
            StoreError: it cannot be read.
        """
        if last is None or not has_change(last.content):
            return  # a whole is large, and few entries are before it
        change = self._decode(last).change
        if change is not None:
            self._progress.expect_end(change.requests)

    def add(self, page: Sequence[Stored], *, is_last: bool) -> bool:
        """Apply the next entries; return False, and begin at the fixtures, if the log must be read once more.

        That is if it is not the one that the replica has followed, or does not end as was expected.

        Raises:
            StoreError: an entry cannot be read, or some are missing (`GapError`); the message names namespace and
                version.
        """
        try:
            if not self.is_new and not self._has_begun:
                replica, held = self._replica, page[0] if page else None
                if held is None or (held.version, self._decode(held).token) != (replica.version, replica.token):
                    self._give_up()
                    return False
                page = page[1:]
            elif not self._has_begun:
                self._waiting += page
                if not is_last and not self._knows_start():
                    return True
                page, self._waiting = self._waiting, []
                self._start = _find_start(page)
            self._has_begun = True
            for first in range(0, len(page), _AHEAD):
                self._apply_all(page[first : first + _AHEAD])
            if is_last and self._progress.lacks_journal:
                self._give_up()
                return False
            self._is_complete = is_last
        except BaseException:
            self._give_up()  # nothing is half applied
            raise
        return True

    def end(self) -> None:
        """Make journal and counts of the replica complete; must be called after the last page, and after an error.

        If the last page of a new one did not come, it is at the fixtures again.
        """
        if self.is_new and not self._is_complete:
            self._give_up()
        replica = self._replica
        if replica.version == 0:
            return
        self._progress.finish(replica)
        if self.is_new and replica.webhooks is not None:
            replica.webhooks.wake()  # what waited when the sandbox was stopped

    def _knows_start(self) -> bool:
        """Tell whether the waiting entries show where to start: at the last whole of the namespace.

        A log is trimmed when a whole is appended, and keeps at most a journal's length of entries before it. A log that
        begins after version 1 was trimmed, so it has a whole; if none waits yet, one is still to come.
        """
        waiting = self._waiting
        if len(waiting) <= self._replica.staged.limit:
            return False
        return waiting[0].version == 1 or not all(has_change(stored.content) for stored in waiting)

    def _give_up(self) -> None:
        self._replica = self._replicas.replace(self._replica.name)

    def _decode(self, stored: Stored) -> RawEntry:
        return self._codec.decode_raw(self._replica.name, stored)

    def _apply_all(self, page: Sequence[Stored]) -> None:
        decode, name = self._codec.decode_raw, self._replica.name
        entries, versions = [decode(name, stored) for stored in page], [stored.version for stored in page]
        self._check_order(versions, entries)
        first = 0
        for is_joined, found in groupby(entries, can_join):
            run = list(found)
            if is_joined and versions[first] >= self._start:
                self._apply(versions[first : first + len(run)], run)
            else:
                for version, entry in zip(versions[first:], run, strict=False):
                    self._apply([version], [entry])
            first += len(run)

    def _check_order(self, versions: Sequence[int], entries: Sequence[RawEntry]) -> None:
        replica = self._replica
        last, token = replica.version, replica.token
        tokens, previous = [token, *[entry.token for entry in entries]], [entry.previous for entry in entries]
        if last and previous == tokens[:-1] and versions == list(range(last + 1, last + 1 + len(versions))):
            return
        for version, entry in zip(versions, entries, strict=True):
            if last:
                if version != last + 1 or entry.previous != token:
                    raise GapError(
                        f"version {version} of the namespace {replica.name} does not follow the one before it"
                    )
            elif version != 1 and version >= self._start and entry.change is not None:
                raise GapError(f"the log of the namespace {replica.name} lacks the entries before version {version}")
            last, token = version, entry.token

    def _apply(self, versions: Sequence[int], run: Sequence[RawEntry]) -> None:
        """Apply an entry, or several that are joined."""
        version, entry = versions[-1], run[-1]
        try:
            if entry.change is None:
                self._apply_sum(version, entry)
            elif version >= self._start:
                self._replica.apply([each.change for each in run if each.change is not None], self._progress)
            else:
                self._progress.recall([entry.change])
        except StoreError as error:
            if len(run) == 1:
                raise StoreError(f"version {version} of the namespace {self._replica.name}: {error}") from None
            for number, each in zip(versions, run, strict=True):  # to find the one that cannot be read
                self._apply([number], [each])
            raise
        replica = self._replica
        replica.version, replica.token = version, entry.token
        if entry.whole is not None:
            replica.whole_version = version

    def _apply_sum(self, version: int, entry: RawEntry) -> None:
        """Apply an entry that stands for all before it."""
        replica, progress = self._replica, self._progress
        if entry.deleted is not None:
            self._replica = replica = self._replicas.replace(replica.name)
            replica.retired = entry.deleted.retired
            progress.begin_anew()
        elif entry.whole is not None and (version == self._start or (version > self._start and not replica.exists)):
            progress.finish(replica)
            replica.adopt(entry.whole, self._codec)
            progress.forget_tables()


def fold(replicas: Replicas, name: str, stored: Sequence[Stored], codec: Codec) -> bool:
    """Bring a replica on by its log in one step; returns and raises what `Folding.add` does."""
    folding = Folding(replicas, name, codec)
    try:
        with pause_collections():
            return folding.add(stored, is_last=True)
    finally:
        folding.end()


@contextmanager
def pause_collections() -> Iterator[None]:
    """Context manager: collect no garbage, because what is made here stays; it takes a third of a long log's time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _find_start(stored: Sequence[Stored]) -> int:
    """Return the version of the last entry that stands for all before it; else that of the first."""
    return next(
        (each.version for each in reversed(stored) if not has_change(each.content)), stored[0].version if stored else 0
    )
