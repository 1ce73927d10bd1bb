"""A log is read page by page, whatever happens to it between two pages."""

import asyncio
import gc
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import EVERY, Stored, StoreError
from paysandbox.store.log.folding import Folding
from paysandbox.store.log.replica import Replica
from tests.helpers.runtimes import Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica
from tests.helpers.trio import CONTROL
from tests.unit.store.log.test_sealed import PAYMENT, TOKEN

PAGE = 4


class PagedLog(MemoryLog):
    """A log to which something happens before a reading; it notes what is asked of it."""

    def __init__(self, *, waits: bool = False) -> None:
        super().__init__()
        self.waits = waits
        self.events: list[str] = []
        self.before: dict[int, Any] = {}  # what happens before a reading, by its number from 1

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        self.events.append(f"read {after}")
        happens = self.before.get(len(self.events))
        if happens is not None:
            happens()
        return await super().read(namespace, after, limit=limit)


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.store.log.catching_up.PAGE", PAGE)
    monkeypatch.setattr("paysandbox.store.log.folding._AHEAD", 3)


@pytest.fixture(params=[False, True], ids=["file", "network"])
def log(request: pytest.FixtureRequest) -> PagedLog:
    return PagedLog(waits=request.param)


def pay(worker: Runtime, count: int, first: int = 0) -> None:
    """Make payments, every third of which is refused."""
    log = worker.replication.log  # type: ignore[union-attr] # there is one
    log.waits, waits = False, log.waits  # because calls in memory have no event loop
    for number in range(first, first + count):
        payment = PAYMENT | {"number": f"RG {number - (number % 3 == 2)}"}
        Client(worker).post("/invisible-collector/payments", json=payment, headers=TOKEN)
    log.waits = waits


def describe(worker: Runtime) -> dict[Any, Any]:
    replica = worker.namespaces.get("default")
    assert isinstance(replica, Replica)
    return describe_replica(replica, worker.namespaces.baselines)


@pytest.mark.parametrize("limit", [3, 100])
@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_worker_reads_any_number_of_pages(base_runtime: Runtime, log: PagedLog, count: int, limit: int) -> None:
    """Whether it knows nothing, or lacks the last entries; and its journal has what the other one's has."""
    writer, behind, fresh = (create_worker(base_runtime, log, journal_entries=limit) for _ in range(3))
    pay(writer, 2)
    catch_up("default", behind)
    pay(writer, count, 2)
    catch_up("default", behind, fresh)
    assert describe(behind) == describe(fresh) == describe(writer)


def test_the_next_page_is_on_its_way_while_one_is_used(
    base_runtime: Runtime, log: PagedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(create_worker(base_runtime, log), 2 * PAGE + 1)
    log.events.clear()
    add = Folding.add

    def note(self: Folding, page: Sequence[Stored], *, is_last: bool) -> bool:
        log.events.append(f"use {page[-1].version}")
        return add(self, page, is_last=is_last)

    monkeypatch.setattr(Folding, "add", note)
    catch_up("default", create_worker(base_runtime, log))
    one_by_one = ["read 0", "use 4", "read 4", "use 8", "read 8", "use 9"]
    ahead = ["read 0", "read 4", "use 4", "read 8", "use 8", "use 9"]
    assert log.events == (ahead if log.waits else one_by_one)


@pytest.mark.parametrize(("gap", "readings"), [(0, 1), (2, 1), (50, 2)])
def test_a_journal_is_whole_also_where_numbers_of_calls_are_missing(
    base_runtime: Runtime, log: PagedLog, gap: int, readings: int
) -> None:
    """The number of the last call tells which entries are needed. If many calls have none, all is read once more."""
    writer, reader = (create_worker(base_runtime, log, journal_entries=5) for _ in range(2))
    pay(writer, 3 * PAGE)
    for _ in range(gap):
        writer.namespaces.get("default").next_request()
    pay(writer, 3 * PAGE if gap < 5 else 1, 3 * PAGE)
    log.events.clear()
    catch_up("default", reader)
    assert log.events.count("read 0") == readings
    assert describe(reader) == describe(writer)


@pytest.mark.parametrize("known", [0, 2])
def test_a_log_that_is_trimmed_between_two_pages_is_read_anew(base_runtime: Runtime, log: PagedLog, known: int) -> None:
    """As by a process that appends the namespace as a whole."""
    writer, reader = (create_worker(base_runtime, log) for _ in range(2))
    pay(writer, known)
    catch_up("default", reader)
    pay(writer, 2 * PAGE)

    def trim() -> None:
        asyncio.run(writer.replication._append_whole(replica))  # type: ignore[union-attr] # noqa: SLF001 - now, not at the thousandth
        log.entries["default"] = log.entries["default"][-1:]

    replica: Any = writer.namespaces.get("default")
    log.before = {len(log.events) + 2: lambda: in_thread(trim)}
    catch_up("default", reader)
    found, expected = describe(reader), describe(writer)
    assert expected.pop("journal")
    assert not found.pop("journal")  # its entries were trimmed as well
    assert found | {"evicted": 0} == expected | {"evicted": 0}


def in_thread(work: Callable[[], None]) -> None:
    """Do some work as another process does, in an event loop of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("known", [0, 2])
def test_an_engine_that_is_lost_between_two_pages_leaves_nothing_half_applied(
    base_runtime: Runtime, log: PagedLog, known: int
) -> None:
    """What was read stays, if it is no new namespace, and the next call goes on from there."""
    writer, reader, other = (create_worker(base_runtime, log, journal_entries=2) for _ in range(3))
    pay(writer, known)
    catch_up("default", reader)
    pay(writer, 2 * PAGE)

    def fail() -> None:
        raise StoreError("away")

    log.before = {len(log.events) + 2: fail}
    with pytest.raises(StoreError, match="away"):
        catch_up("default", reader)
    found = describe(reader)
    versions = found["version"][0]
    assert versions == (known + PAGE - 1 if known else 0)
    if known:
        kept, log.entries["default"] = log.entries["default"], log.entries["default"][:versions]
        catch_up("default", other)
        assert found == describe(other)
        log.entries["default"] = kept
    catch_up("default", reader)
    assert describe(reader) == describe(writer)


@pytest.mark.parametrize("known", [0, 2])
def test_a_log_that_lacks_an_entry_is_refused(base_runtime: Runtime, log: PagedLog, known: int) -> None:
    """Wherever it is: at the end of a page as well, where it looks as if the log was trimmed."""
    writer = create_worker(base_runtime, log)
    pay(writer, known)
    readers = [create_worker(base_runtime, log) for _ in range(2 * PAGE)]
    catch_up("default", *readers)
    pay(writer, 3 * PAGE)
    entries = log.entries["default"]
    for lost, reader in enumerate(readers, known + 1):
        log.entries["default"] = [stored for stored in entries if stored.version != lost]
        with pytest.raises(StoreError, match=f"version {lost + 1} of the namespace default does not follow|lacks the"):
            catch_up("default", reader)
        assert describe(reader)["version"][0] == 0


def test_a_journal_longer_than_that_of_the_reader_precedes_the_whole(base_runtime: Runtime, log: PagedLog) -> None:
    """The writer keeps more entries, so that the whole is farther from the beginning than the reader looks."""
    writer, reader = create_worker(base_runtime, log), create_worker(base_runtime, log, journal_entries=3)
    pay(writer, 5 * PAGE)
    replica: Any = writer.namespaces.get("default")
    asyncio.run(writer.replication._append_whole(replica))  # type: ignore[union-attr] # noqa: SLF001 - as above
    pay(writer, 2, 100)
    log.entries["default"] = [stored for stored in log.entries["default"] if stored.version > PAGE]
    catch_up("default", reader)
    found, expected = describe(reader), describe(writer)
    assert [found.pop("journal"), found.pop("evicted")] == [expected.pop("journal")[-3:], 5 * PAGE + 2 - 3]
    del expected["evicted"]
    assert found == expected


def test_every_control_call_is_read_as_it_was_made(base_runtime: Runtime) -> None:
    """Among payments, and in pages so short that any of them is the first or last of one."""
    log = PagedLog()
    writer, follower = (create_worker(base_runtime, log, journal_entries=6) for _ in range(2))
    for number, action in enumerate(CONTROL.values()):
        pay(writer, 1 + number % 3, 10 * number)
        action(Client(writer), "default")
        fresh = create_worker(base_runtime, log, journal_entries=6)
        if number % 2:
            catch_up("default", follower)
            assert describe(follower) == describe(writer)
        catch_up("default", fresh)
        assert describe(fresh) == describe(writer)


@pytest.mark.parametrize(("count", "name", "is_kept"), [(8, "default", True), (7, "default", False), (8, "a", False)])
def test_a_long_log_of_default_is_kept_from_the_collector(
    base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch, *, count: int, name: str, is_kept: bool
) -> None:
    """Once, and only by a process that has frozen what its start made."""
    monkeypatch.setattr("paysandbox.store.log.catching_up._LONG", 8)
    log = PagedLog()
    writer, reader, unfrozen = (create_worker(base_runtime, log) for _ in range(3))
    for number in range(count):
        payment = PAYMENT | {"number": f"RG {number}"}
        Client(writer).post(f"/ns/{name}/invisible-collector/payments", json=payment, headers=TOKEN)
    catch_up(name, unfrozen)
    assert gc.get_freeze_count() == 0
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        catch_up(name, reader)
        assert (gc.get_freeze_count() > before) is is_kept
        before = gc.get_freeze_count()
        Client(writer).post(f"/ns/{name}/invisible-collector/payments", json=PAYMENT, headers=TOKEN)
        catch_up(name, reader)
        assert gc.get_freeze_count() <= before
    finally:
        gc.unfreeze()
