"""What one call costs as the sandbox fills: payments held, journal entries, namespaces, paths of a contract."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from statistics import median
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from paysandbox.app import create_runtime
from paysandbox.contract.document import Contract
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.pipeline.dispatch import dispatch
from paysandbox.store.namespaces import Namespace
from paysandbox.store.tables import Record
from tools.bench import calls
from tools.bench.figures import Curve, Figure, Goal
from tools.bench.inside import PROVIDER
from tools.bench.plan import Plan, tell

FLAT: Final = Goal(1.2)
TITLES: Final = ("What a valid POST costs as the sandbox fills", "how many there are", "µs of one call, in the process")
_BATCH: Final = 200  # calls at most
_BATCH_SECONDS: Final = 0.05
_LEAST: Final = 3
NO_LIMIT: Final = 1 << 34


class Sized(NamedTuple):
    """A call, and of what there are ever more. No goal is a call that answers all of it; `drawn` is on the chart."""

    what: str
    unit: str
    goal: Goal | None = FLAT
    drawn: bool = False


class Kind(NamedTuple):
    """How the cost of a call goes with a size: for each size, what each round gave, in µs."""

    of: Sized
    rounds: Mapping[int, Sequence[float]]

    def curve(self) -> Curve:
        """The least that any round gave at each size: what comes on top is other programs'."""
        return [(size, min(values)) for size, values in sorted(self.rounds.items())]

    def figure(self) -> Figure:
        """How many times more it costs at the largest size than at the smallest."""
        (small, least), (large, most) = self.curve()[0], self.curve()[-1]
        pairs = zip(self.rounds[int(large)], self.rounds[int(small)], strict=True)
        what = f"{self.of.what}: {large:,.0f} {self.of.unit} against {small:,.0f}"
        return Figure(what, most / least, "times", tuple(one / other for one, other in pairs), self.of.goal)


def measured(plan: Plan) -> list[Kind]:
    """A valid payment against everything that there can be many of, and finding an operation among many."""
    tell("growth: worlds are filled")
    return rounds(
        plan,
        "growth",
        {
            Sized("valid POST", "payments held", drawn=True): {size: _held(size) for size in plan.sizes},
            Sized("valid POST", "journal entries", drawn=True): {size: _journal(size) for size in plan.sizes},
            Sized("valid POST", "namespaces", drawn=True): {size: _among(size) for size in plan.namespaces},
            Sized("valid POST", "paths of a contract", drawn=True): {
                size: _among_paths(size) for size in plan.operations
            },
            Sized("finding an operation", "paths of a contract"): {size: _routed(size) for size in plan.operations},
        },
    )


def rounds(plan: Plan, what: str, kinds: Mapping[Sized, Mapping[int, Callable[[], object]]]) -> list[Kind]:
    """Measure all sizes of all kinds in turns; each batch is a function that makes one call."""
    found: dict[Sized, dict[int, list[float]]] = {kind: {size: [] for size in sizes} for kind, sizes in kinds.items()}
    for _ in plan.turns(what):
        for kind, sizes in kinds.items():
            for size, do in sizes.items():
                found[kind][size].append(batch(do))
    return [Kind(kind, values) for kind, values in found.items()]


def batch(do: Callable[[], object]) -> float:
    """The median µs of some calls: many quick ones, a few slow ones."""
    durations: list[float] = []
    stop = time.perf_counter() + _BATCH_SECONDS
    while len(durations) < _LEAST or (len(durations) < _BATCH and time.perf_counter() < stop):
        started = time.perf_counter()
        do()
        durations.append(time.perf_counter() - started)
    return median(durations) * 1e6


def copies(record: Record, made: Callable[[int], Mapping[str, Any]], first: int, number: int) -> Iterator[Record]:
    """So many records like this one, each with members of its own."""
    for one in range(first, first + number):
        yield replace(record, **made(one))


def fill(runtime: Runtime, provider: str, table: str, made: Callable[[int], Mapping[str, Any]], size: int) -> None:
    """Bring a table of the default namespace to this size with copies of one of its records."""
    state = runtime.namespaces.get("default").state(provider)
    records = state.table(table)
    held = list(records.records())
    for record in copies(held[0], made, 1, size - len(held)):
        with state.transaction():
            records.put(record)


def fill_journal(runtime: Runtime, entries: int) -> None:
    """Make one call more than the default namespace's journal shall have entries; the state stays as it is."""
    service, namespace = runtime.services[PROVIDER], runtime.namespaces.get("default")
    asked = Request("GET", "/debts/none", "", next(calls.requests(0)).headers, b"")
    for _ in range(entries + 1):
        dispatch(asked, service, namespace)


def _paying(runtime: Runtime, namespace: Callable[[], Namespace]) -> Callable[[], object]:
    """Makes a new valid payment with each call."""
    service, requests = runtime.services[PROVIDER], calls.requests(500_000_000)
    return lambda: dispatch(next(requests), service, namespace())


def _held(size: int) -> Callable[[], object]:
    runtime = create_runtime()
    fill(runtime, PROVIDER, "payments", _payment, size)
    return _paying(runtime, partial(runtime.namespaces.get, "default"))


def _payment(number: int) -> dict[str, Any]:
    return {"gid": f"{number:08x}-0000-4000-a000-000000000000", "number": f"P{number}", "external_id": f"E{number}"}


def _journal(size: int) -> Callable[[], object]:
    """A journal that is full with so many entries."""
    runtime = create_runtime(settings=Settings(journal_entries=size, journal_bytes=NO_LIMIT))
    fill_journal(runtime, size)
    return _paying(runtime, partial(runtime.namespaces.get, "default"))


def _among(size: int) -> Callable[[], object]:
    """One namespace among so many that have a payment each."""
    runtime = create_runtime(settings=Settings(namespace_limit=size + 10))
    for number, request in enumerate(islice(calls.requests(0), size - 1)):
        dispatch(request, runtime.services[PROVIDER], runtime.namespaces.get(f"n{number}"))
    return _paying(runtime, partial(runtime.namespaces.get, "here"))


def _among_paths(size: int) -> Callable[[], object]:
    """A contract with so many other paths, all of them before the one that is called."""
    runtime = create_runtime()
    service, requests = runtime.services[PROVIDER], calls.requests(0)
    document = service.contract.document
    many = service.replace(contract=Contract({**document, "paths": _paths(size) | document["paths"]}))
    namespace = runtime.namespaces.get("default")
    return lambda: dispatch(next(requests), many, namespace)


def _routed(size: int) -> Callable[[], object]:
    """Finds the last path of a contract, which ends in a variable; all of them would measure the caches."""
    contract = Contract(
        {"info": {"title": "", "version": ""}, "servers": [{"url": "http://many.example"}], "paths": _paths(size)}
    )
    path = contract.operations[-1].template.replace("{id}", "7")
    return lambda: contract.route("GET", path)


def _paths(size: int) -> dict[str, Any]:
    return {
        f"/things{number // 2}{'/{id}' if number % 2 else ''}": {
            "get": {
                "operationId": f"getThing{number}",
                "summary": "One of many.",
                "x-provenance": "assumed",
                "responses": {"204": {"description": "Nothing."}},
            }
        }
        for number in range(size)
    }
