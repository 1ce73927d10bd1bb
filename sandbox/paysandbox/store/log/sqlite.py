"""A log in a file of SQLite, which several processes of one machine can share."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from paysandbox.store.log.engine import Stored, StoreError

# In the header of the file, by which a file of another program is told from one of ours: "PaSb".
APPLICATION_ID: Final = 0x50615362
SCHEMA: Final = 1  # of the tables; entries have a format of their own
BUSY_SECONDS: Final = 5  # that an append waits for those of other processes
_WAL_PAGES: Final = 8000  # 32 MiB; SQLite's 1,000 make every three hundredth call wait for the disk
_CREATE: Final = """
CREATE TABLE entries (
    place INTEGER PRIMARY KEY, namespace TEXT NOT NULL, version INTEGER NOT NULL, content BLOB NOT NULL,
    UNIQUE (namespace, version)
)
"""
# The log must end one version before: the unique key alone would let an entry in behind a gap.
_APPEND: Final = """
INSERT INTO entries (namespace, version, content)
SELECT ?1, ?2, ?3 WHERE ?2 - 1 = (SELECT coalesce(max(version), 0) FROM entries WHERE namespace = ?1)
"""


class SqliteLog:
    """The log in one file, in write-ahead mode. What it answers survives a crash of the process.

    The file is not synced with each entry, so a power failure can lose the last ones; it never damages the file.
    """

    engine = "sqlite"
    waits = False

    def __init__(self, path: Path) -> None:
        """Open the file; create it if it is missing.

        Raises:
            StoreError: it cannot be opened, or is not a store of this program.
        """
        self.name = f"sqlite:{path}"
        if not path.parent.is_dir():
            raise StoreError(f"{self.name}: there is no folder {path.parent}; make it first")
        with self._explain():
            # The event loop may run in another thread than the one that opens the file; it is used by one at a time.
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
            )
        try:
            with self._explain():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def read_news(self) -> int:
        """Return the number by which SQLite counts the commits of other connections."""
        with self._explain():
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    async def read(self, namespace: str, after: int) -> Sequence[Stored]:
        return self._list("SELECT version, content FROM entries WHERE namespace = ? AND version > ? ORDER BY version",
                          namespace, after)  # fmt: skip

    async def read_last(self, namespace: str) -> Stored | None:
        found = self._list(
            "SELECT version, content FROM entries WHERE namespace = ? ORDER BY version DESC LIMIT 1", namespace
        )
        return found[0] if found else None

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        with self._explain():
            is_added = self._connection.execute(_APPEND, (namespace, version, content)).rowcount == 1
            if is_added and keep_from:
                self._connection.execute(
                    "DELETE FROM entries WHERE namespace = ? AND version < ?", (namespace, keep_from)
                )
        return is_added

    async def list_names(self) -> list[str]:
        with self._explain():
            rows = self._connection.execute("SELECT namespace FROM entries GROUP BY namespace ORDER BY max(place)")
            return [name for (name,) in rows]

    async def forget(self, namespace: str) -> None:
        with self._explain():
            self._connection.execute("DELETE FROM entries WHERE namespace = ?", (namespace,))

    async def check(self) -> None:
        with self._explain():
            self._connection.execute("SELECT 1 FROM entries LIMIT 1").fetchall()

    async def close(self) -> None:
        self._connection.close()

    def _list(self, query: str, *values: Any) -> list[Stored]:
        with self._explain():
            return [Stored(*row) for row in self._connection.execute(query, values)]

    def _prepare(self) -> None:
        run = self._connection.execute
        found = run("PRAGMA application_id").fetchone()[0]
        if found != APPLICATION_ID and run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise StoreError(f"{self.name} is a database of another program; give a file of its own to the store")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        run("BEGIN IMMEDIATE")  # two processes may create the file at once
        try:
            if not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                run(_CREATE)
                run(f"PRAGMA application_id = {APPLICATION_ID}")
                run(f"PRAGMA user_version = {SCHEMA}")
            schema = run("PRAGMA user_version").fetchone()[0]
            run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                run("ROLLBACK")
            raise
        if schema != SCHEMA:
            raise StoreError(f"{self.name} was written by a newer Paysandbox (format {schema}, this one has {SCHEMA})")

    @contextmanager
    def _explain(self) -> Iterator[None]:
        """Context manager: word the errors of SQLite."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.name}: {_describe(error)}") from None


def _describe(error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_READONLY:
            return "the file, or its folder, cannot be written to; the store must be writable"
        case sqlite3.SQLITE_FULL:
            return "the disk is full; nothing of this call was kept"
        case sqlite3.SQLITE_NOTADB:
            return "the file is not an SQLite database; give a file of its own to the store"
        case sqlite3.SQLITE_CORRUPT:
            return "the file is damaged; put a backup in its place, or delete it to begin anew"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another process has locked the file for more than {BUSY_SECONDS} seconds"
        case sqlite3.SQLITE_CANTOPEN:
            return "the file cannot be opened; check the path and its permissions"
    return str(error)
