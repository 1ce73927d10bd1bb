"""Where the logs in a file of SQLite end, known from one transaction to the next while only this connection writes."""

from collections.abc import Callable
from typing import Any, Final

from paysandbox.store.log.codec import read_tokens

# The id of a namespace in the file, and number, version and token of the last entry; a plain tuple, because making a
# named one takes as long as finding it. The version is None if the file does not know the namespace.
End = tuple[int, int, int | None, bytes]

_UNKNOWN: Final[End] = (0, 0, None, b"")
_MOST: Final = 10_000  # ends that are kept, some 200 bytes each
# Appends without one of another process between them, after which ends are noted only every so many entries. Who looks
# for an end reads all entries since then, which takes some 0.2 ms.
_ALONE: Final = 64
_NOTED_EVERY: Final = 256

_FIND: Final = "SELECT id, noted, version, token FROM namespaces WHERE name = ?"
_READ_NOTED: Final = "SELECT number FROM noted_ends"
_TOKENS: Final = 600  # bytes of an entry in which its tokens are
_READ_LATER: Final = f"""
SELECT namespace, number, version, coalesce(CAST(substr(content, 1, {_TOKENS}) AS BLOB), x''), at FROM entries
WHERE number > ? ORDER BY number
"""  # noqa: S608 - of a constant
_NOTE: Final = "UPDATE namespaces SET noted = ?2, version = ?3, token = ?4, at = ?5 WHERE id = ?1"

# As they are, noted or not: id and name of each namespace, the number of the last entry, and the time of that.
ENDS: Final = """
(SELECT id, name, coalesce(later.number, noted) AS last, coalesce(later.at, namespaces.at) AS at
FROM namespaces LEFT JOIN (SELECT namespace, max(number) AS number, at FROM entries
WHERE number > (SELECT number FROM noted_ends) GROUP BY namespace) AS later ON namespace = id)
"""


class Ends:
    """The ends of logs, as the transaction that is open finds them; to ask the file takes a quarter of an append.

    `last` is the highest number of all entries. What a transaction sets is true only if that is committed; `drop`
    must follow a rollback, and everything that changes the ends otherwise.
    """

    __slots__ = ("_alone", "_found", "_later", "_noted", "_run", "_run_many", "_seen", "last")

    def __init__(self, run: Callable[..., Any], run_many: Callable[..., Any]) -> None:
        """`run` executes a statement, `run_many` does so with each of several sets of values."""
        self._run, self._run_many = run, run_many
        self._found: dict[str, End] = {}
        self._later: dict[int, tuple[End, int]] = {}  # what is not noted, with its time; by the id of the namespace
        self._seen: int | None = None
        self._alone = self._noted = self.last = 0

    def refresh(self) -> None:
        """Drop what others may have changed. Must be called within a transaction that keeps others from writing.

        SQLite counts the commits of other connections, of this process as well as of others, but not one's own.
        """
        seen: int = self._run("PRAGMA data_version").fetchone()[0]
        if seen == self._seen and len(self._found) < _MOST:
            self._alone += 1
            return
        self._found.clear()
        self._later.clear()
        self._seen, self._alone = seen, 0
        self._noted = self.last = self._run(_READ_NOTED).fetchone()[0]
        for namespace, number, version, content, at in self._run(_READ_LATER, (self._noted,)):
            self._later[namespace] = (namespace, number, version, _read_token(content)), at
            self.last = number

    def find(self, name: str) -> End:
        """Return the end of a log."""
        return self._found.get(name) or self._read(name)

    def set(self, name: str, end: End, at: int) -> None:
        """Set the end of a log to which the open transaction appends, at a time in microseconds since 1970."""
        self._found[name] = end
        self._later[end[0]] = end, at
        self.last = end[1]

    def note(self) -> None:
        """Note in the open transaction what is not noted, if it is time."""
        if self._alone < _ALONE or self.last - self._noted >= _NOTED_EVERY:
            self._run_many(_NOTE, [(*end, at) for end, at in self._later.values()])
            self._run("UPDATE noted_ends SET number = ?", (self.last,))
            self._later.clear()
            self._noted = self.last

    def drop(self) -> None:
        """Ask the file for the ends from now on."""
        self._seen = None

    def _read(self, name: str) -> End:
        found: End = self._run(_FIND, (name,)).fetchone() or _UNKNOWN
        later = self._later.get(found[0])
        return found if later is None else later[0]


def _read_token(content: bytes) -> bytes:
    """Return the token of an entry. It is empty if the entry is damaged, so that no other can follow it."""
    try:
        return read_tokens(content).token
    except IndexError:
        return b""
