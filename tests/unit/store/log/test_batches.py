"""Calls that come in one turn of the event loop are kept by one entry, and answered as if each were kept by itself."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from paysandbox.app import Sandbox
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import WireReply, dispatch
from paysandbox.pipeline.process import Outcome
from paysandbox.store.log.engine import StoreError
from paysandbox.web.head import Head, read_head
from paysandbox.web.stored import StoredApp
from tests.helpers.runtimes import Client, fresh_runtime
from tests.helpers.stores import MemoryLog, catch_up, create_worker, describe_replica

PAYMENT = (
    b'{"number":"R %d","externalId":"E%d","type":"TB","date":"2026-01-01","currency":"EUR",'
    b'"lines":[{"number":"FT TEST/001","amount":10.00}]}'
)
Call = tuple[str, str, bytes]


def pay(number: int, namespace: str = "default") -> Call:
    return "POST", f"/ns/{namespace}/invisible-collector/payments", PAYMENT % (number, number)


def control(method: str, path: str) -> Call:
    return method, f"/_sandbox/namespaces/default{path}", b""


class Counted(MemoryLog):
    """A log that notes what was appended where, and can fail, or let another worker go first."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.fails = False
        self.before: list[Callable[[], object]] = []

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        if self.before:
            self.before.pop()()
        if self.fails:
            raise StoreError("memory: the engine is away")
        self.names.append(namespace)
        return await super().append(namespace, version, content, keep_from=keep_from)


@pytest.fixture
def log() -> Counted:
    return Counted()


@pytest.fixture
def worker(base_runtime: Runtime, log: Counted) -> Runtime:
    """A worker that has read the logs of both namespaces, so that its next calls need no look at them."""
    made = create_worker(base_runtime, log)
    for namespace in ("default", "mine"):
        Client(made).get(f"/ns/{namespace}/nowhere")
    log.names.clear()
    return made


@pytest.fixture
def memory(base_runtime: Runtime) -> Client:
    made = Client(fresh_runtime(base_runtime))
    for namespace in ("default", "mine"):
        made.get(f"/ns/{namespace}/nowhere")
    return made


def make_head(method: str, path: str) -> Head:
    headers = [(b"host", b"127.0.0.1:4080"), (b"authorization", b"Bearer ic-test-token")]
    headers.append((b"content-type", b"application/json"))
    scope = {"method": method, "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b""}
    return read_head({**scope, "headers": headers, "server": ("127.0.0.1", 4080)})


def call_in_one_turn(worker: Runtime, *calls: Call) -> list[Any]:
    """Make calls in one turn of an event loop, and return their replies in the order of the calls."""
    door = Sandbox(worker).door
    assert isinstance(door, StoredApp)
    found: dict[int, Any] = {}

    async def run() -> None:
        for number, (method, path, content) in enumerate(calls):
            door.answer_later(make_head(method, path), content, partial(found.__setitem__, number))
        await asyncio.sleep(0)

    asyncio.run(run())
    return [found[number] for number in range(len(calls))]


def call_one_by_one(memory: Client, *calls: Call) -> list[tuple[int, bytes, str | None]]:
    found = []
    for method, path, content in calls:
        headers = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}
        reply = memory.call(method, path, content=content, headers=headers)
        found.append((reply.status, reply.content, reply.headers.get("x-sandbox-request")))
    return found


def simplify(replies: list[WireReply]) -> list[tuple[int, bytes, str | None]]:
    numbers = [dict(reply.headers).get(b"x-sandbox-request", b"").decode() or None for reply in replies]
    return [(reply.status, reply.content, number) for reply, number in zip(replies, numbers, strict=True)]


def check_replicas(base: Runtime, log: Counted, worker: Runtime) -> None:
    """Check that the worker, and one that has read the log alone, hold the same."""
    other = create_worker(base, log)
    for name in list(log.entries):
        catch_up(name, other, worker)
        first, second = (
            describe_replica(one.namespaces.replica(name), base.namespaces.baselines)  # type: ignore[attr-defined] # they are Replicas
            for one in (worker, other)
        )
        assert first == second


@pytest.mark.parametrize(
    ("calls", "names"),
    [
        ([pay(1), pay(2), pay(2), pay(3)], ["default"]),
        ([pay(1), pay(1, "mine"), pay(2), pay(2, "mine")], ["default", "mine"]),
        ([pay(1), pay(2), control("POST", "/reset"), pay(1), pay(2)], ["default"] * 3),
        ([pay(1), ("POST", "/_sandbox/reset", b""), pay(1), pay(2)], ["default"] * 3),
        ([pay(1), control("GET", "/coverage"), pay(2)], ["default"] * 2),
        ([pay(1), ("GET", "/_sandbox/health", b""), pay(2)], ["default"]),
        ([pay(1), ("GET", "/nowhere", b""), ("POST", "/ns/!/invoiless/x", b""), pay(2)], ["default"]),
    ],
    ids=[
        "one namespace",
        "two namespaces",
        "a change by control",
        "a reset",
        "a look by control",
        "health",
        "refusals",
    ],
)
def test_calls_of_one_turn_are_one_entry(
    base_runtime: Runtime, log: Counted, worker: Runtime, memory: Client, calls: list[Call], names: list[str]
) -> None:
    replies = simplify(call_in_one_turn(worker, *calls))
    wanted = call_one_by_one(memory, *calls)
    for number, call in enumerate(calls):
        if "health" not in call[1]:  # which names the store
            assert replies[number] == wanted[number]
    assert log.names == names
    check_replicas(base_runtime, log, worker)


def test_calls_are_made_again_if_another_worker_was_faster(
    base_runtime: Runtime, log: Counted, worker: Runtime, memory: Client
) -> None:
    """All of the batch, in their order, after the other's."""
    other = create_worker(base_runtime, log)
    log.before.append(lambda: call_one_by_one(Client(other), pay(2)))
    replies = call_in_one_turn(worker, pay(1), pay(2), pay(3))
    assert simplify(replies) == call_one_by_one(memory, pay(2), pay(1), pay(2), pay(3))[1:]
    check_replicas(base_runtime, log, worker)


def test_no_call_of_a_batch_is_kept_if_the_engine_is_away(base_runtime: Runtime, log: Counted, worker: Runtime) -> None:
    replica = worker.namespaces.replica("default")  # type: ignore[attr-defined] # it is Replicas
    before = describe_replica(replica, base_runtime.namespaces.baselines)
    log.fails = True
    assert [reply.status for reply in call_in_one_turn(worker, pay(1), pay(2))] == [503, 503]
    assert describe_replica(replica, base_runtime.namespaces.baselines) == before
    log.fails = False
    assert [reply.status for reply in call_in_one_turn(worker, pay(1), pay(2))] == [201, 201]
    check_replicas(base_runtime, log, worker)


def test_a_call_that_deletes_a_record_ends_its_batch(base_runtime: Runtime, log: Counted, worker: Runtime) -> None:
    """The key is removed at the commit, so that a later call that uses it again has it in its new place."""
    call_in_one_turn(worker, pay(1))
    log.names.clear()
    delete = ("DELETE", "/ns/default/invisible-collector/payments/E1", b"")
    assert [reply.status for reply in call_in_one_turn(worker, pay(2), delete, pay(3))] == [201, 200, 201]
    assert log.names == ["default", "default"]
    check_replicas(base_runtime, log, worker)


def test_an_error_within_a_call_leaves_the_others_of_its_batch(
    base_runtime: Runtime, log: Counted, worker: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the store is answered 503, and any other is left to the server, which logs it and answers 500."""
    errors = {pay(2)[2]: StoreError("memory: an entry is damaged"), pay(3)[2]: RuntimeError("of the sandbox")}

    def fail(request: Request, *others: Any) -> WireReply:
        if request.content in errors:
            raise errors[request.content]
        return dispatch(request, *others)

    monkeypatch.setattr("paysandbox.web.asgi.dispatch", fail)
    first, refused, failed, last = call_in_one_turn(worker, *map(pay, (1, 2, 3, 4)))
    assert [reply.status for reply in (first, refused, last)] == [201, 503, 201]
    assert b"an entry is damaged" in refused.content
    with pytest.raises(RuntimeError, match="of the sandbox"):
        asyncio.run(failed({}, None, None))
    monkeypatch.undo()
    assert [reply.status for reply in call_in_one_turn(worker, pay(2), pay(1))] == [201, 200]
    check_replicas(base_runtime, log, worker)


@pytest.mark.parametrize("is_alone", [True, False], ids=["in a batch of its own", "among others"])
def test_an_error_behind_the_work_of_a_call_leaves_nothing_of_it(
    base_runtime: Runtime, log: Counted, worker: Runtime, monkeypatch: pytest.MonkeyPatch, *, is_alone: bool
) -> None:
    """Neither in the replica, nor for the next call, which writes without being one of a provider."""

    def fail(_operation: Any, outcome: Outcome, *_: Any) -> None:
        if b"E2" in outcome.content:
            raise RuntimeError("of the sandbox")

    call_in_one_turn(worker, pay(9))
    monkeypatch.setattr("paysandbox.pipeline.dispatch._count_units", fail)
    calls = [pay(2)] if is_alone else [pay(1), pay(2), pay(3)]
    replies = call_in_one_turn(worker, *calls)
    assert [getattr(reply, "status", 500) for reply in replies] == ([500] if is_alone else [201, 500, 201])
    check_replicas(base_runtime, log, worker)

    def delete() -> None:
        namespace = worker.namespaces.find("default")
        assert namespace is not None
        state = namespace.state("invisible_collector")
        with state.transaction():
            debts = state.table("debts")
            debts.delete(next(debts.records()).id)

    assert worker.replication is not None
    log.names.clear()
    asyncio.run(worker.replication.run(delete))
    assert log.names == ["default"]
    check_replicas(base_runtime, log, worker)


@pytest.mark.parametrize("is_slower", [True, False], ids=["another worker is faster", "alone"])
def test_a_call_that_comes_with_the_reply_to_another_is_kept(
    base_runtime: Runtime, log: Counted, worker: Runtime, *, is_slower: bool
) -> None:
    """Also when a call that is kept by itself has ended the batch, and must then be made again."""
    other, found = create_worker(base_runtime, log), list[Any]()
    door = Sandbox(worker).door
    assert isinstance(door, StoredApp)

    def answer(call: Call, send: Callable[[Any], object]) -> None:
        door.answer_later(make_head(*call[:2]), call[2], send)

    def go_on(reply: Any) -> None:
        found.append(reply)
        answer(pay(2), found.append)
        if is_slower:
            log.before.append(lambda: Client(other).get("/ns/default/nowhere"))

    async def run() -> None:
        answer(pay(1), go_on)
        door.answer(make_head("GET", "/_sandbox/namespaces/default/coverage"), b"")
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [reply.status for reply in found] == [201, 201]
    assert simplify(call_in_one_turn(worker, pay(1), pay(2)))[1][0] == 200
    check_replicas(base_runtime, log, worker)
