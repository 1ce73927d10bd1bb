"""What was appended comes into the file of SQLite beside the appends, and its write-ahead log stays bounded."""

import time
from pathlib import Path
from threading import Event, Timer
from typing import Final

import pytest

from paysandbox.store.log import sqlite_checkpoints
from paysandbox.store.log.engine import run_at_once
from paysandbox.store.log.sqlite import SqliteLog
from tests.helpers.sqlite_entries import append, versions

KIB: Final = 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after each 64 KiB, and a write-ahead log that begins anew beyond 512 KiB."""
    monkeypatch.setattr(sqlite_checkpoints, "_EVERY", 64 * KIB)
    monkeypatch.setattr(sqlite_checkpoints, "_MOST", 64)


def size_ahead(path: Path) -> int:
    return path.with_name("store.db-wal").stat().st_size


@pytest.mark.usefixtures("often")
def test_what_was_appended_comes_into_the_file_while_it_is_open(path: Path) -> None:
    log = SqliteLog(path)
    for version in range(1, 6):
        append(log, "a", version, bytes(16 * KIB))
    deadline = time.monotonic() + 20
    while path.stat().st_size < 64 * KIB:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("often")
def test_the_write_ahead_log_stays_bounded_while_appends_follow_each_other(path: Path) -> None:
    """And nothing is lost meanwhile."""
    log = SqliteLog(path)
    for version in range(1, 1001):
        assert append(log, "a", version, bytes(16 * KIB))
        assert size_ahead(path) < 8 * 1024 * KIB
    assert versions(log, "a") == list(range(1, 1001))
    run_at_once(log.close())
    run_at_once(log.close())  # as a server with several workers does
    assert not path.with_name("store.db-wal").exists()  # which SQLite leaves as long as a connection is open
    assert versions(SqliteLog(path), "a") == list(range(1, 1001))


@pytest.mark.usefixtures("often")
def test_a_deleted_file_is_not_made_anew(path: Path) -> None:
    log = SqliteLog(path)
    append(log, "a", 1)
    path.unlink()
    append(log, "a", 2, bytes(64 * KIB))  # before the path is looked at again
    run_at_once(log.close())
    assert not path.exists()


@pytest.mark.usefixtures("often")
def test_appends_go_on_where_no_checkpoint_can_be_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SqliteLog(path)
    monkeypatch.setattr(log._checkpoints, "_connect", lambda: SqliteLog(path)._connection.execute("no statement"))  # noqa: SLF001
    for version in range(1, 11):
        assert append(log, "a", version, bytes(64 * KIB))
    run_at_once(log.close())


@pytest.mark.usefixtures("often")
def test_an_append_waits_for_the_log_to_begin_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on at once then, while SQLite would look for that after a pause."""
    log, steps = SqliteLog(path), []
    beginning, may_end = Event(), Event()

    class Slow:
        """A connection whose second kind of checkpoint lasts until it is told to end."""

        def execute(self, statement: str) -> "Slow":
            if "RESTART" in statement:
                beginning.set()
                may_end.wait(20)
                steps.append("begun anew")
            return self

        def fetchone(self) -> tuple[int, int, int]:
            return 0, 65, 65

        def close(self) -> None: ...

    monkeypatch.setattr(log._checkpoints, "_connect", Slow)  # noqa: SLF001 - one that takes as long as is wanted
    append(log, "a", 1, bytes(64 * KIB))
    assert beginning.wait(20)
    Timer(0.1, may_end.set).start()
    assert append(log, "a", 2)
    steps.append("appended")
    assert steps == ["begun anew", "appended"]
    run_at_once(log.close())
