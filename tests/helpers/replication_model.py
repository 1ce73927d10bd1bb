"""Every way in which calls of two workers can go over a log, with crashes and losses, stepped through by hand.

The workers are real; only the engine is a model, whose every step is an event. A way is a sequence of events, made from
the beginning each time, because coroutines cannot be copied. States that were seen before are not gone on from.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from paysandbox.store.log.codec import Codec, read_tokens
from paysandbox.store.log.engine import EVERY, Stored, StoreError, Summary, UndecidedError, run_at_once
from paysandbox.store.log.replicas import Replicas
from paysandbox.store.log.replication import Replication
from paysandbox.store.state import Baseline, State, table
from paysandbox.store.tables import FixtureRows, Record
from tests.helpers.stores import MemoryLog

NOON: Final = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
PROVIDER: Final = "toy"
Event = tuple[str, int]


class Thing(Record, frozen=True):
    """What a writing call leaves."""

    id: str
    number: int


class ToyState(State):
    """The records of a provider with one table."""

    things = table(Thing, key="id")


BASELINES: Final = {PROVIDER: Baseline(PROVIDER, ToyState, {"things": FixtureRows(ToyState.things, {})}, {})}
CODEC: Final = Codec(BASELINES, "seed")


class Ask:
    """What a worker asks of the engine, and waits for."""

    def __init__(self, kind: str, *values: Any) -> None:
        self.kind, self.values = kind, values
        self.outcome: Any = None
        self.has_arrived = False

    def __await__(self) -> Generator["Ask", Any, Any]:
        return (yield self)


class AskingLog:
    """The engine as a worker sees it: everything that it does is an event."""

    engine = name = "model"
    waits = False  # so that namespaces are read one after the other

    def read_news(self) -> None:
        """Return None: only reading the log can tell."""

    async def read(self, namespace: str, after: int, *, limit: int = EVERY) -> Sequence[Stored]:
        return await Ask("read", namespace, after, limit)  # type: ignore[no-any-return]

    async def append(self, namespace: str, version: int, content: bytes, *, keep_from: int = 0) -> bool:
        return await Ask("append", namespace, version, content, keep_from)  # type: ignore[no-any-return]

    async def read_last(self, namespace: str) -> Stored | None:
        raise NotImplementedError

    async def list_names(self) -> list[str]:
        raise NotImplementedError

    async def summarize(self, namespace: str) -> Summary | None:
        raise NotImplementedError

    async def forget(self, namespace: str) -> None:
        raise NotImplementedError

    async def forget_unused(self, before: int) -> list[str]:
        raise NotImplementedError

    async def check(self) -> None: ...

    async def close(self) -> None: ...


class Plan(NamedTuple):
    """A call: by which worker, and whether it only reads."""

    worker: int
    reads: bool = False


class Worker:
    """A process with its replicas."""

    def __init__(self, log: Any) -> None:
        self.replicas = Replicas(BASELINES, seed="seed", time=lambda: NOON)
        self.replication = Replication(log, self.replicas, CODEC, journal_entries=100)

    def write(self, name: str, where: str = "default") -> tuple[int, int]:
        """Count a request, leave a record, and return the number with the count of records before."""
        namespace = self.replicas.get(where)
        number, state = namespace.next_request(), namespace.state(PROVIDER)
        assert isinstance(state, ToyState)
        with state.transaction():
            before = len(list(state.things.records()))
            state.things.put(Thing(id=name, number=number))
            state.next_number(name)
        return number, before

    def read(self) -> tuple[int, int]:
        """Return the number of requests, twice."""
        namespace = self.replicas.find("default")
        assert namespace is not None
        return namespace.requests, namespace.requests

    def describe(self, where: str = "default") -> tuple[Any, ...]:
        """What the replica holds."""
        replica = self.replicas.replica(where)
        state = replica.state(PROVIDER)
        assert isinstance(state, ToyState)
        records = tuple((thing.id, thing.number) for thing in state.things.records())
        return replica.requests, records, tuple(sorted(state.counters().items()))


class Call:
    """A call under way. `said` is the result, or the error that it is refused with."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self.plan = name, plan
        self.steps: Coroutine[Any, Any, Any] | None = None
        self.waits_for: Any = None
        self.said: Any = None
        self.is_over = False
        self.began = self.ended = 0  # the requests in the log when it was made and answered


class Way:
    """One way of the calls: events happen, one after the other."""

    def __init__(self, plans: Sequence[Plan], faults: int, log: type[MemoryLog] = MemoryLog) -> None:
        self.log = log()
        self.workers = [Worker(AskingLog()) for _ in range(2)]
        self.calls = [Call(f"call-{number}", plan) for number, plan in enumerate(plans)]
        self.late: list[Ask] = []  # appends whose connection is lost; they may still arrive
        self.faults = faults
        self.has_crashed = self.is_wiped = False

    def list_events(self) -> Iterator[Event]:
        """List what can happen next."""
        for number, call in enumerate(self.calls):
            if call.steps is None and not call.is_over:
                yield "make", number
            elif not call.is_over and isinstance(call.waits_for, Ask):
                yield from self._list_of_ask(call.waits_for, number)
            elif not call.is_over and call.waits_for.done():
                yield "go on", number
        yield from (("arrive late", number) for number in range(len(self.late)))
        if self.faults and not self.has_crashed:
            busy = {call.plan.worker for call in self.calls if call.steps is not None and not call.is_over}
            yield from (("crash", worker) for worker in sorted(busy))
        if self.faults and not self.is_wiped and self._entries():
            yield "restart without data", 0

    def _list_of_ask(self, ask: Ask, number: int) -> Iterator[Event]:
        if ask.has_arrived:
            yield "reply", number
            if self.faults:
                yield "lose the reply", number
        else:
            yield "arrive", number
            if self.faults:
                yield "refuse", number
                if ask.kind == "append":
                    yield "lose on the way", number

    def happen(self, event: Event) -> None:
        """Let an event happen."""
        kind, number = event
        if kind in {"refuse", "lose on the way", "lose the reply", "crash", "restart without data"}:
            self.faults -= 1
        if kind == "crash":
            self._crash(number)
        elif kind == "restart without data":
            self.log.entries.clear()
            self.late.clear()  # with the connections
            self.is_wiped = True
        elif kind == "arrive late":
            self._carry_out(self.late.pop(number))
        else:
            self._happen_to_call(kind, self.calls[number])

    def _happen_to_call(self, kind: str, call: Call) -> None:
        ask = call.waits_for
        if kind == "make":
            worker = self.workers[call.plan.worker]
            work: Callable[[], Any] = worker.read if call.plan.reads else lambda: worker.write(call.name)
            call.steps, call.began = worker.replication.run(work), self._count_requests()
            self._step(call, lambda steps: steps.send(None))
        elif kind == "go on":
            self._step(call, lambda steps: steps.send(None))
        elif kind == "arrive":
            self._carry_out(ask)
            if ask.kind == "read":  # it changes nothing, so that it need not be apart from its reply
                self._step(call, lambda steps: steps.send(ask.outcome))
        elif kind == "reply":
            self._step(call, lambda steps: steps.send(ask.outcome))
        elif kind == "refuse":
            self._step(call, lambda steps: steps.throw(StoreError("away")))
        else:
            if kind == "lose on the way":
                self.late.append(ask)
            self._step(call, lambda steps: steps.throw(UndecidedError("lost")))

    def _step(self, call: Call, go_on: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        assert call.steps is not None
        try:
            call.waits_for = go_on(call.steps)
            if isinstance(call.waits_for, asyncio.Future):
                call.waits_for._asyncio_future_blocking = False  # noqa: SLF001 - as a task does
        except StopIteration as done:
            call.said = done.value
        except StoreError as error:
            call.said = error
        else:
            return
        call.is_over, call.ended = True, self._count_requests()

    def _carry_out(self, ask: Ask) -> None:
        namespace, *values = ask.values
        if ask.kind == "read":
            after, limit = values
            ask.outcome = run_at_once(self.log.read(namespace, after, limit=limit))
        else:
            version, content, keep_from = values
            ask.outcome = run_at_once(self.log.append(namespace, version, content, keep_from=keep_from))
        ask.has_arrived = True

    def _crash(self, number: int) -> None:
        self.has_crashed = True
        for call in self._calls_of(number):
            if call.steps is not None and not call.is_over:
                if (
                    isinstance(call.waits_for, Ask)
                    and call.waits_for.kind == "append"
                    and not call.waits_for.has_arrived
                ):
                    self.late.append(call.waits_for)
                call.is_over, call.said = True, UndecidedError("the worker is gone")
        self.workers[number] = Worker(AskingLog())

    def _calls_of(self, worker: int) -> list[Call]:
        return [call for call in self.calls if call.plan.worker == worker]

    def _entries(self) -> list[Stored]:
        return self.log.entries.get("default", [])

    def _count_requests(self) -> int:
        return len(self._entries())

    def close(self) -> None:
        """Drop what is under way."""
        for call in self.calls:
            if call.steps is not None and not call.is_over:
                call.steps.close()

    def describe(self) -> Any:
        """The state, so that two that go on alike are equal."""
        places = {read_tokens(stored.content).token: place for place, stored in enumerate(self._entries())}
        names = {read_tokens(stored.content).token: _name(stored.content) for stored in self._entries()}

        def describe_worker(worker: Worker) -> Any:
            replica = worker.replicas.replica("default")
            return replica.version, places.get(replica.token, -1), replica.checks, worker.describe()

        def describe_ask(ask: Ask) -> Any:
            if ask.kind == "read":
                return ask.kind, ask.values[1]
            tokens = read_tokens(ask.values[2])
            return ask.values[1], _name(ask.values[2]), places.get(tokens.previous, -1), places.get(tokens.token, -1), (
                ask.has_arrived, ask.outcome)  # fmt: skip

        def describe_call(call: Call) -> Any:
            if call.steps is None or call.is_over:
                said = type(call.said) if isinstance(call.said, Exception) else call.said
                return call.steps is None, call.is_over, said, call.began, call.ended
            waits = describe_ask(call.waits_for) if isinstance(call.waits_for, Ask) else call.waits_for.done()
            return waits, call.began, _describe_frames(call.steps)

        return (
            tuple(names.values()),
            tuple(map(describe_worker, self.workers)),
            tuple(map(describe_call, self.calls)),
            tuple(sorted(map(repr, map(describe_ask, self.late)))),
            (self.faults, self.has_crashed, self.is_wiped),
        )


@lru_cache(10_000)
def _name(content: bytes) -> Any:
    change = CODEC.decode("default", Stored(0, content)).change
    assert change is not None
    return change.requests, *(tuple(state.counters) for state in change.states)


def _describe_frames(steps: Any) -> Any:
    """Where a call stands: the line of each coroutine, and what the call holds and has read."""
    found: list[Any] = []
    pending = None
    while steps is not None and hasattr(steps, "cr_frame") and steps.cr_frame is not None:
        found.append((steps.cr_code.co_name, steps.cr_frame.f_lineno))
        pending = pending or steps.cr_frame.f_locals.get("call")
        steps = steps.cr_await
    held = () if pending is None else (tuple(sorted(pending.held)), tuple(sorted(pending.read)))
    return tuple(found), held


@contextmanager
def running_loop() -> Iterator[None]:
    """Context manager: an event loop whose turns end only by `happen`."""
    loop = asyncio.new_event_loop()
    asyncio._set_running_loop(loop)  # noqa: SLF001 - what is stepped through by hand runs in none
    try:
        yield
    finally:
        asyncio._set_running_loop(None)  # noqa: SLF001 - as above
        loop.close()
