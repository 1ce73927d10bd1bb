"""Read entries of a namespace that lie close together, as those of a file with one busy namespace do.

From one entry to the next SQLite looks for a page each time. In a range of numbers it goes from page to page, which
takes half as long; but it passes over the entries of other namespaces as well.
"""

from collections.abc import Sequence
from typing import Any, Final

from paysandbox.store.log.sqlite_schema import Run

_FOREIGN: Final = 64  # entries of other namespaces that are passed over at most

# The marks before the first wanted entry and behind the last one: their numbers and versions.
_BOUNDS: Final = """
SELECT id, before.number, before.version, behind.number, behind.version
FROM namespaces JOIN entries AS before ON before.number =
(SELECT number FROM entries WHERE namespace = id AND version & 63 = 0 AND version <= ?2 + 1
ORDER BY version DESC LIMIT 1)
JOIN entries AS behind ON behind.number =
(SELECT number FROM entries WHERE namespace = id AND version & 63 = 0 AND version >= ?2 + ?3 ORDER BY version LIMIT 1)
WHERE name = ?1
"""
# As in other readings, content that is no blob is read as the bytes that it takes.
_READ: Final = """
SELECT version, CAST(content AS BLOB) FROM entries
WHERE number BETWEEN ?1 AND ?2 AND namespace = ?3 AND version > ?4 ORDER BY number LIMIT ?5
"""


def read_range(run: Run, namespace: str, after: int, limit: int) -> Sequence[tuple[Any, Any]] | None:
    """Return version and content of the first `limit` entries after a version, in their order.

    None if so many do not follow, or not close together.
    """
    found = run(_BOUNDS, (namespace, after, limit)).fetchone()
    if found is None:
        return None
    number, first, version, last, last_version = found
    if last - first > last_version - version + _FOREIGN:
        return None
    rows: list[tuple[Any, Any]] = run(_READ, (first, last, number, after, limit)).fetchall()
    return rows
