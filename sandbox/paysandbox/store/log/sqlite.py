"""A log in a file of SQLite, which several processes of one machine can share."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Final

from paysandbox.core.clock import read_epoch
from paysandbox.store.log.codec import read_tokens
from paysandbox.store.log.engine import EVERY, Append, Stored, StoreError, Summary
from paysandbox.store.log.sqlite_checkpoints import Checkpoints
from paysandbox.store.log.sqlite_ends import ENDS, Ends
from paysandbox.store.log.sqlite_file import check_path, connect, describe_error, identify, open_file
from paysandbox.store.log.sqlite_ranges import read_range
from paysandbox.store.log.sqlite_schema import APPLICATION_ID, CONVERSIONS, SCHEMA, convert_tables, create_tables
from paysandbox.store.namespaces import DEFAULT

BUSY_SECONDS: Final = 5  # that an append waits for those of other processes
_PAGE: Final = 8192  # bytes; a batch of 16 calls takes a fifth less than in SQLite's pages of 4,096
_WAL_PAGES: Final = 16_000  # 128 MiB, at which an append makes a checkpoint that is long overdue
_PROBE: Final = 2 * _PAGE  # bytes that are written to see whether it can be done; more than most calls take
_PROBE_WITH: Final = "INSERT INTO entries (namespace, version, previous, content) VALUES (0, 0, 0, zeroblob(?))"
_LOOK_EVERY: Final = 100_000  # microseconds between two looks at the path, which take a tenth of an append

_GONE: Final = "the file was deleted, moved or replaced; start the sandbox anew to go on with what is there now"

_APPEND: Final = "INSERT INTO entries (number, namespace, version, previous, at, content) VALUES (?, ?, ?, ?, ?, ?)"
# The entries of ?1 with versions greater than ?2, the latest first, from the one that {start} names.
_CHAIN: Final = """
WITH RECURSIVE chain (number, version, previous) AS (
SELECT number, version, previous FROM entries WHERE number = {start} AND version > ?2
UNION ALL SELECT entries.number, entries.version, entries.previous
FROM chain JOIN entries ON entries.number = chain.previous WHERE entries.version > ?2)
"""
_LAST: Final = f"(SELECT last FROM {ENDS} WHERE name = ?1)"  # noqa: S608 - here and below, of constants
# Not from the end of the log, if only the first ?3 entries are wanted.
_MARK: Final = f"""
coalesce((SELECT number FROM namespaces JOIN entries
ON namespace = id AND entries.version & 63 = 0 AND entries.version >= max(?2, first - 1) + ?3
WHERE name = ?1 ORDER BY entries.version LIMIT 1), {_LAST})
"""  # noqa: S608
# Content that another program has written as text, or as a number, is read as the bytes that it takes.
# The order is made of the numbers, before the contents are read, because sorting these would copy them.
_READ: Final = f"""{_CHAIN.format(start=_MARK)}
SELECT entries.version, CAST(content AS BLOB)
FROM (SELECT number FROM chain ORDER BY version LIMIT ?3) AS wanted CROSS JOIN entries USING (number)
"""  # noqa: S608
_READ_LAST: Final = f"SELECT version, CAST(content AS BLOB) FROM entries WHERE number = {_LAST}"  # noqa: S608
_LIST: Final = f"SELECT name FROM {ENDS} ORDER BY at, id"  # noqa: S608
_LIST_FOREIGN: Final = """
SELECT type, name FROM sqlite_schema
WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite@_%' ESCAPE '@'
AND NOT (type = 'table' AND name IN ('namespaces', 'entries', 'noted_ends'))
ORDER BY type, name
"""
_SUMMARIZE: Final = f"""{_CHAIN.format(start=_LAST)}
SELECT max(chain.version), count(*), sum(length(content)), (SELECT at FROM {ENDS} WHERE name = ?1)
FROM chain JOIN entries USING (number)
"""  # noqa: S608
_LIST_UNUSED: Final = f"SELECT name FROM {ENDS} WHERE at < ?1 AND name <> ?2 ORDER BY id"  # noqa: S608
_TRIM: Final = f"""
DELETE FROM entries WHERE number IN ({_CHAIN.format(start=_LAST)} SELECT number FROM chain WHERE version < ?3)
"""  # noqa: S608
_FORGET: Final = f"DELETE FROM entries WHERE number IN ({_CHAIN.format(start=_LAST)} SELECT number FROM chain)"  # noqa: S608
# Because the numbers of the last entries are given again.
_UNNOTE: Final = "UPDATE noted_ends SET number = min(number, (SELECT coalesce(max(number), 0) FROM entries))"


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
        # With a new cursor each, because the statement of one that is kept would keep a closed file open.
        self._run, self._run_many = self._connection.execute, self._connection.executemany
        self._path = path.absolute()
        self._ends = Ends(self._run, self._run_many)
        # Not at the path alone, where SQLite would make a new file if this one was deleted.
        self._checkpoints = Checkpoints(partial(connect, f"{self._path.as_uri()}?mode=rw", BUSY_SECONDS))
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
            found = read_range(self._run, namespace, after, limit)
            if found is None:
                found = sorted(self._run(_READ, (namespace, after, limit)))
        return list(map(tuple.__new__, repeat(Stored), found))  # as `Stored(*row)`, in half the time

    async def read_last(self, namespace: str) -> Stored | None:
        with self._explain():
            row = self._run(_READ_LAST, (namespace,)).fetchone()
        return None if row is None else Stored(*row)

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        at = read_epoch()
        if not 0 <= at - self._looked < _LOOK_EVERY:
            self._look(at)
        with self._explain(), self._transaction():
            is_added = self._insert([Append(namespace, version, content, *read_tokens(content))], at)[0]
            if is_added and keep_from:
                self._run(_TRIM, (namespace, 0, keep_from))
                self._run("UPDATE namespaces SET first = max(first, ?2) WHERE name = ?1", (namespace, keep_from))
        self._checkpoints.count(len(content))
        return is_added

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        at = read_epoch()
        if not 0 <= at - self._looked < _LOOK_EVERY:
            self._look(at)
        with self._explain(), self._transaction():
            taken = self._insert(appends, at)
        self._checkpoints.count(sum([len(append.content) for append in appends]))
        return taken

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
            found = Summary(*self._run(_SUMMARIZE, (namespace, 0)).fetchone())
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
            with self._transaction(waits=False):
                self._run(_PROBE_WITH, (_PROBE,))
                self._run("DELETE FROM entries WHERE number = last_insert_rowid()")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise self._word(error) from None
        finally:
            self._run(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        return True

    async def close(self) -> None:
        self._checkpoints.close()
        self._connection.close()

    def _look(self, at: int) -> None:
        """Check that the path still leads to the file that is open."""
        if identify(self._path) != self._file:
            raise StoreError(f"{self.name}: {_GONE}")
        self._looked = at

    def _list_unused(self, before: int) -> list[str]:
        return [name for (name,) in self._run(_LIST_UNUSED, (before, DEFAULT))]

    def _forget(self, namespace: str) -> None:
        self._ends.drop()
        self._run(_FORGET, (namespace, 0))
        self._run("DELETE FROM namespaces WHERE name = ?", (namespace,))
        self._run(_UNNOTE)

    def _insert(self, appends: Sequence[Append], at: int) -> list[bool]:
        """Append entries in the transaction that is open; return for each whether its log has ended before it."""
        ends, taken, entries = self._ends, [], []
        ends.refresh()
        for append in appends:
            name, version = append.namespace, append.version
            if version == 1:
                self._run("INSERT OR IGNORE INTO namespaces (name) VALUES (?)", (name,))
            namespace, last, ended, before = ends.find(name)
            # The version alone would let an entry into a new log that has come to the same version after the old one
            # was forgotten.
            is_next = ended == version - 1 and (before == append.previous or version == 1)
            taken.append(is_next)
            if is_next:
                number = ends.last + 1
                entries.append((number, namespace, version, last, at, append.content))
                ends.set(name, (namespace, number, version, append.token), at)
        self._run_many(_APPEND, entries)
        ends.note()
        return taken

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
        if schema != SCHEMA:
            age = "newer" if schema > SCHEMA else "older"
            hint = "; open it once where it can be written to" if schema in CONVERSIONS else ""
            formats = f"(format {schema}, this one has {SCHEMA})"
            raise StoreError(f"{self.name} was written by a {age} Paysandbox {formats}{hint}")

    def _create_tables(self) -> None:
        run = self._run
        run(f"PRAGMA page_size = {_PAGE}")  # of a new file
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        with self._transaction():  # two processes may create the file at once
            if not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                create_tables(run)
            elif (schema := run("PRAGMA user_version").fetchone()[0]) in CONVERSIONS:
                convert_tables(run, schema)

    @contextmanager
    def _transaction(self, *, waits: bool = True) -> Iterator[None]:
        """Context manager: commit on success, roll back on exception. Others may not write meanwhile."""
        if waits:
            self._checkpoints.wait()
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            self._ends.drop()
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
