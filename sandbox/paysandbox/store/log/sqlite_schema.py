"""The tables of a store in SQLite, and how a file of an earlier release becomes one of this.

An entry names the one `previous` to it in its namespace by its `number`. The number of the last one is noted in
`namespaces`, with all that an append asks for; but as of the entry whose number is in `noted_ends`, because to note
each takes a fourth of an append. An index of all entries by namespace would be written on another page for each
namespace, which takes a batch half as much time again. Only the entries of each 64th version are in an index, so that
a reading can begin in the middle of a long log.
"""

from collections.abc import Callable
from typing import Any, Final

Run = Callable[..., Any]

# In the header of the file, by which a file of another program is told from one of ours: "PaSb".
APPLICATION_ID: Final = 0x50615362
SCHEMA: Final = 5  # of the tables; entries have a format of their own

# No id is given twice, so that a new log is not taken for a forgotten one. `first` is the version of the first entry;
# of the last one there are the number in `noted`, the version, the machine's time in microseconds since 1970, and the
# token.
_AT: Final = "at INTEGER NOT NULL DEFAULT 0"
_COLUMNS: Final = (
    "noted INTEGER NOT NULL DEFAULT 0",
    "first INTEGER NOT NULL DEFAULT 1",
    "version INTEGER NOT NULL DEFAULT 0",
    _AT,
    "token BLOB NOT NULL DEFAULT x''",
)
_NAMESPACES: Final = (
    f"CREATE TABLE namespaces (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, {', '.join(_COLUMNS)})"
)
_ENTRIES: Final = (
    f"""CREATE TABLE entries (number INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, version INTEGER NOT NULL,
    previous INTEGER NOT NULL, {_AT}, content BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX marks ON entries (namespace, version) WHERE version & 63 = 0",
)
_STAMP: Final = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA}")
_NOTED: Final = (
    "CREATE TABLE noted_ends (number INTEGER NOT NULL)",
    "INSERT INTO noted_ends SELECT coalesce(max(number), 0) FROM entries",
)
_CREATE: Final = (_NAMESPACES, *_ENTRIES, *_NOTED, *_STAMP)
# Entries were found by their `place`: the id of the namespace with the version behind it, in 36 bits.
_CONVERT_PLACED: Final = (
    "ALTER TABLE entries RENAME TO placed",
    *(f"ALTER TABLE namespaces ADD COLUMN {column}" for column in _COLUMNS),
    *_ENTRIES,
    """INSERT INTO entries (number, namespace, version, previous, content)
    SELECT row_number() OVER (ORDER BY place), place >> 36, place & 0xFFFFFFFFF,
    CASE lag(place >> 36) OVER (ORDER BY place) WHEN place >> 36 THEN row_number() OVER (ORDER BY place) - 1 ELSE 0 END,
    content FROM placed WHERE place >> 36 IN (SELECT id FROM namespaces)""",
    """UPDATE namespaces SET (noted, first, version) =
    (SELECT max(number), min(version), max(version) FROM entries WHERE namespace = id)
    WHERE id IN (SELECT namespace FROM entries)""",
    """UPDATE namespaces SET (at, token) = (SELECT at, token FROM placed WHERE place = id << 36 | version)
    WHERE version > 0""",
    "DELETE FROM namespaces WHERE version = 0",
    "DROP TABLE placed",
    *_NOTED,
    *_STAMP,
)
# What an earlier release needs to become this one.
CONVERSIONS: Final = {
    2: _CONVERT_PLACED,
    3: _CONVERT_PLACED,
    4: (
        # Renamed, so that a process of that release which has the file open cannot take what is noted for the end.
        "ALTER TABLE namespaces RENAME COLUMN last TO noted",
        f"ALTER TABLE entries ADD COLUMN {_AT}",
        *_NOTED,
        *_STAMP,
    ),
}


def create_tables(run: Run) -> None:
    """Create the tables of a new file, in the transaction that is open."""
    for statement in _CREATE:
        run(statement)


def convert_tables(run: Run, schema: int) -> None:
    """Make the tables of this release of those of an earlier `schema`, in the transaction that is open."""
    for statement in CONVERSIONS[schema]:
        run(statement)
