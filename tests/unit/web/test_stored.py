"""Calls over a store: kept before they are answered, made again if another worker was faster, else undone."""

from collections.abc import Sequence

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import Observation
from paysandbox.store.log.engine import EVERY, Stored, StoreError, UndecidedError
from tests.helpers.observers import observe_exchanges
from tests.helpers.runtimes import Client
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica
from tests.helpers.valid_calls import first_calls


class FailingLog(MemoryLog):
    """A log whose engine goes away."""

    fails: str | None = None  # "before" or "after" an entry is appended, "once" after that, or "read"

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        if self.fails == "read":
            raise StoreError("memory: the engine is away")
        return await super().read(namespace, after, limit=limit)

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        if self.fails == "before":
            raise StoreError("memory: the engine is away")
        is_added = await super().append(namespace, version, content, keep_from=keep_from)
        if self.fails in {"after", "once"}:
            self.fails = None if self.fails == "once" else self.fails
            raise UndecidedError("memory: the connection was lost")
        return is_added

    async def check(self) -> None:
        if self.fails:
            raise StoreError("memory: the engine is away")


@pytest.fixture
def log() -> FailingLog:
    return FailingLog()


@pytest.fixture
def client(base_runtime: Runtime, log: FailingLog) -> Client:
    return Client(create_worker(base_runtime, log))


@pytest.mark.parametrize("fails", ["before", "read"])
def test_a_call_that_is_not_kept_is_refused_and_undone(
    base_runtime: Runtime, log: FailingLog, client: Client, fails: str
) -> None:
    """For a call of each provider: 503 in the sandbox's own voice, and the replica is as it was."""
    calls = list(first_calls(base_runtime))
    for call in calls:
        call.send(client)
    replica = client.runtime.namespaces.replica("default")  # type: ignore[attr-defined] # it is Replicas
    before = describe_replica(replica, base_runtime.namespaces.baselines)
    if fails == "read":  # the log, once the append is refused, because another worker has appended
        Client(create_worker(base_runtime, log)).get("/invisible-collector/companies")
    log.fails = fails
    for call in calls:
        reply = call.send(client)
        assert (reply.status, reply.headers["content-type"]) == (503, "application/problem+json")
        assert reply.json["title"] == "Store unavailable"
        assert reply.json["detail"] == "memory: the engine is away; the call was not carried out"
    assert describe_replica(replica, base_runtime.namespaces.baselines) == before
    log.fails = None
    assert [call.send(client).status for call in calls] != [503] * len(calls)
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 2 * len(calls) + (fails == "read")


def test_an_append_whose_confirmation_was_lost_is_found_in_the_log(
    base_runtime: Runtime, log: FailingLog, client: Client
) -> None:
    """It was answered 503, but it is there, once, for every worker."""
    log.fails = "after"
    reply = client.get("/invisible-collector/companies")
    assert reply.status == 503
    says = "memory: the connection was lost; whether the call was carried out is known once the store answers again"
    assert reply.json["detail"] == says
    log.fails = None
    assert client.get("/_sandbox/namespaces/default").json["requests"] == 1
    other = create_worker(base_runtime, log)
    catch_up("default", other, client.runtime)
    baselines = base_runtime.namespaces.baselines
    replicas = [worker.namespaces.replica("default") for worker in (other, client.runtime)]  # type: ignore[attr-defined] # they are Replicas
    found = [describe_replica(replica, baselines) for replica in replicas]
    assert found[0] == found[1]


def test_a_lost_confirmation_is_asked_for_again(log: FailingLog, client: Client) -> None:
    """The same entry is appended again, and refused, because it is there."""
    log.fails = "once"
    reply = client.get("/invisible-collector/companies")
    assert (reply.status, reply.headers["x-sandbox-request"]) == (401, "default-1")
    assert client.get("/invisible-collector/companies").headers["x-sandbox-request"] == "default-2"
    assert [stored.version for stored in log.entries["default"]] == [1, 2]


def test_health_says_whether_the_store_answers(log: FailingLog, client: Client) -> None:
    assert client.get("/_sandbox/health").json["store"] == {"engine": "memory", "answers": True, "writes": True}
    log.fails = "before"
    reply = client.get("/_sandbox/health")
    assert reply.status == 200
    assert reply.json["store"].items() >= {"engine": "memory", "answers": False, "writes": False}.items()
    log.fails = None
    assert client.get("/_sandbox/health").json["store"]["answers"] is True
    assert log.entries == {}


def test_reading_control_calls_append_nothing(log: FailingLog, client: Client) -> None:
    for path in ("namespaces", "namespaces/default", "namespaces/default/requests", "namespaces/nowhere", "coverage"):
        client.get(f"/_sandbox/{path}")
    assert log.entries == {}


def test_a_call_that_another_worker_was_faster_than_is_made_again(base_runtime: Runtime, log: FailingLog) -> None:
    """The other's call comes between this one's processing and its append."""
    slow, fast = (Client(create_worker(base_runtime, log)) for _ in range(2))
    original = log.append
    calls: list[int] = []

    async def append(namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        if not calls:
            calls.append(1)
            fast.get("/invisible-collector/companies")
        return await original(namespace, version, content, keep_from=keep_from)

    log.append = append  # type: ignore[method-assign] # for this test
    seen: list[Observation] = []
    with observe_exchanges(seen.append):
        assert slow.get("/invisible-collector/companies").headers["x-sandbox-request"] == "default-2"
    assert [dict(one.reply.headers)[b"x-sandbox-request"] for one in seen] == [b"default-1", b"default-2"]
    assert [stored.version for stored in log.entries["default"]] == [1, 2]


def test_a_reload_is_refused(client: Client) -> None:
    reply = client.post("/_sandbox/reload")
    assert reply.status == 422
    assert "files cannot be taken over where namespaces are kept in a store" in reply.json["detail"]


def test_the_start_page_shows_calls_of_other_workers(base_runtime: Runtime, log: FailingLog, client: Client) -> None:
    Client(create_worker(base_runtime, log)).get("/invisible-collector/companies")
    page = client.get("/_sandbox/").content.decode()
    assert "default-1" in page
    assert "kept in the store <code>memory</code></li>" in page
    log.fails = "before"
    reply = client.get("/_sandbox/")
    assert reply.status == 200
    assert (
        "kept in the store <code>memory</code>, which does not answer: memory: the engine is away</li>"
        in reply.content.decode()
    )


def test_a_damaged_entry_is_named_and_nothing_of_the_log_is_applied(base_runtime: Runtime, log: FailingLog) -> None:
    writer = Client(create_worker(base_runtime, log))
    for _ in range(3):
        writer.get("/ns/mine/invisible-collector/companies")
    version, content = log.entries["mine"][1]
    log.entries["mine"][1] = Stored(version, content[:-1] + b"\x00\x00")
    reader = Client(create_worker(base_runtime, log))
    reply = reader.get("/ns/mine/invisible-collector/companies")
    assert reply.status == 503
    assert reply.json["detail"].startswith("version 2 of the namespace mine is damaged")
    assert reader.get("/ns/other/invisible-collector/companies").status == 401
    assert len(log.entries["mine"]) == 3


def test_a_gap_in_the_log_is_named(base_runtime: Runtime, log: FailingLog) -> None:
    writer = Client(create_worker(base_runtime, log))
    for _ in range(3):
        writer.get("/invisible-collector/companies")
    del log.entries["default"][1]
    reply = Client(create_worker(base_runtime, log)).get("/invisible-collector/companies")
    assert (reply.status, "version 3 of the namespace default does not follow" in reply.json["detail"]) == (503, True)
    del log.entries["default"][0]
    reply = Client(create_worker(base_runtime, log)).get("/invisible-collector/companies")
    assert "lacks the entries before version 3" in reply.json["detail"]
