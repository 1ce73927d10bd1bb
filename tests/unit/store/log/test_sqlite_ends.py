"""Where logs in a file end is known to all who have it open, though one who is alone notes it only now and then."""

import asyncio
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.store.log import sqlite, sqlite_ends
from paysandbox.store.log.engine import Append, StoreError, Summary, run_at_once
from paysandbox.store.log.sqlite import SqliteLog
from tests.helpers.sqlite_entries import append, entry, make_append, versions

NAMES = st.sampled_from("abc")
LOGS = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("append"), LOGS, st.lists(NAMES, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("append late"), LOGS, st.lists(NAMES, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("trim"), LOGS, NAMES),
    st.tuples(st.just("forget"), LOGS, NAMES),
    st.tuples(st.just("forget unused"), LOGS, st.integers(1, 4)),
    st.tuples(st.just("open anew"), LOGS, st.none()),
)


class Model:
    """Two connections to a file, and what its logs must be: versions, and the time of the last, by name."""

    def __init__(self, path: Path) -> None:
        self.path, self.ticks = path, count(1)
        self.now = 0
        self.logs = [SqliteLog(path), SqliteLog(path)]
        self.held: dict[str, tuple[list[int], int]] = {}

    def step(self, kind: str, number: int, what: Any) -> None:
        """Do something with one of the connections; the clock goes on by one."""
        self.now = next(self.ticks)
        log = self.logs[number]
        if kind.startswith("append"):
            is_late = kind == "append late"
            appends = [make_append(name, self._find_next(name) - is_late) for name in what]
            appends = [each for each in appends if each.version]
            assert run_at_once(log.append_all(appends)) == [not is_late] * len(appends)
            if not is_late:
                self.held |= {each.namespace: self._add(each) for each in appends}
        elif kind == "trim":
            version = self._find_next(what)
            assert append(log, what, version, keep_from=version - 1)
            self.held[what] = [*self.held.get(what, ([], 0))[0][-1:], version], self.now
        elif kind == "forget":
            asyncio.run(log.forget(what))
            self.held.pop(what, None)
        elif kind == "forget unused":
            gone = [name for name, (_, at) in self.held.items() if at < self.now - what]
            assert sorted(asyncio.run(log.forget_unused(self.now - what))) == sorted(gone)
            self.held = {name: held for name, held in self.held.items() if name not in gone}
        else:
            log._connection.close()  # noqa: SLF001 - as the end of a process does
            self.logs[number] = SqliteLog(self.path)

    def check(self) -> None:
        """Compare what each connection says of the logs."""
        for log in self.logs:
            assert asyncio.run(log.list_names()) == self._list_names(log)
            for name in "abc":
                held, at = self.held.get(name, ([], 0))
                assert versions(log, name) == held
                last = asyncio.run(log.read_last(name))
                assert (last is None and not held) or (last is not None and last.version == held[-1])
                size = sum(len(entry(version)) for version in held)
                expected = Summary(held[-1], len(held), size, at) if held else None
                assert asyncio.run(log.summarize(name)) == expected

    def _find_next(self, name: str) -> int:
        held, _ = self.held.get(name, ([], 0))
        return held[-1] + 1 if held else 1

    def _add(self, made: Append) -> tuple[list[int], int]:
        return [*self.held.get(made.namespace, ([], 0))[0], made.version], self.now

    def _list_names(self, log: SqliteLog) -> list[str]:
        ids = dict(log._run("SELECT name, id FROM namespaces"))  # noqa: SLF001 - those of one time are in this order
        return sorted(self.held, key=lambda name: (self.held[name][1], ids[name]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who appends is taken to be alone at once."""
    monkeypatch.setattr(sqlite_ends, "_ALONE", 0)


def read_noted(path: Path) -> int:
    """Read up to which entry the ends are noted."""
    with sqlite3.connect(path) as connection:
        found: int = connection.execute("SELECT number FROM noted_ends").fetchone()[0]
    connection.close()
    return found


@given(st.lists(STEPS, max_size=30))
def test_two_connections_agree_with_what_was_done(steps: list[tuple[str, int, Any]]) -> None:
    with TemporaryDirectory() as folder, patch.multiple(sqlite_ends, _ALONE=1, _NOTED_EVERY=3):
        model = Model(Path(folder) / "store.db")
        with patch.object(sqlite, "read_epoch", lambda: model.now):
            for step in steps:
                model.step(*step)
                model.check()
        for log in model.logs:
            log._connection.close()  # noqa: SLF001 - nothing is left to checkpoint


@pytest.mark.usefixtures("alone")
def test_who_is_alone_notes_ends_after_256_entries(path: Path) -> None:
    log, noted = SqliteLog(path), set()
    for version in range(1, 700):
        assert append(log, "a", version)
        noted.add(read_noted(path))
    assert sorted(noted) == [0, 256, 512]


def test_each_end_is_noted_while_others_append(path: Path) -> None:
    logs = [SqliteLog(path), SqliteLog(path)]
    for version in range(1, 300):
        assert append(logs[version % 2], "a", version)
        assert read_noted(path) == version


def test_after_64_appends_without_another_one_is_alone(path: Path) -> None:
    log = SqliteLog(path)
    for version in range(1, 100):
        assert append(log, "a", version)
    assert read_noted(path) == 64


@pytest.mark.usefixtures("alone")
def test_an_end_that_is_not_noted_survives_the_end_of_its_process(path: Path) -> None:
    log = SqliteLog(path)
    for version in range(1, 4):
        assert all(run_at_once(log.append_all([make_append(name, version) for name in "ab"])))
    log._connection.close()  # noqa: SLF001 - as the end of a process does
    assert read_noted(path) == 0
    again = SqliteLog(path)
    assert not append(again, "a", 3)
    assert append(again, "a", 4)
    assert (versions(again, "a"), versions(again, "b")) == ([1, 2, 3, 4], [1, 2, 3])


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("damage", ["x''", "'text'", "7", "zeroblob(20)", "zeroblob(2000)"])
def test_a_damaged_end_that_is_not_noted_takes_no_entry(path: Path, damage: str) -> None:
    """Whoever appends reads the log then, and says what is wrong with it."""
    log = SqliteLog(path)
    assert append(log, "a", 1)
    log._connection.close()  # noqa: SLF001 - as the end of a process does
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE entries SET content = {damage}")  # noqa: S608 - one of the above
    connection.close()
    again = SqliteLog(path)
    assert not append(again, "a", 2)
    assert append(again, "b", 1)
    assert versions(again, "a") == [1]


@pytest.mark.usefixtures("alone")
def test_a_note_that_fails_leaves_the_ends_as_they_are(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SqliteLog(path)
    assert append(log, "a", 1)
    monkeypatch.setattr(sqlite_ends, "_NOTED_EVERY", 1)

    def fail(*_: object) -> Iterator[None]:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(log._ends, "_run_many", fail)  # noqa: SLF001 - the statement that notes
        with pytest.raises(StoreError):
            append(log, "a", 2)
    assert append(log, "a", 2)
    assert (versions(log, "a"), read_noted(path)) == ([1, 2], 2)
