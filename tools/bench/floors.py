"""What one call over a store costs at least: servers that append to Redis and do nothing else, and SQLite by itself."""

import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from paysandbox.store.log.engine import run_at_once
from paysandbox.store.log.sqlite import SqliteLog
from tools.bench.calls import payments
from tools.bench.figures import Figure, figure, share
from tools.bench.floor import STORE
from tools.bench.load import loaded, percentile
from tools.bench.plan import Plan
from tools.bench.processes import Running, environment, find_free_port, like_uvicorn, run_server

_PREFIX: Final = "?prefix=floor"  # because their entries are of no fixtures
_KINDS: Final[dict[str, Sequence[str]]] = {
    "a bare ASGI application": (*like_uvicorn("tools.bench.floor:app"), "--loop", "uvloop"),
    "asyncio without a framework": ("-m", "tools.bench.floor"),
}
_TRANSACTIONS: Final = 200
_ENTRY: Final = bytes(2700)  # of a payment, with its journal entry
_MICROSECONDS: Final = 1e6


class Floor(NamedTuple):
    """Two servers of one kind, and the µs that a client waits for each in each round."""

    without: Running
    appending: Running
    waits_without: list[float]
    waits_appending: list[float]

    def measure(self, plan: Plan) -> None:
        """Measure both once more."""
        for server, waits in ((self.without, self.waits_without), (self.appending, self.waits_appending)):
            durations = loaded(server.port, payments(0), plan.seconds / 2, expected=b"201").durations
            waits.append(percentile(durations, 0.5) * _MICROSECONDS)


@contextmanager
def run_floors(url: str) -> Iterator[dict[str, Floor]]:
    """The servers over the Redis with this URL."""
    with ExitStack() as stack:
        found = {}
        for kind, arguments in _KINDS.items():
            without, appending = (
                stack.enter_context(_run(arguments, variables)) for variables in ({}, {STORE: f"{url}{_PREFIX}"})
            )
            found[kind] = Floor(without, appending, [], [])
        yield found


def compare_floors(floors: dict[str, Floor], trips: Sequence[float]) -> Iterator[Figure]:
    """What the append costs each kind, in round trips of the engine: no sandbox of this kind can do with less."""
    for kind, floor in floors.items():
        yield figure(f"floor: {kind}, an append and nothing else, one waiting client, p50", "µs", floor.waits_appending)
        beyond = [more - less for more, less in zip(floor.waits_appending, floor.waits_without, strict=True)]
        yield share(f"floor: {kind}, the append in round trips of the engine", beyond, trips)


def measure_sqlite(folder: Path, namespaces: int) -> float:
    """The processor's µs for an entry of a payment's size, where each transaction has one of each namespace."""
    path = folder / "floor.db"
    run_at_once(SqliteLog(path).close())  # which has made the tables
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("synchronous = NORMAL", "wal_autocheckpoint = 4000"):  # as the store has them
            connection.execute(f"PRAGMA {setting}")
        first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM namespaces").fetchone()[0]
        insert = connection.cursor().execute
        for namespace in range(first, first + namespaces):
            insert("INSERT INTO namespaces (id, name) VALUES (?, ?)", (namespace, f"n{namespace}"))
        started = time.thread_time()
        for version in range(_TRANSACTIONS):
            insert("BEGIN IMMEDIATE")
            for namespace in range(first, first + namespaces):
                entry = namespace, version, 0, _ENTRY
                insert("INSERT INTO entries (namespace, version, previous, content) VALUES (?, ?, ?, ?)", entry)
            insert("COMMIT")
        return (time.thread_time() - started) / _TRANSACTIONS / namespaces * _MICROSECONDS


@contextmanager
def _run(arguments: Sequence[str], variables: dict[str, str]) -> Iterator[Running]:
    port = find_free_port()
    command = [sys.executable, *arguments, "--port", str(port)]
    inherited = {name: value for name, value in environment().items() if name != STORE}
    with run_server(command, port, inherited | variables) as server:
        yield server
