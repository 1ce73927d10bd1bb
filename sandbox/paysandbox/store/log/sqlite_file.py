"""The file of a store in SQLite: whether a path can be one, which file it is, and its errors in the sandbox's words."""

import os
import sqlite3
from pathlib import Path

from paysandbox.store.log.engine import StoreError


def check_path(name: str, path: Path, *, create: bool) -> None:
    """Check that a file can be at a path, or is there already unless `create`; `name` is the store's, for messages.

    Raises:
        StoreError: it cannot; the message says what to name instead.
    """
    try:
        has_folder, is_there, is_file, is_folder = path.parent.is_dir(), path.exists(), path.is_file(), path.is_dir()
    except OSError as error:  # a name that is too long, or a folder that this user must not enter
        raise StoreError(f"{name}: the path cannot be used: {error.strerror}") from None
    if not has_folder:
        raise StoreError(f"{name}: there is no folder {path.parent}; make it first")
    if is_folder:
        raise StoreError(f"{name} is a folder; name a file in it, such as sqlite:{path / 'stub.db'}")
    if is_there and not is_file:
        raise StoreError(f"{name} is a device, pipe or socket, which keeps nothing; name a file")
    if not create and not is_there:
        raise StoreError(f"{name}: there is no such file")


def open_file(path: Path, patience: int, *, create: bool) -> tuple[sqlite3.Connection, bool]:
    """Open a file, and `create` it if it is missing; return whether it can be written to, which one to create must.

    SQLite waits `patience` seconds for other processes.

    Raises:
        StoreError: recent calls stand beside the file, and cannot be read from there.
        sqlite3.Error: it cannot be opened.
    """
    folder = path.absolute().parent
    if create or (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        return connect(str(path), patience), True
    address, calls = f"{path.absolute().as_uri()}?mode=ro", Path(f"{path}-wal")
    has_calls = calls.exists() and calls.stat().st_size > 0
    if not has_calls and not os.access(folder, os.W_OK):
        # SQLite wants to put files beside it, unless it is told that the file cannot change.
        return connect(f"{address}&immutable=1", patience), False
    connection = connect(address, patience)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        if not has_calls:
            raise
        where = f"sqlite:{path}: recent calls are in {calls.name} beside it"
        raise StoreError(f"{where}, which cannot be read in this folder; copy both to one that is writable") from None
    return connection, False


def connect(address: str, patience: int) -> sqlite3.Connection:
    """Open a connection to a path, or to the address `file:` of one; SQLite waits `patience` seconds for others."""
    # The event loop may run in another thread than the one that opens the file; it is used by one at a time.
    return sqlite3.connect(
        address,
        uri=address.startswith("file:"),
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=32,
    )


def identify(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others of the machine while it is open; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def describe_error(error: sqlite3.Error, patience: str) -> str:
    """Word an error of SQLite; `patience` is how long it waits for the locks of other processes."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # the file -shm cannot be made, and SQLite asks not why
        return "the disk is full"
    match code & 0xFF:
        case sqlite3.SQLITE_READONLY:
            return "the file, or its folder, cannot be written to; the store must be writable"
        case sqlite3.SQLITE_FULL:
            return "the disk is full"
        case sqlite3.SQLITE_NOTADB:
            return "the file is not an SQLite database; give a file of its own to the store"
        case sqlite3.SQLITE_CORRUPT:
            return "the file is damaged; put a backup in its place, or delete it to begin anew"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"another process has locked the file for more than {patience}"
        case sqlite3.SQLITE_CANTOPEN:
            return "the file cannot be opened; check the path and its permissions"
    return str(error)
