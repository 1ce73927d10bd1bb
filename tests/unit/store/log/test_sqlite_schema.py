"""The tables of a store in SQLite: long logs, which only marks lead into, and files of earlier releases."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from paysandbox.store.log.engine import Stored, StoreError, Summary
from paysandbox.store.log.sqlite import SqliteLog
from paysandbox.store.log.sqlite_schema import APPLICATION_ID, SCHEMA, Run, convert_tables
from tests.helpers.sqlite_entries import append, entry, versions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


EARLIER = {
    2: """CREATE TABLE entries (place INTEGER PRIMARY KEY, at INTEGER NOT NULL,
    token BLOB NOT NULL, content BLOB NOT NULL)""",
    3: """CREATE TABLE entries (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, at INTEGER NOT NULL,
    token BLOB NOT NULL, content BLOB NOT NULL)""",
    4: """CREATE TABLE entries (number INTEGER PRIMARY KEY, namespace INTEGER NOT NULL, version INTEGER NOT NULL,
    previous INTEGER NOT NULL, content BLOB NOT NULL)""",
}


def write_earlier(path: Path, schema: int) -> None:
    """A file of an earlier release: `b` has entries from version 1 on, `a` was trimmed to those from 60 on."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE namespaces (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)")
        connection.execute(EARLIER[schema])
        connection.execute("INSERT INTO namespaces (id, name) VALUES (1, 'a'), (3, 'b')")
        for version in range(1, 71):
            for number in (3, 1) if version >= 60 else (3,):
                if schema == 4:
                    add_entry(connection, number, version)
                    continue
                values = number << 36 | version, 1000 * version + number, str(version).encode(), entry(version)
                connection.execute("INSERT INTO entries (place, at, token, content) VALUES (?, ?, ?, ?)", values)
        if schema == 4:
            note_ends(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema}")
    connection.close()


def add_entry(connection: sqlite3.Connection, namespace: int, version: int) -> None:
    """Add an entry as the release before this one did."""
    found = connection.execute("SELECT max(number) FROM entries WHERE namespace = ?", (namespace,)).fetchone()[0] or 0
    connection.execute(
        "INSERT INTO entries (namespace, version, previous, content) VALUES (?, ?, ?, ?)",
        (namespace, version, found, entry(version)),
    )


def note_ends(connection: sqlite3.Connection) -> None:
    """Note the ends of logs as the release before this one did with each entry."""
    connection.execute("CREATE UNIQUE INDEX marks ON entries (namespace, version) WHERE version & 63 = 0")
    for name, default in (("last", "0"), ("first", "1"), ("version", "0"), ("at", "0"), ("token", "x''")):
        kind = "BLOB" if name == "token" else "INTEGER"
        connection.execute(f"ALTER TABLE namespaces ADD COLUMN {name} {kind} NOT NULL DEFAULT {default}")
    connection.execute("""UPDATE namespaces SET (last, first) = (SELECT max(number), min(version) FROM entries
    WHERE namespace = id), version = 70, at = 70000 + id, token = CAST('70' AS BLOB)""")


@pytest.mark.parametrize("schema", EARLIER)
def test_a_file_of_an_earlier_release_is_converted(path: Path, schema: int) -> None:
    write_earlier(path, schema)
    log = SqliteLog(path)
    assert (versions(log, "a"), versions(log, "b")) == (list(range(60, 71)), list(range(1, 71)))
    assert asyncio.run(log.list_names()) == ["a", "b"]
    assert asyncio.run(log.summarize("a")) == Summary(70, 11, 11 * len(entry(70)), 70_001)
    assert asyncio.run(log.read("a", 0, limit=2)) == [Stored(version, entry(version)) for version in (60, 61)]
    assert [append(log, name, version) for version in (70, 71, 72) for name in ("a", "b")] == [False] * 2 + [True] * 4
    assert append(log, "c", 1)
    asyncio.run(log.forget("b"))
    asyncio.run(log.close())
    again = SqliteLog(path)
    assert [versions(again, name) for name in ("a", "b", "c")] == [list(range(60, 73)), [], [1]]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (14,)
    connection.close()


@pytest.mark.parametrize("asks", ["SELECT id, last, version, token FROM namespaces", "SELECT place FROM entries"])
@pytest.mark.parametrize("schema", EARLIER)
def test_a_process_of_an_earlier_release_cannot_go_on_with_a_converted_file(path: Path, schema: int, asks: str) -> None:
    """It asks for ends first, and would take those that are noted for the last ones."""
    write_earlier(path, schema)
    asyncio.run(SqliteLog(path).close())
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        connection.execute(asks)
    connection.close()


@pytest.mark.parametrize("schema", EARLIER)
def test_a_file_of_an_earlier_release_that_cannot_be_converted_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch, schema: int
) -> None:
    write_earlier(path, schema)

    def convert(run: Run, schema: int) -> None:
        run(f"PRAGMA max_page_count = {path.stat().st_size // 4096}")
        convert_tables(run, schema)

    with monkeypatch.context() as patch:
        patch.setattr("paysandbox.store.log.sqlite.convert_tables", convert)
        with pytest.raises(StoreError, match="the disk is full"):
            SqliteLog(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema,)
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (81,)
    connection.close()
    assert versions(SqliteLog(path), "b") == list(range(1, 71))


@pytest.mark.parametrize("schema", EARLIER)
def test_a_file_of_an_earlier_release_that_can_only_be_read_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, schema: int
) -> None:
    write_earlier(path, schema)
    monkeypatch.setattr("paysandbox.store.log.sqlite_file.os.access", lambda *_: False)
    says = rf"older Paysandbox \(format {schema}, this one has {SCHEMA}\); open it once where it can be written to"
    with pytest.raises(StoreError, match=says):
        SqliteLog(path, create=False)


@pytest.mark.parametrize("names", ["a", "ab", "bcda"])
@pytest.mark.parametrize("keep_from", [0, 1, 70, 128, 150])
def test_a_page_of_a_long_log_has_the_entries_that_follow(path: Path, keep_from: int, names: str) -> None:
    """Wherever it begins, because only some entries are in an index, and however many others are between them."""
    log = SqliteLog(path)
    for version in range(1, 200):
        for name in names:
            assert append(log, name, version, keep_from=keep_from if version == 199 else 0)
    there = list(range(max(keep_from, 1), 200))
    for after in (0, 1, 62, 63, 64, 65, 127, 128, 190, 198, 199, 500):
        for limit in (1, 2, 63, 64, 65, 128, 1000):
            found = [stored.version for stored in asyncio.run(log.read("a", after, limit=limit))]
            assert found == [version for version in there if version > after][:limit], (after, limit)


def test_entries_close_together_are_read_with_fewer_steps(path: Path) -> None:
    """Than those with many of other namespaces between them, which are not passed over."""
    steps = {"a": 0, "b": 0, "c": 0}
    log = SqliteLog(path)
    for version in range(1, 300):
        append(log, "a", version)
    for version in range(1, 300):
        append(log, "b", version)
        for other in range(1, 5):
            append(log, "c", 4 * (version - 1) + other)
    for name in steps:

        def count(name: str = name) -> int:
            steps[name] += 1
            return 0

        log._connection.set_progress_handler(count, 1)  # noqa: SLF001 - no other connection reads
        assert len(asyncio.run(log.read(name, 64, limit=128))) == 128
        log._connection.set_progress_handler(None, 0)  # noqa: SLF001 - as above
    assert steps["a"] * 2 < steps["b"]
    assert steps["c"] < steps["b"]


def test_a_page_at_the_beginning_of_a_long_log_is_read_without_its_end(path: Path) -> None:
    log, steps = SqliteLog(path), [0, 0]
    for place, length in enumerate((300, 1500)):
        for version in range(1 if not place else 301, length + 1):
            assert append(log, "a", version)

        def count(place: int = place) -> int:
            steps[place] += 1
            return 0

        log._connection.set_progress_handler(count, 10)  # noqa: SLF001 - no other connection reads
        assert len(asyncio.run(log.read("a", 0, limit=128))) == 128
        log._connection.set_progress_handler(None, 0)  # noqa: SLF001 - as above
    assert 0 < steps[1] <= steps[0] + 1
