"""Workers that share a log answer as one sandbox in memory does, and hold the same."""

import asyncio
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.store.log.codec import Codec
from paysandbox.store.log.engine import StoreError
from tests.helpers.runtimes import Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker
from tests.helpers.trio import CONTROL, NAMESPACES, Calls, Trio, calls_of


class MemoryTrio(Trio):
    """Two workers over a log in memory."""

    def __init__(self, base: Runtime) -> None:
        self.log = MemoryLog()
        super().__init__(base, [self.log, self.log])


@pytest.fixture(scope="module")
def calls(base_runtime: Runtime) -> Calls:
    return calls_of(base_runtime)


def test_every_operation_answers_the_same_bytes_from_two_workers(base_runtime: Runtime, calls: Calls) -> None:
    trio = MemoryTrio(base_runtime)
    for number, call in enumerate([*calls.values(), *calls.values()]):
        trio.act(call, "default", number % 2)
    trio.check_replicas()


def test_every_control_call_answers_the_same_from_two_workers(base_runtime: Runtime, calls: Calls) -> None:
    """Each after some payments, and by the worker that did not make the call before."""
    trio = MemoryTrio(base_runtime)
    made = list(calls.values())
    for number, action in enumerate(CONTROL.values()):
        for place, call in enumerate(made[number % 7 :: 7]):
            trio.act(call, NAMESPACES[number % 2], place % 2)
        for worker in (0, 1):
            trio.act(action, NAMESPACES[number % 2], worker)
    trio.check_replicas()


@pytest.mark.parametrize("restorer", [0, 1])
@pytest.mark.parametrize("provider", [provider.name for provider in find_providers()])
def test_a_snapshot_of_records_that_were_only_looked_at_is_restored(
    base_runtime: Runtime, provider: str, restorer: int
) -> None:
    """The records of the fixtures are in no log: only the worker that has answered the call has them at hand."""
    trio = MemoryTrio(base_runtime)
    root = f"/{base_runtime.services[provider].provider.prefix}"
    trio.act(lambda client, ns: client.get(f"/ns/{ns}{root}/nowhere"), "default", 0)
    for worker in (0, 1):
        trio.act(CONTROL["invariants"], "default", worker)
    trio.act(CONTROL["snapshot"], "default", 0)
    trio.act(CONTROL["restore"], "default", restorer)
    trio.act(CONTROL["get"], "default", 1 - restorer)
    trio.check_replicas()


def test_a_worker_follows_the_restoring_of_another(base_runtime: Runtime, calls: Calls) -> None:
    """The log has the name of the snapshot alone, and each worker has the records."""
    trio = MemoryTrio(base_runtime)
    for call in calls.values():
        trio.act(call, "default", 0)
    for name in ("snapshot", "reset", "restore"):
        trio.act(CONTROL[name], "default", 0)
    trio.check_replicas()


def test_a_log_with_a_gap_is_refused_and_not_half_applied(base_runtime: Runtime) -> None:
    trio = MemoryTrio(base_runtime)
    for _ in range(3):
        trio.act(CONTROL["snapshot"], "default", 0)
        trio.act(CONTROL["delete snapshot"], "default", 0)
    del trio.log.entries["default"][2]
    with pytest.raises(StoreError, match="version 4 of the namespace default does not follow the one before it"):
        catch_up("default", trio.workers[1])
    replica = trio.workers[1].namespaces.replica("default")  # type: ignore[attr-defined] # they are Replicas
    assert (replica.version, replica.snapshots) == (0, ("fixtures",))


STEP: Final = st.tuples(st.booleans(), st.integers(0, 999), st.sampled_from(NAMESPACES), st.integers(0, 1))


@pytest.mark.property
@settings(max_examples=25)
@given(steps=st.lists(STEP, min_size=1, max_size=15))
def test_any_sequence_answers_the_same_from_two_workers(
    base_runtime: Runtime, calls: Calls, steps: list[tuple[bool, int, str, int]]
) -> None:
    """Each step is a control call or a provider's, in a namespace, by a worker."""
    trio = MemoryTrio(base_runtime)
    for is_control, number, namespace, worker in steps:
        actions = list(CONTROL.values()) if is_control else list(calls.values())
        trio.act(actions[number % len(actions)], namespace, worker)
    trio.check_replicas()


def test_the_log_is_trimmed_and_a_new_worker_still_reads_all(
    base_runtime: Runtime, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 10)
    trio = MemoryTrio(base_runtime)
    trio.act(CONTROL["endpoint"], "default", 0)
    for number, call in enumerate([*calls.values()][:90]):
        trio.act(call, "default", number % 2)
        if number % 30 == 10:
            trio.act(CONTROL["snapshot"], "default", number % 2)
    kinds = [entry.whole is not None for entry in _decode(trio, "default")]
    assert 2 <= sum(kinds) < 10
    trio.check_replicas()


def test_a_long_log_is_written_as_a_whole_at_the_end(
    base_runtime: Runtime, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short one is not, and one of two workers writes it. Before, there are too many records for it."""
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 10)
    monkeypatch.setattr("paysandbox.store.log.replica.Replica.count_changed_records", lambda _: 1000)
    trio = MemoryTrio(base_runtime)
    for number, call in enumerate([*calls.values()][:9]):
        trio.act(call, "default", number % 2)
        trio.act(call, "mine", 0)
    for call in [*calls.values()][9:12]:
        trio.act(call, "default", 1)
    before = {name: len(entries) for name, entries in trio.log.entries.items()}
    for worker in trio.workers:
        assert worker.replication is not None
        asyncio.run(worker.replication.close())
    kinds = {name: [entry.whole is not None for entry in _decode(trio, name)[before[name] :]] for name in before}
    assert kinds == {"default": [True], "mine": []}
    trio.check_replicas()


def test_an_engine_that_is_away_at_the_end_is_no_error(
    base_runtime: Runtime, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 2)
    trio = MemoryTrio(base_runtime)
    for call in [*calls.values()][:3]:
        trio.act(call, "default", 0)
    before = list(trio.log.entries["default"])

    async def fail(*_: object, **__: object) -> bool:
        raise StoreError("gone")

    monkeypatch.setattr(trio.log, "append", fail)
    assert trio.workers[0].replication is not None
    asyncio.run(trio.workers[0].replication.close())
    assert trio.log.entries["default"] == before


def test_a_journal_beyond_its_limit_is_as_long_after_a_restart(
    base_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.store.log.replication.WHOLE_EVERY", 5)
    log = MemoryLog()
    worker = create_worker(base_runtime, log, journal_entries=8)
    client = Client(worker)
    for _ in range(40):
        client.get("/invisible-collector/companies")
    listing = client.get("/_sandbox/namespaces/default/requests").json
    again = (
        Client(create_worker(base_runtime, log, journal_entries=8)).get("/_sandbox/namespaces/default/requests").json
    )
    assert len(log.entries["default"]) < 15
    assert listing["evicted"] == 40 - 8
    assert again["evicted"] + len(again["requests"]) == 40
    assert again["requests"] == listing["requests"][-len(again["requests"]) :]
    assert len(again["requests"]) >= 5


def test_a_forgotten_log_is_noticed(base_runtime: Runtime) -> None:
    trio = MemoryTrio(base_runtime)
    client = trio.clients[0]
    client.get("/invisible-collector/companies")
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 1
    trio.log.entries.clear()
    trio.log.appended += 1
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 0
    assert client.get("/invisible-collector/companies").headers["x-sandbox-request"] == "default-1"


def test_another_log_in_its_place_is_noticed(base_runtime: Runtime) -> None:
    """Of the same length, so that only the token tells."""
    trio, other = MemoryTrio(base_runtime), MemoryTrio(base_runtime)
    for client in (trio.clients[0], other.clients[0]):
        client.get("/invisible-collector/companies")
    other.clients[0].post("/_sandbox/namespaces/default/snapshots", {"name": "theirs"})
    trio.clients[0].post("/_sandbox/namespaces/default/snapshots", {"name": "mine"})
    trio.log.entries["default"] = other.log.entries["default"]
    client = trio.clients[0]
    client.get("/invisible-collector/companies")
    names = [one["name"] for one in client.get("/_sandbox/namespaces/default/snapshots").json["snapshots"]]
    assert names == ["fixtures", "theirs"]


def test_more_namespaces_than_the_limit_are_kept_all(base_runtime: Runtime) -> None:
    log = MemoryLog()
    client = Client(create_worker(base_runtime, log, namespace_limit=3))
    for number in range(8):
        client.get(f"/ns/n{number}/invisible-collector/companies")
    for number in range(8):
        assert client.get(f"/_sandbox/namespaces/n{number}").json["requests"] == 1
    assert len(client.get("/_sandbox/namespaces").json["namespaces"]) == 9


def _decode(trio: MemoryTrio, namespace: str) -> list[Any]:
    codec = Codec(trio.base.namespaces.baselines, trio.base.settings.seed)
    return [codec.decode(namespace, stored) for stored in trio.log.entries[namespace]]


@pytest.mark.parametrize("clears_at", [None, 2, 11])
def test_a_long_log_is_read_into_a_short_journal(base_runtime: Runtime, clears_at: int | None) -> None:
    """The entries that later ones push out are not held, and are counted as evicted as in the process that wrote."""
    log = MemoryLog()
    writer = create_worker(base_runtime, log, journal_entries=5)
    for number in range(13):
        if number == clears_at:
            Client(writer).call("DELETE", "/_sandbox/namespaces/default/requests")
        Client(writer).get("/invisible-collector/companies")
    reader = create_worker(base_runtime, log, journal_entries=5)
    catch_up("default", reader)
    held, read = (each.namespaces.get("default").journal for each in (writer, reader))
    assert [entry.number for entry in read] == [entry.number for entry in held]
    assert len(read) == (2 if clears_at == 11 else 5)
    assert read.evicted == held.evicted


def test_work_that_counts_a_call_and_then_sets_the_clock_is_kept_whole(base_runtime: Runtime) -> None:
    """Whichever it opens its namespace for first."""
    log = MemoryLog()
    worker, other = create_worker(base_runtime, log), create_worker(base_runtime, log)

    def work() -> None:
        worker.namespaces.get("default").next_request()
        found = worker.namespaces.find("default")
        assert found is not None
        found.clock.advance(3600)
        found.save_snapshot("later")

    assert worker.replication is not None
    asyncio.run(worker.replication.run(work))
    catch_up("default", other)
    told = other.namespaces.get("default")
    assert (told.requests, told.clock.setting[0].total_seconds(), told.snapshots) == (1, 3600, ("fixtures", "later"))
