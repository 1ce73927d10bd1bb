"""Open the store that a setting names."""

from pathlib import Path
from typing import Final

from paysandbox.store.log.engine import Log, StoreError

ENGINES: Final = ("memory", "sqlite:PATH")
_SQLITE: Final = "sqlite:"


def open_log(store: str) -> Log:
    """Open the log that a text names: `sqlite:PATH`.

    Raises:
        StoreError: the text names no store, or the store cannot be used.
    """
    if store.startswith(_SQLITE):
        path = store.removeprefix(_SQLITE)
        if not path or path == ":memory:" or path.startswith("//"):
            raise StoreError("a store in SQLite is sqlite:PATH, such as sqlite:stub.db or sqlite:/var/lib/stub.db")
        from paysandbox.store.log.sqlite import SqliteLog  # noqa: PLC0415 - not needed for another engine

        return SqliteLog(Path(path))
    scheme = store.partition(":")[0]  # the rest may hold a password
    raise StoreError(f"there is no store {scheme!r}; there are {' and '.join(ENGINES)}")
