"""Bring what was appended from SQLite's write-ahead log into its file, in a thread of its own.

SQLite does so within an append otherwise. Every few thousandth call then waits some 60 ms for the disk, and so do all
that come meanwhile. The thread has a connection of its own, and SQLite lets appends go on beside it.
"""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Final

_EVERY: Final = 4 << 20  # bytes of appended contents
_MOST: Final = 4000  # pages of the write-ahead log, 32 MiB, before appends wait until it begins anew


class Checkpoints:
    """Checkpoints of one file, one at a time. The thread is started with the first.

    An error of SQLite is passed over: an append meets it as well, and says so.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens the file once more."""
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None
        self._appended = 0
        self._is_blocking = False

    def wait(self) -> None:
        """Wait until appends may go on. SQLite would look for that now and then, and find it milliseconds later."""
        if self._is_blocking and self._running is not None:
            wait([self._running])

    def count(self, size: int) -> None:
        """Count appended bytes, and begin a checkpoint if there are many; does not wait."""
        self._appended += size
        if self._appended >= _EVERY and (self._running is None or self._running.done()):
            self._appended = 0
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "paysandbox-checkpoints")
            self._running = self._pool.submit(self._run)

    def close(self) -> None:
        """Wait for the end of a checkpoint, and close the connection; nothing if that is done already."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.submit(self._close)
            pool.shutdown()

    def _run(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection is None:
                self._connection = self._connect()
            _, pages, _ = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            # While appends follow each other, there is always one that is not in the file yet, and the log would grow.
            if pages > _MOST:
                self._is_blocking = True
                try:
                    self._connection.execute("PRAGMA wal_checkpoint(RESTART)")
                finally:
                    self._is_blocking = False

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
