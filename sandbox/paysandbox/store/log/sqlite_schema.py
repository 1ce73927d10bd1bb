"""The tables of a store in SQLite, and how a file of an earlier release becomes one of this.

An entry names the one `previous` to it in its namespace by its `number`, and `namespaces` has the number of the `last`
one with all that an append asks for, so that an append writes to one page of each table. An index of all entries by
namespace would be written on another page for each namespace, which takes a batch half as much time again. Only the
entries of each 64th version are in an index, so that a reading can begin in the middle of a long log.
"""

from collections.abc import Callable
from typing import Any, Final

Run = Callable[..., Any]

# In the header of the file, by which a file of another program is told from one of ours: "PaSb".
APPLICATION_ID: Final = 0x50615362
SCHEMA: Final = 4  # of the tables; entries have a format of their own
# Which found an entry by its `place`: the id of its namespace with its version behind it, in 36 bits.
BY_PLACE: Final = frozenset({2, 3})

# No id is given twice, so that a new log is not taken for a forgotten one. `first` and `version` are those of the first
# and of the last entry, `at` is the machine's time at the last in microseconds since 1970, `token` that of the last.
_COLUMNS: Final = (
    "last INTEGER NOT NULL DEFAULT 0",
    "first INTEGER NOT NULL DEFAULT 1",
    "version INTEGER NOT NULL DEFAULT 0",
    "at INTEGER NOT NULL DEFAULT 0",
    "token BLOB NOT NULL DEFAULT x''",
)
_NAMESPACES: Final = (
    f"CREATE TABLE namespaces (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, {', '.join(_COLUMNS)})"
)
_ENTRIES: Final = (
    """CREATE TABLE entries (number INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, version INTEGER NOT NULL,
    previous INTEGER NOT NULL, content BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX marks ON entries (namespace, version) WHERE version & 63 = 0",
)
_STAMP: Final = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA}")
_CREATE: Final = (_NAMESPACES, *_ENTRIES, *_STAMP)
_CONVERT: Final = (
    "ALTER TABLE entries RENAME TO placed",
    *(f"ALTER TABLE namespaces ADD COLUMN {column}" for column in _COLUMNS),
    *_ENTRIES,
    """INSERT INTO entries (number, namespace, version, previous, content)
    SELECT row_number() OVER (ORDER BY place), place >> 36, place & 0xFFFFFFFFF,
    CASE lag(place >> 36) OVER (ORDER BY place) WHEN place >> 36 THEN row_number() OVER (ORDER BY place) - 1 ELSE 0 END,
    content FROM placed WHERE place >> 36 IN (SELECT id FROM namespaces)""",
    """UPDATE namespaces SET (last, first, version) =
    (SELECT max(number), min(version), max(version) FROM entries WHERE namespace = id)
    WHERE id IN (SELECT namespace FROM entries)""",
    """UPDATE namespaces SET (at, token) = (SELECT at, token FROM placed WHERE place = id << 36 | version)
    WHERE version > 0""",
    "DELETE FROM namespaces WHERE version = 0",
    "DROP TABLE placed",
    *_STAMP,
)


def create_tables(run: Run) -> None:
    """Create the tables of a new file, in the transaction that is open."""
    for statement in _CREATE:
        run(statement)


def convert_tables(run: Run) -> None:
    """Make the tables of this release of those of an earlier one, in the transaction that is open."""
    for statement in _CONVERT:
        run(statement)
