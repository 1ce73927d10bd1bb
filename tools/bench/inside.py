"""What namespaces, snapshots and the journal cost, measured in this process."""

import gc
import itertools
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from paysandbox.app import create_runtime
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import dispatch
from paysandbox.pipeline.process import process
from paysandbox.store.faults import Effect, When
from paysandbox.store.namespaces import FIXTURES, Namespace
from paysandbox.store.tables import Record
from tools.bench import calls
from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.plan import Plan

PROVIDER: Final = "invisible_collector"
NAMESPACES: Final = 2000
CALLS: Final = 2000
_ANSWERED = "a payment, answered only"
_KEPT = "a payment, with journal and coverage"
_EVICTING = "a payment, with a journal that is full"
_FAULTY = "a payment, in a namespace with a fault for others"

Times = dict[str, list[float]]


def measured(plan: Plan) -> Iterator[Figure]:
    times: Times = defaultdict(list)
    for _ in plan.turns("inside"):
        _calls(times)
        _namespaces(times)
        _many_records(plan.held, times)
        times["memory"].append(_memory())
    yield from _figures(plan, times)


def _figures(plan: Plan, times: Times) -> Iterator[Figure]:
    for name in (_ANSWERED, _KEPT, _EVICTING, _FAULTY):
        yield figure(name, "µs", times[name])
    lost = [1 - one / other for one, other in zip(times[_ANSWERED], times[_EVICTING], strict=True)]
    yield figure("journal, coverage and headers: share of a payment", "times", lost)
    yield share("a payment, with a fault for others against without any", times[_FAULTY], times[_KEPT])
    for name in ("a namespace, made", "its first write", "its reset"):
        yield figure(name, "µs", times[name])
    both = map(sum, zip(times["a namespace, made"], times["its first write"], strict=True))
    yield figure("a namespace and its first write", "µs", both, Goal(5))
    yield figure("a namespace with one write", "KiB", times["memory"], Goal(1))
    for name in ("snapshot", "diff with the fixtures", "restore", "reset"):
        yield figure(f"{name}, {plan.held:,} records", "ms", times[name])


def _calls(times: Times) -> None:
    """A payment with and without what is remembered of it, in turns on worlds of their own."""
    full = create_runtime(settings=Settings(journal_entries=CALLS // 10))
    requests = list(itertools.islice(calls.requests(0), CALLS))
    faulty = create_runtime()
    faulty.namespaces.get("default").faults.add("invoiless", None, When(), Effect(status=503))
    times[_ANSWERED].append(_each(outcome(create_runtime()), requests))
    times[_KEPT].append(_each(attended(create_runtime()), requests))
    times[_EVICTING].append(_each(attended(full), requests))
    times[_FAULTY].append(_each(attended(faulty), requests))


def outcome(runtime: Runtime) -> Callable[[Request], object]:
    """Answers a call, of which nothing is remembered."""
    service, state = runtime.services[PROVIDER], runtime.namespaces.get("default").state(PROVIDER)
    return lambda request: process(request, service, state)


def attended(runtime: Runtime, provider: str = PROVIDER) -> Callable[[Request], object]:
    """Attends to a call, as over HTTP."""
    service, namespace = runtime.services[provider], runtime.namespaces.get("default")
    return lambda request: dispatch(request, service, namespace)


def _each(do: Callable[[Request], object], requests: Sequence[Request]) -> float:
    gc.collect()
    started = time.perf_counter()
    for request in requests:
        do(request)
    return (time.perf_counter() - started) / len(requests) * 1e6


def _namespaces(times: Times) -> None:
    """A namespace that is made and looked at, one that is written to, and one that is reset."""
    runtime = create_runtime(settings=Settings(namespace_limit=2 * NAMESPACES + 10))
    record = next(iter(runtime.namespaces.get("default").state(PROVIDER).table("debts").records()))
    names = [f"n{number}" for number in range(NAMESPACES)]
    for what, do in (
        ("a namespace, made", runtime.namespaces.get),
        ("its first write", lambda name: _written(runtime.namespaces.get(name), record)),
        ("its reset", lambda name: runtime.namespaces.get(name).reset()),
    ):
        gc.collect()
        started = time.perf_counter()
        for name in names:
            do(name)
        times[what].append((time.perf_counter() - started) / NAMESPACES * 1e6)


def _written(namespace: Namespace, record: Record) -> None:
    """As a call writes: what it would take to undo it is forgotten at its end."""
    state = namespace.state(PROVIDER)
    with state.transaction():
        state.table("debts").put(record)


def _memory() -> float:
    runtime = create_runtime(settings=Settings(namespace_limit=2 * NAMESPACES))
    record = next(iter(runtime.namespaces.get("default").state(PROVIDER).table("debts").records()))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(NAMESPACES):
        _written(runtime.namespaces.get(f"n{number}"), record)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / NAMESPACES / 1024


def _many_records(many: int, times: Times) -> None:
    """Snapshot, diff, restore and reset of a namespace that has many records of its own."""
    runtime = create_runtime()
    namespace = runtime.namespaces.get("default")
    debts = namespace.state(PROVIDER).table("debts")
    debt: Record = next(iter(debts.records()))
    for number in range(many):
        with namespace.state(PROVIDER).transaction():
            debts.put(replace(debt, id=f"d{number}", number=f"N{number}"))
    for name, do in (
        ("snapshot", partial(namespace.save_snapshot, "kept")),
        ("diff with the fixtures", partial(namespace.diff, FIXTURES)),
        ("restore", partial(namespace.restore, "kept")),
        ("reset", namespace.reset),
    ):
        started = time.perf_counter()
        do()
        times[name].append((time.perf_counter() - started) * 1e3)
