"""Namespaces that were not used for a while are forgotten, in memory and in a store."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from paysandbox.core.clock import MICROSECONDS, SECOND
from paysandbox.kit.expiry import forget_unused, run_expiry
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.store import open_store
from paysandbox.store.expiring import ExpiringNamespaces
from tests.helpers.receiver import receiving
from tests.helpers.runtimes import Client, fresh_runtime

IC = {"authorization": "Bearer ic-test-token"}


class Ticks:
    """The system's clocks, which stand still until they are moved."""

    def __init__(self) -> None:
        self.seconds = 1_000

    def read_ticks(self) -> int:
        return self.seconds * SECOND

    def read_epoch(self) -> int:
        return self.seconds * MICROSECONDS


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr("paysandbox.store.expiring.read_ticks", made.read_ticks)
    for module in ("sqlite", "replication"):
        monkeypatch.setattr(f"paysandbox.store.log.{module}.read_epoch", made.read_epoch)
    return made


@pytest.fixture(params=["memory", "sqlite"])
def runtime(request: pytest.FixtureRequest, base_runtime: Runtime, tmp_path: Path) -> Runtime:
    made = fresh_runtime(base_runtime)
    if request.param == "memory":
        made.namespaces = ExpiringNamespaces(base_runtime.namespaces.baselines, seed="seed")
    else:
        made.settings = replace(made.settings, store=f"sqlite:{tmp_path / 'stub.db'}")
        open_store(made)
    return made


def names(client: Client) -> list[str]:
    return [held["name"] for held in client.get("/_sandbox/namespaces").json["namespaces"]]


def call(client: Client, namespace: str) -> str:
    """Call a provider in a namespace, and return the call's number."""
    reply = client.get(f"/ns/{namespace}/invisible-collector/companies", headers=IC)
    assert reply.status == 200
    return reply.headers["x-sandbox-request"]


def test_a_namespace_is_forgotten_when_it_was_not_used_for_longer(runtime: Runtime, ticks: Ticks) -> None:
    """A later call finds it as it finds any name: new, as in the fixtures."""
    client = Client(runtime)
    for name in ("default", "idle", "busy"):
        call(client, name)
    ticks.seconds += 60
    assert asyncio.run(forget_unused(runtime, 60)) == []
    call(client, "busy")
    ticks.seconds += 1
    assert asyncio.run(forget_unused(runtime, 60)) == ["idle"]
    assert names(client) == ["default", "busy"]
    assert client.get("/_sandbox/namespaces/idle").status == 404
    assert call(client, "idle") == "idle-1"
    assert call(client, "busy") == "busy-3"
    assert call(client, "default") == "default-2"
    ticks.seconds += 10_000
    assert sorted(asyncio.run(forget_unused(runtime, 60))) == ["busy", "idle"]
    assert call(client, "default") == "default-3"


def test_the_clock_of_a_namespace_does_not_age_it(runtime: Runtime, ticks: Ticks) -> None:
    """A test may move it by years."""
    client = Client(runtime)
    client.post("/_sandbox/namespaces", {"name": "old", "now": "2020-01-01T00:00:00Z"})
    client.post("/_sandbox/namespaces/old/clock/advance", {"seconds": 10**8})
    ticks.seconds += 5
    assert asyncio.run(forget_unused(runtime, 60)) == []
    ticks.seconds += 60
    assert asyncio.run(forget_unused(runtime, 60)) == ["old"]


def test_another_worker_learns_that_a_namespace_was_forgotten(
    base_runtime: Runtime, ticks: Ticks, tmp_path: Path
) -> None:
    workers = []
    for _ in range(2):
        worker = fresh_runtime(base_runtime)
        worker.settings = replace(worker.settings, store=f"sqlite:{tmp_path / 'stub.db'}")
        open_store(worker)
        workers.append(worker)
    first, second = (Client(worker) for worker in workers)
    assert (call(first, "idle"), call(second, "idle")) == ("idle-1", "idle-2")
    ticks.seconds += 61
    assert asyncio.run(forget_unused(workers[0], 60)) == ["idle"]
    assert asyncio.run(forget_unused(workers[1], 60)) == []
    assert second.get("/_sandbox/namespaces/idle").status == 404
    assert (call(second, "idle"), call(first, "idle")) == ("idle-1", "idle-2")


def test_deliveries_that_are_due_keep_a_namespace_in_memory(base_runtime: Runtime, ticks: Ticks) -> None:
    runtime = fresh_runtime(base_runtime)
    runtime.namespaces = ExpiringNamespaces(base_runtime.namespaces.baselines, seed="seed")
    client = Client(runtime)
    with receiving() as receiver:  # nothing is delivered, because no server runs
        client.post("/_sandbox/namespaces", {"name": "mine"})
        client.post("/_sandbox/namespaces/mine/webhooks", {"url": receiver.url})
        paid = client.post(
            "/ns/mine/invoiless/v1/invoices/6554cb5f9b3e7d00418c2f7e/payments",
            {"method": "Card"},
            headers={"api-key": "invoiless-test-key"},
        )
        assert paid.status < 300
        ticks.seconds += 61
        assert asyncio.run(forget_unused(runtime, 60)) == []


def test_a_server_looks_again_and_again(base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the settings do not say so, and an error of the store is no end of it."""
    looked: list[int] = []

    async def look(_: Runtime, seconds: int) -> list[str]:
        looked.append(seconds)
        return []

    monkeypatch.setattr("paysandbox.kit.expiry.forget_unused", look)
    monkeypatch.setattr("paysandbox.kit.expiry._LONGEST_PAUSE", 0.001)

    async def serve(ttl: int | None) -> None:
        runtime = fresh_runtime(base_runtime, replace(base_runtime.settings, namespace_ttl=ttl))
        async with run_expiry(runtime):
            for _ in range(2000):
                if len(looked) > 2:
                    break
                await asyncio.sleep(0.001 if ttl else 0)

    asyncio.run(serve(None))
    assert looked == []
    asyncio.run(serve(7))
    assert set(looked) == {7}
    assert len(looked) > 2
