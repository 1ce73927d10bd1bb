"""Calls through one worker over an engine that answers later: other namespaces go on, and none is mixed up."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import EVERY, Stored
from paysandbox.store.log.replication import Replication
from tests.helpers.runtimes import Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica


class WaitingLog(MemoryLog):
    """A log whose engine answers after some turns of the event loop. It counts what it is asked."""

    waits = True
    reads = 0
    read_entries = 0
    asked = 0
    gate: asyncio.Event | None = None  # that appends to `held` wait for
    held = ""

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        self.reads += 1
        found = await super().read(namespace, after, limit=limit)
        self.read_entries += len(found)
        await _pause(self.reads)
        return found

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        self.asked += 1
        if self.gate is not None and namespace == self.held:
            await self.gate.wait()
        await _pause(self.asked)
        is_added = await super().append(namespace, version, content, keep_from=keep_from)
        await _pause(self.asked)
        return is_added

    def read_news(self) -> None:  # type: ignore[override] # MemoryLog's has a number
        """Only reading tells."""


async def _pause(number: int) -> None:
    for _ in range(number % 3 + 1):
        await asyncio.sleep(0)


@pytest.fixture
def log() -> WaitingLog:
    return WaitingLog()


def call_in(runtime: Runtime, namespace: str = "default", *, path: str = "/invisible-collector/companies") -> str:
    """Call within a turn, and return the number of the request, or the body of a control call."""
    reply = _Inner(runtime).get(path if namespace == "default" else f"/ns/{namespace}{path}")
    return reply.headers.get("x-sandbox-request") or reply.content.decode()


class _Inner(Client):
    """Calls the application below the store: what a turn does."""

    def __init__(self, runtime: Runtime) -> None:
        replication, runtime.replication = runtime.replication, None
        super().__init__(runtime)
        runtime.replication = replication


def replication_of(runtime: Runtime) -> Replication:
    assert runtime.replication is not None
    return runtime.replication


def test_calls_of_one_namespace_follow_each_other_and_read_nothing(base_runtime: Runtime, log: WaitingLog) -> None:
    """The first reads, because it knows nothing; the others wait for the one before, and append."""
    worker = create_worker(base_runtime, log)

    async def run() -> list[str]:
        await replication_of(worker).run(partial(call_in, worker))
        log.reads = log.asked = 0
        return await asyncio.gather(*(replication_of(worker).run(partial(call_in, worker)) for _ in range(20)))

    assert sorted(asyncio.run(run()), key=len) == [f"default-{number}" for number in range(2, 22)]
    assert (log.reads, log.asked) == (0, 20)


def test_other_namespaces_go_on_while_one_waits(base_runtime: Runtime, log: WaitingLog) -> None:
    worker = create_worker(base_runtime, log)

    async def run() -> None:
        log.gate, log.held = asyncio.Event(), "slow"
        waiting = asyncio.create_task(replication_of(worker).run(partial(call_in, worker, "slow")))
        for number in range(1, 4):
            found = await replication_of(worker).run(partial(call_in, worker, "quick"))
            assert found == f"quick-{number}"
        assert not waiting.done()
        log.gate.set()
        assert await waiting == "slow-1"

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/_sandbox/namespaces/default", "/_sandbox/namespaces"])
def test_a_reader_of_busy_namespaces_is_answered(base_runtime: Runtime, log: WaitingLog, path: str) -> None:
    """Those that change them come anew at once, and must not push in."""
    worker = create_worker(base_runtime, log)

    async def run() -> None:
        async def keep_busy(name: str) -> None:
            while not reader.done():
                await replication_of(worker).run(partial(call_in, worker, name))

        for name in ("default", "a", "b"):
            await replication_of(worker).run(partial(call_in, worker, name))
        reader = asyncio.create_task(replication_of(worker).run(partial(call_in, worker, path=path)))
        busy = [asyncio.create_task(keep_busy(("default", "a", "b")[number % 3])) for number in range(9)]
        async with asyncio.timeout(60):
            assert '"requests"' in await reader
            await asyncio.gather(*busy)

    asyncio.run(run())


def test_a_call_that_is_given_up_lets_the_others_go_on(base_runtime: Runtime, log: WaitingLog) -> None:
    worker = create_worker(base_runtime, log)

    async def run() -> None:
        calls = [asyncio.create_task(replication_of(worker).run(partial(call_in, worker))) for _ in range(12)]
        await asyncio.sleep(0)
        for call in calls[::3]:
            call.cancel()
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            found = await asyncio.gather(*calls, return_exceptions=True)
        kept = [number for number in found if isinstance(number, str)]
        assert len(kept) >= 8
        assert len({*kept}) == len(kept)

    asyncio.run(run())


def test_what_another_worker_has_answered_is_read_by_a_reading_call(base_runtime: Runtime, log: WaitingLog) -> None:
    one, other = create_worker(base_runtime, log), create_worker(base_runtime, log)
    path = "/_sandbox/namespaces/default"

    async def run() -> None:
        for number in range(1, 4):
            await replication_of(one).run(partial(call_in, one))
            assert f'"requests":{number}' in await replication_of(other).run(partial(call_in, other, path=path))

    asyncio.run(run())


def test_a_call_that_lacks_many_entries_reads_them_once(base_runtime: Runtime, log: WaitingLog) -> None:
    """It is refused first, and looks whether its own entry is in the log: at that version alone."""
    one, other = create_worker(base_runtime, log), create_worker(base_runtime, log)

    async def run() -> str:
        await replication_of(other).run(partial(call_in, other))
        for _ in range(20):
            await replication_of(one).run(partial(call_in, one))
        log.read_entries = 0
        return await replication_of(other).run(partial(call_in, other))

    assert asyncio.run(run()) == "default-22"
    assert log.read_entries == 1 + 21  # the one that it has shows that the log is the same


def test_a_namespace_is_written_as_a_whole_while_calls_wait(
    base_runtime: Runtime, log: WaitingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 3)
    workers = [create_worker(base_runtime, log) for _ in range(2)]

    async def run() -> list[str]:
        calls = (
            replication_of(workers[number % 2]).run(
                partial(call_in, workers[number % 2], ("default", "mine")[number % 3 % 2])
            )
            for number in range(60)
        )
        return await asyncio.gather(*calls)

    assert len({*asyncio.run(run())}) == 60
    last = create_worker(base_runtime, log)
    for name in ("default", "mine"):
        catch_up(name, *workers, last)
        replicas = [worker.namespaces.replica(name) for worker in (*workers, last)]  # type: ignore[attr-defined] # it is Replicas
        described = [describe_replica(replica, base_runtime.namespaces.baselines) for replica in replicas]
        assert described[0] == described[1] == described[2]
        assert replicas[0].whole_version > 3
