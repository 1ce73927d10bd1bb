"""Bring a replica on to the end of its log, which is read page by page."""

import asyncio
from collections.abc import Sequence
from typing import Final

from paysandbox.core.collector import freeze_again
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import Log, Stored
from paysandbox.store.log.folding import Folding, GapError, pause_collections
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.namespaces import DEFAULT

PAGE: Final = 128  # entries: some 350 kB of payments, which fit into the buffers of a connection
_TRIES: Final = 3
# Entries of a log after which its replica is kept from the garbage collector, which would take 15 ms of the next call
# to look at that of 50,000 payments. Only that of `default`, because what is frozen and dropped is never collected.
_LONG: Final = 1000


async def catch_up(log: Log, replicas: Replicas, name: str, codec: Codec) -> None:
    """Bring the replica of a namespace on; meanwhile no other call may use it.

    Raises:
        StoreError: the log cannot be read.
    """
    is_new = replicas.replica(name).version == 0
    for tries_left in reversed(range(_TRIES)):
        try:
            with pause_collections():
                if await _follow(log, replicas, name, codec, looks_ahead=tries_left == _TRIES - 1):
                    if is_new and name == DEFAULT and replicas.replica(name).version >= _LONG:
                        freeze_again()
                    return
        except GapError:  # it may have been trimmed while it was read
            if not tries_left:
                raise


async def _follow(log: Log, replicas: Replicas, name: str, codec: Codec, *, looks_ahead: bool) -> bool:
    """Bring a replica on; return False, and begin at the fixtures, if its log must be read once more.

    Of a long log, it `looks_ahead` to the last entry, to hold less of those before it.
    """
    pages = _Pages(log, name, max(replicas.replica(name).version - 1, 0))
    folding = Folding(replicas, name, codec)
    try:
        while not pages.is_over:
            page = await pages.read()
            if looks_ahead and folding.is_new and not pages.is_over:
                folding.expect_end(await log.read_last(name))
                looks_ahead = False
            if not folding.add(page, is_last=pages.is_over):
                return False
    finally:
        pages.close()
        folding.end()
    return True


class _Pages:
    """The entries of a namespace with versions greater than `after`, in pages until it `is_over`.

    Over a network the next page is on its way while one is used.
    """

    def __init__(self, log: Log, name: str, after: int) -> None:
        self._log, self._name, self._after = log, name, after
        self._coming: asyncio.Task[Sequence[Stored]] | None = None
        self.is_over = False

    async def read(self) -> Sequence[Stored]:
        """Return the next page.

        Raises:
            StoreError: the log cannot be read.
        """
        page = await (self._coming or self._read())
        self._coming, self.is_over = None, len(page) < PAGE
        if not self.is_over:
            self._after = page[-1].version
            if self._log.waits:
                self._coming = asyncio.create_task(self._read())
                await asyncio.sleep(0)  # so that it is sent before the page is used, which keeps the event loop busy
        return page

    def close(self) -> None:
        """Let go of a page that is on its way."""
        if self._coming is not None:
            self._coming.cancel()

    async def _read(self) -> Sequence[Stored]:
        return await self._log.read(self._name, self._after, limit=PAGE)
