"""The log in a file of SQLite: compare and append, several connections, and files that are no store."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from paysandbox.store.log.engine import Stored, StoreError, Summary, run_at_once
from paysandbox.store.log.opening import open_log
from paysandbox.store.log.sqlite import SqliteLog
from paysandbox.store.log.sqlite_schema import SCHEMA
from tests.helpers.sqlite_entries import append, entry, make_append, versions

_APPEND_ELSEWHERE: Final = """
import sys
from pathlib import Path
from paysandbox.store.log.sqlite import SqliteLog
from tests.helpers.sqlite_entries import append
assert append(SqliteLog(Path(sys.argv[1])), "a", 2, b"its")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def set_pragma(log: SqliteLog, pragma: str) -> None:
    """Change a setting of the log's own connection."""
    log._connection.execute(f"PRAGMA {pragma}")  # noqa: SLF001 - no other connection has it


def test_entries_are_read_back_in_their_order(path: Path) -> None:
    log = SqliteLog(path)
    assert append(log, "a", 1, b"one")
    assert append(log, "b", 1, b"other")
    assert append(log, "a", 2, b"two")
    assert asyncio.run(log.read("a", 0)) == [Stored(1, entry(1, b"one")), Stored(2, entry(2, b"two"))]
    assert asyncio.run(log.read("a", 1)) == [Stored(2, entry(2, b"two"))]
    assert asyncio.run(log.read("a", 0, limit=1)) == [Stored(1, entry(1, b"one"))]
    assert asyncio.run(log.read_last("a")) == Stored(2, entry(2, b"two"))
    assert asyncio.run(log.read_last("none")) is None
    assert asyncio.run(log.list_names()) == ["b", "a"]


@pytest.mark.parametrize("version", [0, 1, 2, 4, 5, 100])
def test_an_entry_is_refused_where_the_log_does_not_end_before_it(path: Path, version: int) -> None:
    log = SqliteLog(path)
    assert append(log, "a", 1)
    assert append(log, "a", 2)
    assert not append(log, "a", version)
    assert versions(log, "a") == [1, 2]


def test_of_two_connections_one_appends_a_version(path: Path) -> None:
    log, other = SqliteLog(path), SqliteLog(path)
    assert append(log, "a", 1, b"mine")
    assert not append(other, "a", 1, b"its")
    assert append(other, "a", 2)
    assert versions(log, "a") == [1, 2]


@pytest.mark.parametrize("value", ["CAST('text' AS TEXT)", "CAST(x'c3' AS TEXT)", "7"])
def test_content_of_another_type_is_read_as_bytes(path: Path, value: str) -> None:
    """So that it is refused as damaged, by namespace and version."""
    log = SqliteLog(path)
    append(log, "a", 1)
    log._connection.execute(f"UPDATE entries SET content = {value}")  # noqa: S608, SLF001 - one of the above
    assert isinstance(asyncio.run(log.read("a", 0))[0].content, bytes)
    last = asyncio.run(log.read_last("a"))
    assert last is not None
    assert isinstance(last.content, bytes)


def test_of_several_entries_each_is_taken_or_refused_by_itself(path: Path) -> None:
    log, other = SqliteLog(path), SqliteLog(path)
    append(log, "a", 1)
    append(log, "b", 1)
    append(other, "b", 2)
    appends = [make_append(name, version) for name, version in (("a", 2), ("b", 2), ("c", 1), ("d", 4))]
    assert asyncio.run(log.append_all(appends)) == [True, False, True, False]
    assert [versions(other, name) for name in "abcd"] == [[1, 2], [1, 2], [1], []]


@pytest.mark.parametrize("writer", ["another connection", "another process"])
def test_an_entry_of_another_writer_is_noticed_by_the_next_append(path: Path, writer: str) -> None:
    """Though a log remembers where it has ended, and knows of no other writer."""
    log = SqliteLog(path)
    assert append(log, "a", 1)
    assert append(log, "b", 1)
    if writer == "another connection":
        assert append(SqliteLog(path), "a", 2, b"its")
    else:
        subprocess.run([sys.executable, "-c", _APPEND_ELSEWHERE, str(path)], check=True)  # noqa: S603 - a constant
    appends = [make_append("a", 2), make_append("b", 2), make_append("a", 3), make_append("c", 1)]
    assert asyncio.run(log.append_all(appends)) == [False, True, True, True]
    assert [versions(log, name) for name in "abc"] == [[1, 2, 3], [1, 2], [1]]
    assert asyncio.run(log.read("a", 1))[0].content == entry(2, b"its")


def test_several_entries_are_kept_together_or_not_at_all(path: Path) -> None:
    log, other = SqliteLog(path), SqliteLog(path)
    append(log, "a", 1)
    set_pragma(log, "max_page_count = 4")
    with pytest.raises(StoreError, match="the disk is full"):
        asyncio.run(log.append_all([make_append("a", 2), make_append("b", 1, bytes(10**5))]))
    assert [versions(other, name) for name in "ab"] == [[1], []]
    assert append(log, "a", 2)


def test_only_appends_of_others_are_news(path: Path) -> None:
    log, other = SqliteLog(path), SqliteLog(path)
    before = log.read_news()
    append(log, "a", 1)
    assert log.read_news() == before
    append(other, "a", 2)
    assert log.read_news() != before


def test_trimming_drops_entries_but_never_the_end(path: Path) -> None:
    log = SqliteLog(path)
    for version in range(1, 6):
        append(log, "a", version)
    assert append(log, "a", 6, keep_from=5)
    assert versions(log, "a") == [5, 6]
    assert append(log, "a", 7, keep_from=7)
    assert versions(log, "a") == [7]
    assert append(log, "a", 8)


def test_a_refused_append_trims_nothing(path: Path) -> None:
    log = SqliteLog(path)
    append(log, "a", 1)
    assert not append(log, "a", 5, keep_from=5)
    assert versions(log, "a") == [1]


def test_a_forgotten_namespace_begins_anew(path: Path) -> None:
    log = SqliteLog(path)
    append(log, "a", 1)
    append(log, "b", 1)
    asyncio.run(log.forget("a"))
    assert asyncio.run(log.list_names()) == ["b"]
    assert append(log, "a", 1)


def test_an_entry_does_not_follow_another_log_of_the_same_length(path: Path) -> None:
    """A worker that has not noticed that the log was forgotten and begun anew."""
    log = SqliteLog(path)
    append(log, "a", 1)
    asyncio.run(log.forget("a"))
    assert asyncio.run(log.append("a", 1, entry(1, token=b"other")))
    assert not append(log, "a", 2)
    assert versions(log, "a") == [1]


def test_what_was_appended_is_there_when_the_file_is_opened_again(path: Path) -> None:
    append(SqliteLog(path), "a", 1, b"kept")  # not closed, as after a crash
    assert asyncio.run(SqliteLog(path).read("a", 0)) == [Stored(1, entry(1, b"kept"))]


def test_a_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a database of another program"):
        SqliteLog(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_as_it_is(path: Path) -> None:
    path.write_text("not a database" * 100)
    with pytest.raises(StoreError, match="the file is not an SQLite database"):
        SqliteLog(path)
    assert path.read_text() == "not a database" * 100


def test_a_newer_schema_is_named(path: Path) -> None:
    SqliteLog(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(
        StoreError, match=rf"was written by a newer Paysandbox \(format {SCHEMA + 1}, this one has {SCHEMA}"
    ):
        SqliteLog(path)


def test_entries_of_a_batch_stand_together(path: Path) -> None:
    """Whatever their namespaces are, because each page that is written costs as much as an entry."""
    log, names = SqliteLog(path), [f"n{number}" for number in range(16)]
    for version in range(1, 9):
        assert all(append(log, name, version, b"x" * 2000) for name in names)
    set_pragma(log, "wal_checkpoint(TRUNCATE)")
    before = path.with_name(f"{path.name}-wal").stat().st_size
    contents = [make_append(name, 9, b"x" * 2000) for name in names]
    assert asyncio.run(log.append_all(contents)) == [True] * 16
    written = path.with_name(f"{path.name}-wal").stat().st_size - before
    assert written < 16 * 5000


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*nowhere; make it first"):
        SqliteLog(tmp_path / "nowhere" / "store.db")


def test_a_folder_cannot_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder; name a file in it, such as"):
        SqliteLog(tmp_path)


def test_a_file_that_cannot_be_written_to_is_refused(path: Path) -> None:
    """As root any file can be, so the connection is asked not to."""
    log = SqliteLog(path)
    set_pragma(log, "query_only = 1")
    with pytest.raises(StoreError, match="cannot be written to; the store must be writable"):
        append(log, "a", 1)
    set_pragma(log, "query_only = 0")
    assert append(log, "a", 1)


def test_a_full_disk_keeps_nothing_and_the_log_goes_on_afterwards(path: Path) -> None:
    log = SqliteLog(path)
    append(log, "a", 1)
    set_pragma(log, "max_page_count = 8")
    with pytest.raises(StoreError, match="the disk is full"):
        append(log, "a", 2, b"x" * 100_000)
    assert versions(log, "a") == [1]
    set_pragma(log, "max_page_count = 100000")
    assert append(log, "a", 2, b"x" * 100_000)


def test_a_damaged_file_is_named(path: Path) -> None:
    log = SqliteLog(path)
    for version in range(1, 200):
        append(log, "a", version, b"x" * 500)
    set_pragma(log, "wal_checkpoint(TRUNCATE)")
    asyncio.run(log.close())
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x7f" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="the file is damaged"):
        versions(SqliteLog(path), "a")


@pytest.mark.parametrize("others", [0, 1], ids=["one", "batch"])
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_nothing_is_appended_to_a_file_that_is_not_at_its_path(
    path: Path, monkeypatch: pytest.MonkeyPatch, how: str, others: int
) -> None:
    """No other process would find it there; a file that is put back is gone on with."""
    monkeypatch.setattr("paysandbox.store.log.sqlite._LOOK_EVERY", 0)
    log = SqliteLog(path)
    assert append(log, "a", 1)
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]  # with those that SQLite adds
    for file in files:
        file.unlink() if how == "deleted" else file.rename(f"{file}.kept")
    if how == "replaced":
        asyncio.run(SqliteLog(path).close())
    appends = [make_append("a", 2), *(make_append(f"b{number}", 1) for number in range(others))]
    for work in (log.append_all(appends), log.check()):
        with pytest.raises(StoreError, match="the file was deleted, moved or replaced"):
            asyncio.run(work)
    assert versions(log, "a") == [1]
    assert versions(log, "b0") == []
    if how == "moved":
        for file in files:
            Path(f"{file}.kept").rename(file)
        assert asyncio.run(log.append_all(appends)) == [True] * len(appends)


def test_a_lock_of_another_process_is_waited_for_and_then_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.store.log.sqlite.BUSY_SECONDS", 0.05)
    log = SqliteLog(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process has locked the file"):
        append(log, "a", 1)
    holder.execute("ROLLBACK")
    assert append(log, "a", 1)


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ("", "there is no store ''"),
        ("postgres://me:secret@db/x", "there is no store 'postgres'; there are memory, sqlite:PATH and redis://HOST"),
        ("valkey://me:secret@db", "there is no store 'valkey'"),
        ("sqlite:", "a store in SQLite is sqlite:PATH"),
        ("sqlite::memory:", "a store in SQLite is sqlite:PATH"),
        ("sqlite://host/x", "a store in SQLite is sqlite:PATH"),
        ("SQLITE:x", "there is no store 'SQLITE'"),
    ],
)
def test_a_text_that_names_no_store_is_refused_without_its_password(store: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_log(store)
    assert str(caught.value).startswith(says)
    assert "secret" not in str(caught.value)


def test_a_log_is_summarized(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.store.log.sqlite.read_epoch", iter(range(100, 110)).__next__)
    log = SqliteLog(path)
    for version, content in ((1, b"one"), (2, b"two"), (3, b"three")):
        assert append(log, "a", version, content, keep_from=2 if version == 3 else 0)
    assert append(log, "b", 1)
    assert asyncio.run(log.summarize("a")) == Summary(
        version=3, entries=2, size=len(entry(2, b"two") + entry(3, b"three")), used=102
    )
    assert asyncio.run(log.summarize("none")) is None


def test_logs_without_a_new_entry_are_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.store.log.sqlite.read_epoch", iter(range(100, 110)).__next__)
    log, other = SqliteLog(path), SqliteLog(path)
    for namespace in ("default", "a", "b"):
        assert append(log, namespace, 1)
    assert append(log, "a", 2)
    news = other.read_news()
    assert asyncio.run(log.forget_unused(102)) == []
    assert asyncio.run(log.forget_unused(103)) == ["b"]
    assert asyncio.run(log.list_names()) == ["default", "a"]
    assert other.read_news() != news
    assert not append(log, "b", 2)
    assert append(log, "b", 1)


def test_a_write_that_is_tried_leaves_nothing_and_makes_no_file_grow(tmp_path: Path) -> None:
    path = tmp_path / "stub.db"
    log = SqliteLog(path)
    with sqlite3.connect(path) as other:
        assert run_at_once(log.try_write())
        before, size = list(other.iterdump()), other.execute("PRAGMA page_count").fetchone()
        for _ in range(20):
            assert run_at_once(log.try_write())
        assert (list(other.iterdump()), other.execute("PRAGMA page_count").fetchone()) == (before, size)
    other.close()
    run_at_once(log.close())


def test_a_write_that_is_tried_is_written_to_the_file(tmp_path: Path) -> None:
    """Else a full disk would not be noticed."""
    log = SqliteLog(tmp_path / "stub.db")
    written = tmp_path / "stub.db-wal"
    before = written.stat().st_size
    assert run_at_once(log.try_write())
    assert written.stat().st_size - before >= 2 * 8192
    run_at_once(log.close())


def test_a_write_is_not_tried_while_another_process_writes(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "stub.db")
    other = sqlite3.connect(tmp_path / "stub.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert run_at_once(log.try_write()) is False
    other.execute("ROLLBACK")
    other.close()
    assert run_at_once(log.try_write())
    run_at_once(log.close())
