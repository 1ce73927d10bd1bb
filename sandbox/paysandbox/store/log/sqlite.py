"""A log in a file of SQLite, which several processes of one machine can share."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from paysandbox.core.clock import read_epoch
from paysandbox.store.log.codec import read_tokens
from paysandbox.store.log.engine import EVERY, Append, Stored, StoreError, Summary
from paysandbox.store.log.sqlite_file import check_path, describe_error, identify, open_file
from paysandbox.store.namespaces import DEFAULT

# In the header of the file, by which a file of another program is told from one of ours: "PaSb".
APPLICATION_ID: Final = 0x50615362
SCHEMA: Final = 3  # of the tables; entries have a format of their own
_BY_PLACE: Final = 2  # which kept entries by their place, and is read and written in the same way
BUSY_SECONDS: Final = 5  # that an append waits for those of other processes
_PAGE: Final = 8192  # bytes; a batch of 16 calls takes a fifth less than in SQLite's pages of 4,096
_WAL_PAGES: Final = 4000  # 32 MiB; SQLite's 1,000 make every few hundredth call wait for the disk
_PROBE: Final = 2 * _PAGE  # bytes that are written to see whether it can be done; more than most calls take
_LOOK_EVERY: Final = 100_000  # microseconds between two looks at the path, which take a tenth of an append

_GONE: Final = "the file was deleted, moved or replaced; start the sandbox anew to go on with what is there now"

# The place of an entry is the id of its namespace with its version behind it, in 36 bits. No id is given twice, so that
# a new log is not taken for a forgotten one. `at` is the machine's time in microseconds since 1970, `token` that of the
# entry. Entries stand in the order of their coming: kept by their place, each of a batch would be written with a page
# of its own, which takes twice as long.
_CREATE: Final = (
    "CREATE TABLE namespaces (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE entries (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, at INTEGER NOT NULL,
    token BLOB NOT NULL, content BLOB NOT NULL)""",
)
# The log must end with the entry before. The key alone would let an entry in behind a gap, and into a new log that has
# come to the same version after the old one was forgotten.
_APPEND: Final = """
INSERT OR IGNORE INTO entries (place, at, token, content) SELECT id << 36 | ?2, ?3, ?4, ?5 FROM namespaces
WHERE name = ?1 AND EXISTS (SELECT 1 FROM entries WHERE place = (id << 36 | ?2) - 1 AND token = ?6)
"""
_APPEND_FIRST: Final = """
INSERT INTO entries (place, at, token, content) SELECT id << 36 | ?2, ?3, ?4, ?5 FROM namespaces
WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM entries WHERE place > id << 36 AND place < id + 1 << 36)
"""
# Content that another program has written as text, or as a number, is read as the bytes that it takes.
_READ: Final = """
SELECT place & 0xFFFFFFFFF, CAST(content AS BLOB)
FROM namespaces JOIN entries ON place > id << 36 | ?2 AND place < id + 1 << 36
WHERE name = ?1 ORDER BY place LIMIT ?3
"""
_READ_LAST: Final = """
SELECT place & 0xFFFFFFFFF, CAST(content AS BLOB)
FROM namespaces JOIN entries ON place > id << 36 AND place < id + 1 << 36
WHERE name = ?1 ORDER BY place DESC LIMIT 1
"""
_LIST: Final = """
SELECT name FROM namespaces JOIN entries
ON place = (SELECT max(place) FROM entries WHERE place > id << 36 AND place < id + 1 << 36)
ORDER BY at, id
"""
_LIST_FOREIGN: Final = """
SELECT type, name FROM sqlite_schema
WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite@_%' ESCAPE '@'
AND NOT (type = 'table' AND name IN ('namespaces', 'entries'))
ORDER BY type, name
"""
_SUMMARIZE: Final = """
SELECT max(place) & 0xFFFFFFFFF, count(*), sum(length(content)), max(at)
FROM namespaces JOIN entries ON place > id << 36 AND place < id + 1 << 36 WHERE name = ?1
"""
_LIST_UNUSED: Final = """
SELECT name FROM namespaces JOIN entries
ON place = (SELECT max(place) FROM entries WHERE place > id << 36 AND place < id + 1 << 36)
WHERE at < ?1 AND name <> ?2
"""
_TRIM: Final = """
DELETE FROM entries WHERE place > (SELECT id << 36 FROM namespaces WHERE name = ?1)
AND place < (SELECT id << 36 | ?2 FROM namespaces WHERE name = ?1)
"""
_FORGET: Final = """
DELETE FROM entries WHERE place > (SELECT id << 36 FROM namespaces WHERE name = ?1)
AND place < (SELECT id + 1 << 36 FROM namespaces WHERE name = ?1)
"""


class SqliteLog:
    """The log in one file, in write-ahead mode. What it answers survives a crash of the process.

    The file is not synced with each entry, so a power failure can lose the last ones; it never damages the file.

    SQLite goes on with a file that was deleted or moved, where no other process finds what is appended. So the path is
    looked at, and appends are refused once it does not lead to the file any more.
    """

    engine = "sqlite"
    waits = False

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file; `create` it if it is missing. One that is not created may be one that cannot be written to.

        Raises:
            StoreError: it cannot be opened, or is not a store of this program.
        """
        self.name = f"sqlite:{path}"
        check_path(self.name, path, create=create)
        with self._explain():
            self._connection, self._writes = open_file(path, BUSY_SECONDS, create=create)
        self._run = self._connection.execute
        self._path = path.absolute()
        self._cursor = self._connection.cursor()  # of appends, because making one takes a tenth of an append
        try:
            with self._explain():
                self._prepare()
            self._file, self._looked = identify(self._path), 0
        except BaseException:
            self._connection.close()
            raise

    def read_news(self) -> int:
        """Return the number by which SQLite counts the commits of other connections."""
        with self._explain():
            found: int = self._run("PRAGMA data_version").fetchone()[0]
        return found

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        with self._explain():
            return [Stored(*row) for row in self._run(_READ, (namespace, after, limit))]

    async def read_last(self, namespace: str) -> Stored | None:
        with self._explain():
            row = self._run(_READ_LAST, (namespace,)).fetchone()
        return None if row is None else Stored(*row)

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        tokens, at = read_tokens(content), read_epoch()
        if not 0 <= at - self._looked < _LOOK_EVERY:
            self._look(at)
        values = namespace, version, at, tokens.token, content, tokens.previous
        if version == 1:
            return self._append_first(values[:-1])
        if keep_from:
            return self._append_and_trim(values, keep_from)
        try:  # of most calls this is the only statement, and a transaction of its own
            return self._cursor.execute(_APPEND, values).rowcount == 1
        except sqlite3.Error as error:
            raise self._word(error) from None

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        if len(appends) == 1:
            return [await self.append(*appends[0])]
        at, kept = read_epoch(), []
        if not 0 <= at - self._looked < _LOOK_EVERY:
            self._look(at)
        with self._explain(), self._transaction():
            for namespace, version, content in appends:
                tokens = read_tokens(content)
                values = namespace, version, at, tokens.token, content
                if version == 1:
                    kept.append(self._insert_first(values))
                else:
                    kept.append(self._cursor.execute(_APPEND, (*values, tokens.previous)).rowcount == 1)
        return kept

    async def list_names(self) -> list[str]:
        with self._explain():
            return [name for (name,) in self._run(_LIST)]

    async def list_foreign(self) -> list[str]:
        """Say of each table, view and trigger of another program in the file that it belongs to that."""
        with self._explain():
            found = self._run(_LIST_FOREIGN).fetchall()
        hint = "belongs to another program; give the store a file of its own"
        return [f"{self.name}: the {kind} {name} {hint}" for kind, name in found]

    async def summarize(self, namespace: str) -> Summary | None:
        with self._explain():
            found = Summary(*self._run(_SUMMARIZE, (namespace,)).fetchone())
        return found if found.entries else None

    async def forget(self, namespace: str) -> None:
        with self._explain(), self._transaction():
            self._forget(namespace)

    async def forget_unused(self, before: int) -> list[str]:
        with self._explain():
            if not self._list_unused(before):
                return []  # mostly, and without keeping others from writing
            with self._transaction():
                names = self._list_unused(before)
                for name in names:
                    self._forget(name)
        return names

    async def check(self) -> None:
        self._look(read_epoch())
        with self._explain():
            self._run("SELECT 1 FROM entries LIMIT 1").fetchall()

    async def try_write(self) -> bool:
        """Add an entry of no namespace and delete it: what is committed then are pages of the file, unchanged."""
        self._run("PRAGMA busy_timeout = 0")
        try:
            with self._transaction():
                self._run("INSERT INTO entries (place, at, token, content) VALUES (0, 0, x'', zeroblob(?))", (_PROBE,))
                self._run("DELETE FROM entries WHERE place = 0")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise self._word(error) from None
        finally:
            self._run(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        return True

    async def close(self) -> None:
        self._connection.close()

    def _look(self, at: int) -> None:
        """Check that the path still leads to the file that is open."""
        if identify(self._path) != self._file:
            raise StoreError(f"{self.name}: {_GONE}")
        self._looked = at

    def _list_unused(self, before: int) -> list[str]:
        return [name for (name,) in self._run(_LIST_UNUSED, (before, DEFAULT))]

    def _forget(self, namespace: str) -> None:
        self._run(_FORGET, (namespace,))
        self._run("DELETE FROM namespaces WHERE name = ?", (namespace,))

    def _append_first(self, values: tuple[str, int, int, bytes, bytes]) -> bool:
        with self._explain(), self._transaction():
            return self._insert_first(values)

    def _insert_first(self, values: tuple[str, int, int, bytes, bytes]) -> bool:
        self._run("INSERT OR IGNORE INTO namespaces (name) VALUES (?)", values[:1])
        return self._run(_APPEND_FIRST, values).rowcount == 1

    def _append_and_trim(self, values: tuple[str, int, int, bytes, bytes, bytes], keep_from: int) -> bool:
        with self._explain(), self._transaction():
            is_added = self._run(_APPEND, values).rowcount == 1
            if is_added:
                self._run(_TRIM, (values[0], keep_from))
        return is_added

    def _prepare(self) -> None:
        run = self._run
        found = run("PRAGMA application_id").fetchone()[0]
        if found != APPLICATION_ID and run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise StoreError(f"{self.name} is a database of another program; give a file of its own to the store")
        if self._writes:
            self._create_tables()
        elif found != APPLICATION_ID:
            raise StoreError(f"{self.name} is empty: no sandbox has kept anything in it")
        schema = run("PRAGMA user_version").fetchone()[0]
        if schema not in {_BY_PLACE, SCHEMA}:
            age = "newer" if schema > SCHEMA else "older"
            raise StoreError(f"{self.name} was written by a {age} Paysandbox (format {schema}, this one has {SCHEMA})")

    def _create_tables(self) -> None:
        run = self._run
        run(f"PRAGMA page_size = {_PAGE}")  # of a new file
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        with self._transaction():  # two processes may create the file at once
            if not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                for statement in (
                    *_CREATE,
                    f"PRAGMA application_id = {APPLICATION_ID}",
                    f"PRAGMA user_version = {SCHEMA}",
                ):
                    run(statement)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Context manager: commit on success, roll back on exception. Others may not write meanwhile."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._run("ROLLBACK")
            raise

    @contextmanager
    def _explain(self) -> Iterator[None]:
        """Context manager: word the errors of SQLite."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._word(error) from None

    def _word(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"{self.name}: {describe_error(error, f'{BUSY_SECONDS} seconds')}")
