"""Workers on hosts whose clocks differ: they hold the same, and none delivers what another one has taken."""

from datetime import UTC, datetime, timedelta

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.engine import run_at_once
from paysandbox.store.webhooks import Delivery
from tests.helpers.runtimes import NOON, Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica

PAYMENTS = "/invoiless/v1/invoices/6554cb5f9b3e7d00418c2f7e/payments"
KEY = {"api-key": "invoiless-test-key"}


@pytest.fixture
def workers(base_runtime: Runtime) -> list[Runtime]:
    """One is 90 seconds ahead of the other."""
    log = MemoryLog()
    return [create_worker(base_runtime, log, at=NOON + timedelta(seconds=seconds)) for seconds in (0, 90)]


def test_workers_hold_the_same_whichever_clock_a_call_had(base_runtime: Runtime, workers: list[Runtime]) -> None:
    clients = [Client(worker) for worker in workers]
    for number in range(6):
        assert clients[number % 2].post(PAYMENTS, {"method": "Card", "amount": 10}, headers=KEY).status < 300
    clients[1].put("/_sandbox/namespaces/default/clock", {"now": "2030-01-01T00:00:00Z", "frozen": True})
    catch_up("default", *workers)
    baselines = base_runtime.namespaces.baselines
    one, other = (describe_replica(worker.namespaces.replica("default"), baselines) for worker in workers)  # type: ignore[attr-defined] # they are Replicas
    assert one == other
    times = [client.get("/_sandbox/namespaces/default/clock").json for client in clients]
    assert times == [{"now": "2030-01-01T00:00:00Z", "frozen": True}] * 2


@pytest.mark.parametrize(("ahead", "is_taken_twice"), [(0, False), (119, False), (-3600, False), (121, True)])
def test_a_delivery_that_is_taken_is_left_alone_within_two_minutes_of_difference(
    workers: list[Runtime], monkeypatch: pytest.MonkeyPatch, ahead: int, *, is_taken_twice: bool
) -> None:
    now = datetime.now(UTC)
    Client(workers[0]).post("/_sandbox/namespaces/default/webhooks", {"url": "http://127.0.0.1:9/"})
    Client(workers[0]).post(PAYMENTS, {"method": "Card", "amount": 10}, headers=KEY)
    monkeypatch.setattr("paysandbox.store.log.parts.system_time", lambda: now)
    taken = take(workers[0])
    assert taken is not None
    monkeypatch.setattr("paysandbox.store.log.parts.system_time", lambda: now + timedelta(seconds=ahead))
    again = take(workers[1])
    assert (again is not None and again.id == taken.id) == is_taken_twice


def take(worker: Runtime) -> Delivery | None:
    """Take the next delivery, as the worker's own deliveries do."""
    assert worker.replication is not None

    def work() -> Delivery | None:
        namespace = worker.namespaces.find("default")
        assert namespace is not None
        return namespace.open_webhooks().take_due("endpoint-1")

    return run_at_once(worker.replication.run(work))
