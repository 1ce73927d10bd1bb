"""What is said of a store's health: it follows the engine, and the last append where the engine cannot be asked."""

import asyncio
from collections.abc import Sequence

import pytest

from paysandbox.store.log.condition import Condition
from paysandbox.store.log.engine import Append, StoreError
from paysandbox.store.log.metered import MeteredLog
from tests.helpers.stores import MemoryLog


class Engine(MemoryLog):
    """An engine that is read, and that takes entries or not."""

    takes, is_busy, tried = True, False, 0

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:  # noqa: ARG002 - as the protocol has it
        if not self.takes:
            raise StoreError("full")
        return version > 0

    async def append_all(self, appends: Sequence[Append]) -> Sequence[bool]:
        return [await self.append(append.namespace, append.version, append.content) for append in appends]

    async def try_write(self) -> bool:
        self.tried += 1
        if not self.takes and not self.is_busy:
            raise StoreError("full")
        return not self.is_busy


class Watched:
    """An engine behind a log that is metered, and what is said of it."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.log = MeteredLog(self.engine)
        self.condition = Condition(self.log, self.log.tally)

    def append(self, version: int = 1) -> None:
        try:
            asyncio.run(self.log.append("mine", version, b""))
        except StoreError:
            assert not self.engine.takes

    def check(self) -> str | None:
        """Return why the engine takes no entries."""
        asyncio.run(self.condition.check())
        refusal = self.condition.refusal
        return None if refusal is None else refusal.reason


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_an_engine_that_takes_nothing_is_noticed_without_a_call_and_so_is_its_return(watched: Watched) -> None:
    assert watched.check() is None
    watched.engine.takes = False
    assert watched.check() == "full"
    assert watched.condition.answers
    watched.engine.takes = True
    assert watched.check() is None


def test_the_time_is_that_of_the_first_append_that_failed(watched: Watched) -> None:
    watched.engine.takes = False
    watched.append()
    first = watched.log.tally.find_refusal()
    assert first is not None
    watched.append()
    for _ in range(2):
        assert watched.check() == "full"
        assert watched.condition.refusal is not None
        assert watched.condition.refusal.since == first.since


def test_a_new_refusal_has_a_time_of_its_own(watched: Watched) -> None:
    watched.engine.takes = False
    watched.append()
    watched.engine.takes = True
    watched.append()
    assert watched.log.tally.find_refusal() is None
    assert watched.check() is None


def test_nothing_is_written_where_an_append_was_kept_just_now(watched: Watched) -> None:
    watched.append()
    assert watched.check() is None
    tried = watched.engine.tried
    watched.append()
    assert watched.check() is None
    assert watched.engine.tried == tried
    watched.append(version=0)  # a conflict, which writes nothing
    assert watched.check() is None
    assert watched.engine.tried == tried + 1


def test_the_last_append_says_it_while_another_process_writes(watched: Watched) -> None:
    watched.engine.is_busy = True
    assert watched.check() is None
    watched.engine.takes = False
    watched.append()
    assert watched.check() == "full"
    watched.engine.takes = True
    watched.append()
    assert watched.check() is None


def test_what_is_wrong_is_logged_once(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.engine.takes = False
    for _ in range(3):
        watched.check()
    watched.engine.takes = True
    for _ in range(3):
        watched.check()
    assert [record.getMessage() for record in caplog.records] == [
        "the store takes no entries: full",
        "the store takes entries again",
    ]
