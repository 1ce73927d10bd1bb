"""What namespaces, snapshots and the journal cost, measured in this process: medians over rounds."""

import gc
import itertools
import logging
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from sandbox.answer import answer
from sandbox.app import create_world
from sandbox.attend import attend
from sandbox.exchange import Request
from sandbox.namespaces import FIXTURES
from sandbox.world import Settings, World
from tests.bench.load import payments

PROVIDER = "invisible_collector"
MANY = 100_000
NAMESPACES = 2000
CALLS = 2000


def measured(rounds: int) -> dict[str, float]:
    """Microseconds, milliseconds and KiB by what they are of."""
    logging.disable(logging.WARNING)  # a thousand namespaces that go are the point here
    calls = [_calls() for _ in range(rounds)]
    return {
        **{name: median(one[name] for one in calls) for name in calls[0]},
        **_namespaces(rounds),
        **_many_records(rounds),
    }


def _requests(first: int) -> Iterator[Request]:
    for sent in payments("/payments", first):
        head, _, body = sent.partition(b"\r\n\r\n")
        pairs = [line.partition(b": ")[::2] for line in head.split(b"\r\n")[1:]]
        yield Request("POST", "/payments", "", [(name, value) for name, value in pairs], body)


def _calls() -> dict[str, float]:
    """A payment with and without what is remembered of it, in turns on worlds of their own."""
    bare, whole, full = create_world(), create_world(), create_world(settings=Settings(journal_entries=CALLS // 10))
    requests = list(itertools.islice(_requests(0), CALLS))

    def alone(world: World) -> Callable[[Request], object]:
        service, state = world.services[PROVIDER], world.namespaces.get("default").state(PROVIDER)
        return lambda request: answer(request, service, state)

    def kept(world: World) -> Callable[[Request], object]:
        service, namespace = world.services[PROVIDER], world.namespaces.get("default")
        return lambda request: attend(request, service, namespace)

    without = _each(alone(bare), requests)
    remembered = _each(kept(whole), requests)
    evicting = _each(kept(full), requests)
    return {
        "a payment, answered only, us": without,
        "a payment, with journal and coverage, us": remembered,
        "a payment, with a journal that is full, us": evicting,
        "journal, coverage and headers, share of that": (evicting - without) / evicting,
    }


def _each(do: Callable[[Request], object], requests: list[Request]) -> float:
    gc.collect()
    started = time.perf_counter()
    for request in requests:
        do(request)
    return (time.perf_counter() - started) / len(requests) * 1e6


def _namespaces(rounds: int) -> dict[str, float]:
    """A namespace that is made and looked at, one that is written to, and one that is reset."""
    made, written, reset = [], [], []
    for _ in range(rounds):
        world = create_world(settings=Settings(namespace_limit=2 * NAMESPACES + 10))
        record = next(iter(world.namespaces.get("default").state(PROVIDER).table("debts").records()))
        names = [f"n{number}" for number in range(NAMESPACES)]
        gc.collect()
        started = time.perf_counter()
        for name in names:
            world.namespaces.get(name)
        made.append((time.perf_counter() - started) / NAMESPACES * 1e6)
        started = time.perf_counter()
        for name in names:
            world.namespaces.get(name).state(PROVIDER).table("debts").put(record)
        written.append((time.perf_counter() - started) / NAMESPACES * 1e6)
        started = time.perf_counter()
        for name in names:
            world.namespaces.get(name).reset()
        reset.append((time.perf_counter() - started) / NAMESPACES * 1e6)
    return {
        "a namespace, made, us": median(made),
        "its first write, us": median(written),
        "its reset, us": median(reset),
        "a namespace with one write, KiB": _memory(),
    }


def _memory() -> float:
    world = create_world(settings=Settings(namespace_limit=2 * NAMESPACES))
    record = next(iter(world.namespaces.get("default").state(PROVIDER).table("debts").records()))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(NAMESPACES):
        world.namespaces.get(f"n{number}").state(PROVIDER).table("debts").put(record)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / NAMESPACES / 1024


def _many_records(rounds: int) -> dict[str, float]:
    """Snapshot, diff, restore and reset of a namespace that has many records of its own."""
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        world = create_world()
        namespace = world.namespaces.get("default")
        table = namespace.state(PROVIDER).table("debts")
        debt = next(iter(table.records()))
        for number in range(MANY):
            with namespace.state(PROVIDER).transaction():
                table.put(type(debt)(**{**_members(debt), "id": f"d{number}", "number": f"N{number}"}))
        for name, do in (
            ("snapshot", partial(namespace.capture, "kept")),
            ("diff with the fixtures", partial(namespace.since, FIXTURES)),
            ("restore", partial(namespace.restore, "kept")),
            ("reset", namespace.reset),
        ):
            started = time.perf_counter()
            do()
            figures.setdefault(f"{name}, {MANY} records, ms", []).append((time.perf_counter() - started) * 1e3)
    return {name: median(values) for name, values in figures.items()}


def _members(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}  # type: ignore[attr-defined]
