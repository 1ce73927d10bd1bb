"""Where the logs in a file of SQLite end, known from one transaction to the next while only this connection writes."""

from collections.abc import Callable
from typing import Any, Final

# The id of a namespace in the file, and number, version and token of the last entry; a plain tuple, because making a
# named one takes as long as finding it. The version is None if the file does not know the namespace.
End = tuple[int, int, int | None, bytes]

_UNKNOWN: Final[End] = (0, 0, None, b"")
_MOST: Final = 10_000  # ends that are kept, some 200 bytes each

_FIND: Final = "SELECT id, last, version, token FROM namespaces WHERE name = ?"


class Ends:
    """The ends of logs, as the transaction that is open finds them; to ask the file takes a quarter of an append.

    `last` is the highest number of all entries. What a transaction sets is true only if that is committed; `drop`
    must follow a rollback, and everything that changes the ends otherwise.
    """

    __slots__ = ("_found", "_run", "_seen", "last")

    def __init__(self, run: Callable[..., Any]) -> None:
        """`run` executes a statement."""
        self._run = run
        self._found: dict[str, End] = {}
        self._seen: int | None = None
        self.last = 0

    def refresh(self) -> None:
        """Drop what others may have changed. Must be called within a transaction that keeps others from writing.

        SQLite counts the commits of other connections, of this process as well as of others, but not one's own.
        """
        seen: int = self._run("PRAGMA data_version").fetchone()[0]
        if seen == self._seen and len(self._found) < _MOST:
            return
        self._found.clear()
        self._seen = seen
        self.last = self._run("SELECT coalesce(max(number), 0) FROM entries").fetchone()[0]

    def find(self, name: str) -> End:
        """Return the end of a log."""
        return self._found.get(name) or self._run(_FIND, (name,)).fetchone() or _UNKNOWN

    def set(self, name: str, end: End) -> None:
        """Note the end of a log to which the open transaction appends."""
        self._found[name] = end
        self.last = end[1]

    def drop(self) -> None:
        """Ask the file for the ends from now on."""
        self._seen = None
