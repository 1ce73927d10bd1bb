"""Bring a replica on by the entries of its log."""

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Stored, StoreError
from paysandbox.store.log.progress import Progress
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.sealed import RawEntry, count_entries

Entries = deque[tuple[int, RawEntry]]  # with their versions


def fold(replicas: Replicas, name: str, stored: Sequence[Stored], codec: Codec) -> bool:
    """Bring a replica on by its log from its version on: that entry, which it has, and those after it.

    Return False if the log is not the one that it has followed. The replica is at the fixtures then, and at version 0,
    as it is after an error.

    Raises:
        StoreError: an entry cannot be read, or some are missing; the message names namespace and version.
    """
    replica = replicas.replica(name)
    with _pause_collections():
        entries = deque([(each.version, codec.decode_raw(name, each)) for each in stored])
    del stored  # so that the memory of an entry is used again once it is applied
    is_new = replica.version == 0
    if not is_new:
        if not entries or (entries[0][0], entries[0][1].token) != (replica.version, replica.token):
            replicas.replace(name)
            return False
        entries.popleft()
    try:
        with _pause_collections():
            _apply_all(replicas, replica, entries, codec)
    except BaseException:
        replicas.replace(name)  # nothing is half applied
        raise
    replica = replicas.replica(name)
    if is_new and replica.webhooks is not None:
        replica.webhooks.wake()  # what waited when the sandbox was stopped
    return True


@contextmanager
def _pause_collections() -> Iterator[None]:
    """Context manager: collect no garbage, because what is made here stays; it takes a third of a long log's time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _apply_all(replicas: Replicas, replica: Replica, entries: Entries, codec: Codec) -> None:
    start = _find_start(entries) if replica.version == 0 else 0
    changes = (entry.change for _, entry in islice(entries, start, None))
    progress = Progress(codec, deque([change for change in changes if change is not None]))
    token, skips = replica.token, _count_skips(entries, replica.staged.limit)
    for number in range(len(entries)):
        version, entry = entries.popleft()
        is_first = replica.version == 0
        if not is_first and (version != replica.version + 1 or entry.previous != token):
            raise StoreError(f"version {version} of the namespace {replica.name} does not follow the one before it")
        if is_first and entry.change is not None and version != 1 and number >= start:
            raise StoreError(f"the log of the namespace {replica.name} lacks the entries before version {version}")
        try:
            skip = min(skips, 0 if entry.change is None else count_entries(entry.change))
            skips -= skip
            replica = _apply(replicas, replica, entry, progress, place=number - start, skip=skip)
        except StoreError as error:
            raise StoreError(f"version {version} of the namespace {replica.name}: {error}") from None
        replica.version, replica.token = version, entry.token
        token = entry.token
        if entry.whole is not None:
            replica.whole_version = version
    progress.add_counts(replica.counts)


def _find_start(entries: Entries) -> int:
    """Return the place of the last entry that stands for all before it; of those only the journal is read."""
    places = [place for place, (_, entry) in enumerate(entries) if entry.change is None]
    return places[-1] if places else 0


def _count_skips(entries: Entries, limit: int) -> int:
    """Count the entries of the journal that need not be held, because later ones push them out again."""
    return max(sum(count_entries(entry.change) for _, entry in entries if entry.change is not None) - limit, 0)


def _apply(
    replicas: Replicas, replica: Replica, entry: RawEntry, progress: Progress, *, place: int, skip: int
) -> Replica:
    """Apply an entry; `place` is below 0 if another stands for it, and 0 where the log is read from.

    `skip` is the number of its journal entries that are pushed out by later ones.
    """
    if entry.deleted is not None:
        replica = replicas.replace(replica.name)
        replica.retired = entry.deleted.retired
        progress.begin_anew()
    elif entry.whole is not None and (place == 0 or (place > 0 and not replica.exists)):
        replica.adopt(entry.whole, progress.codec)
        progress.begin_anew()
    elif entry.change is not None and place >= 0:
        replica.apply(entry.change, progress, skip=skip)
    elif entry.change is not None:
        replica.recall(entry.change, skip=skip)
    return replica
