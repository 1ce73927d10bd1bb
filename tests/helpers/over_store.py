"""A pytest plugin: the sandboxes of tests keep their namespaces in a log, and two workers answer their calls by turns.

With `-p tests.helpers.over_store --over-store sqlite`, or a URL of Redis, the tests that call a sandbox
run over a store as they are. What a test changes in its sandbox by hand is in no log, so such a test ends as skipped
when it makes its next call. Importing it changes the helpers of all tests, so it is given to pytest alone.
"""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.app import Sandbox
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.store.log import codec as codecs
from paysandbox.store.log.engine import Log, run_at_once
from paysandbox.store.log.opening import open_log
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.replication import Replication
from paysandbox.store.namespaces import DEFAULT
from paysandbox.store.tables import TableDef
from tests.helpers import runtimes
from tests.helpers.runtimes import Client, Response
from tests.helpers.stores import BY_HAND, BlockingLog, MemoryLog, create_worker

MEMORY_LOG: Final = "memory-log"
SQLITE: Final = "sqlite"

_fresh_runtime: Final = runtimes.fresh_runtime
_describe_table: Final = codecs._describe  # noqa: SLF001 - see `describe_table`
_tables: Final[dict[int, tuple[TableDef[Any], tuple[Any, ...]]]] = {}
_engine = MEMORY_LOG
_numbers = count()
_folder = tempfile.TemporaryDirectory(prefix="paysandbox-pairs-")


class Pair:
    """Two workers over one log. Tests look at the first, which has caught up and whose namespaces are watched."""

    def __init__(self, base: Runtime) -> None:
        self.first, self.second = (create_worker(base, log) for log in _open_twice(_engine))
        self.apps = [Sandbox(self.first), Sandbox(self.second)]
        self.calls = 0
        for worker in (self.first, self.second):
            for provider in base.services:  # so that what a test holds of a state stays the state
                worker.namespaces.get(DEFAULT).state(provider)
        self.watch()

    @property
    def replication(self) -> Replication:
        assert self.first.replication is not None
        return self.first.replication

    def watch(self) -> None:
        """Bring the first worker on, and begin to note what is changed by hand."""
        for name in run_at_once(self.replication.log.list_names()):
            run_at_once(self.replication.catch_up(name))
        for replica in self._replicas():
            replica.begin(is_control=True)

    def check_hands(self) -> None:
        """End the test if it has changed a namespace by hand since the last call."""
        codec = self.replication.codec
        changes = [replica.describe_change(codec) for replica in self._replicas()]
        for replica in self._replicas():
            replica.commit(replica.version, replica.token)
        if any(changes):
            pytest.skip(BY_HAND)

    def _replicas(self) -> Iterator[Replica]:
        namespaces = self.first.namespaces
        assert isinstance(namespaces, Replicas)
        for name in [DEFAULT, *namespaces._others]:  # noqa: SLF001 - those that this worker has
            yield namespaces.replica(name)


class TwoWorkersClient(Client):
    """A client whose calls are answered by two workers in turns."""

    def call(self, *arguments: Any, **options: Any) -> Response:
        pair = getattr(self.runtime, "pair", None)
        if pair is None:
            return super().call(*arguments, **options)
        pair.check_hands()
        pair.calls += 1
        self._app = pair.apps[pair.calls % 2]
        reply = super().call(*arguments, **options)
        pair.watch()
        return reply


def fresh_runtime(base: Runtime, settings: Settings | None = None, **variants: str) -> Runtime:
    """As in `runtimes`, over a store."""
    pair = Pair(_fresh_runtime(base, settings, **variants))
    pair.first.pair = pair  # type: ignore[attr-defined] # for the client
    return pair.first


def describe_table(table_def: TableDef[Any]) -> tuple[Any, ...]:
    """Describe a table once, and not for both workers of each test: it takes four fifths of the time of most tests."""
    if id(table_def) not in _tables:
        _tables[id(table_def)] = table_def, _describe_table(table_def)
    return _tables[id(table_def)][1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the engine."""
    parser.addoption("--over-store", default=MEMORY_LOG, help=f"{MEMORY_LOG}, {SQLITE}, or the URL of a Redis")


def pytest_configure(config: pytest.Config) -> None:
    """Note the engine."""
    global _engine  # noqa: PLW0603 - a plugin has no other place for it
    _engine = config.getoption("--over-store")


def pytest_unconfigure() -> None:
    """Remove the files of all tests."""
    _folder.cleanup()


def _open_twice(engine: str) -> tuple[Log, Log]:
    if engine == MEMORY_LOG:
        log = MemoryLog()
        return log, log
    if engine == SQLITE:
        store = f"sqlite:{Path(_folder.name) / f'{next(_numbers)}.db'}"
        return open_log(store), open_log(store)
    loop, store = _start_loop(), f"{engine}?prefix=pair-{next(_numbers)}"
    return BlockingLog(open_log(store), loop), BlockingLog(open_log(store), loop)


@cache
def _start_loop() -> asyncio.AbstractEventLoop:
    """Start the loop of all logs that wait, in a thread; both last as long as the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


codecs._describe = describe_table  # noqa: SLF001 - as above
# Before conftest.py and the tests import them.
runtimes.fresh_runtime = fresh_runtime
runtimes.Client = TwoWorkersClient  # type: ignore[misc]
